import { formatDuration, formatTime, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { traceHref } from "../lib/links.js";
import { formatRate } from "./figures.js";

/**
 * @typedef {import("./figures.js").Cell} Cell
 * @typedef {import("./figures.js").Range} Range
 */

/** The picture has units of its own: a cell is 10 wide. */
const CELL = 10;
const HEIGHT = 100;
/** A cell with anything in it can be seen. */
const BAR_MIN = 3;

/**
 * How many there were over time in a few pixels, failures on top.
 *
 * @param {{cells: Cell[], range: Range, label: string}} props
 */
export function Sparkline({ cells, range, label }) {
  return html`<svg
    class="sparkline"
    viewBox="0 0 ${range.cells * CELL} ${HEIGHT}"
    preserveAspectRatio="none"
    role="img"
    aria-label=${label}
  >
    <${Bars} cells=${cells} />
  </svg>`;
}

/** @param {{cells: Cell[]}} props */
function Bars({ cells }) {
  const most = Math.max(1, ...cells.map(({ count }) => count));
  return cells.map(({ place, count, errors }) => {
    const height = Math.max(BAR_MIN, (HEIGHT * count) / most);
    const failed = errors > 0 ? Math.max(BAR_MIN, (height * errors) / count) : 0;
    const at = { x: place * CELL + 1, width: CELL - 2 };
    return html`<g key=${place}>
      <rect ...${at} y=${HEIGHT - height} height=${height - failed} class="bar-well" />
      ${failed > 0 && html`<rect ...${at} y=${HEIGHT - failed} height=${failed} class="bar-failed" />`}
    </g>`;
  });
}

/**
 * Requests and failures over time.
 *
 * @param {{cells: Cell[], range: Range}} props
 */
export function RateChart({ cells, range }) {
  const most = Math.max(1, ...cells.map(({ count }) => count));
  const step = range.step / 1e9;
  return html`<figure class="chart">
    <figcaption>Rate <span class="note">up to ${formatRate(most, step)}</span></figcaption>
    <div class="chart-plot">
      <svg viewBox="0 0 ${range.cells * CELL} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="Rate over time">
        <${Bars} cells=${cells} />
        ${cells.map(
          ({ place, count, errors }) => html`<rect key=${place} class="chart-hover" x=${place * CELL} y="0" width=${CELL} height=${HEIGHT}>
            <title>${`${momentOf(range, place)}: ${formatRate(count, step)}, ${plural(errors, "error")}`}</title>
          </rect>`,
        )}
      </svg>
    </div>
    <${Axis} range=${range} />
  </figure>`;
}

const LINES = /** @type {const} */ (["p50", "p95", "p99"]);

/**
 * Percentiles over time, and the spans that took longest, each a way to its trace.
 *
 * @param {{cells: Cell[], range: Range}} props
 */
export function LatencyChart({ cells, range }) {
  const all = cells.flatMap((cell) => cell.exemplars.map((exemplar) => ({ ...exemplar, place: cell.place })));
  const longest = Math.max(1, ...cells.map(({ p99 }) => p99 ?? 0), ...all.map(({ duration }) => duration));
  const exemplars = apart(all, range.cells, longest);
  const y = (/** @type {number} */ nanos) => HEIGHT - (HEIGHT * nanos) / longest;
  return html`<figure class="chart">
    <figcaption>
      Latency <span class="note">up to ${formatDuration(longest)}</span>
      <span class="chart-legend">${LINES.map((line) => html`<span key=${line} class="line-${line}"><i />${line}</span>`)}</span>
    </figcaption>
    <div class="chart-plot">
      <svg viewBox="0 0 ${range.cells * CELL} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="Latency over time">
        ${LINES.map((line) => html`<path key=${line} class="line-${line}" d=${linePath(cells, line, y)} />`)}
      </svg>
      ${exemplars.map(
        ({ traceId, spanId, duration, isError, place }) => html`<a
          key=${traceId + spanId}
          class=${isError ? "exemplar failed" : "exemplar"}
          href=${traceHref(traceId, spanId)}
          style=${{ left: `${(100 * (place + 0.5)) / range.cells}%`, top: `${y(duration)}%` }}
          title=${`${formatDuration(duration)}${isError ? ", failed" : ""}: see its trace`}
          aria-label=${`A span of ${formatDuration(duration)}${isError ? ", failed" : ""}: see its trace`}
        />`,
      )}
    </div>
    <${Axis} range=${range} />
  </figure>`;
}

/** What a dot takes, as a part of a small picture: each is a target of its own to a finger. */
const DOT_WIDTH = 0.08;
const DOT_HEIGHT = 0.17;

/**
 * Of exemplars that stand too close to each other, those that took longest; from the top.
 *
 * @template {{place: number, duration: number}} T
 * @param {T[]} all
 * @param {number} cells how many there are
 * @param {number} longest ns
 * @returns {T[]}
 */
export function apart(all, cells, longest) {
  /** @type {T[]} */
  const kept = [];
  for (const each of [...all].sort((a, b) => b.duration - a.duration)) {
    const isClose = kept.some((other) => {
      const across = Math.abs(other.place - each.place) / cells;
      return across < DOT_WIDTH && Math.abs(other.duration - each.duration) / longest < DOT_HEIGHT;
    });
    if (!isClose) kept.push(each);
  }
  return kept;
}

/**
 * A line through cells that follow each other; where nothing happened there is a gap, and a cell alone is a
 * dash.
 *
 * @param {Cell[]} cells by place
 * @param {"p50" | "p95" | "p99"} line
 * @param {(nanos: number) => number} y
 * @returns {string}
 */
export function linePath(cells, line, y) {
  let path = "";
  cells.forEach((cell, i) => {
    const height = y(cell[line] ?? 0).toFixed(2);
    const follows = cells[i - 1]?.place === cell.place - 1;
    const isFollowed = cells[i + 1]?.place === cell.place + 1;
    const x = cell.place * CELL;
    if (!follows && !isFollowed) path += `M${x} ${height}h${CELL}`;
    else path += `${follows ? "L" : "M"}${x + CELL / 2} ${height}`;
  });
  return path;
}

/** When it begins and ends. @param {{range: Range}} props */
function Axis({ range }) {
  return html`<div class="chart-axis" aria-hidden="true">
    <span>${momentOf(range, 0)}</span><span>${momentOf(range, range.cells)}</span>
  </div>`;
}

/** @param {Range} range @param {number} place */
function momentOf({ start, step }, place) {
  const moment = start + BigInt(place) * BigInt(step);
  return formatTime(moment).replace(/:\d\d\.\d+$/, "").replace(/ \d{4},/, "");
}
