import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";

import { formatClock, formatCount, formatRoughCount, formatTime, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { writeLogQuery, writeMoment } from "../lib/log-query.js";
import { goTo } from "../lib/navigation.js";
import { brushed, moved } from "./brush.js";
import { STACK, axisTicks, tickText } from "./cells.js";

/**
 * @typedef {import("./brush.js").Brush} Brush
 * @typedef {import("./cells.js").Cell} Cell
 * @typedef {import("./cells.js").Histogram} Counts
 * @typedef {import("@preact/signals").Signal<number | null>} Pointed a cell by number
 * @typedef {import("../lib/log-query.js").LogQuery} LogQuery
 * @typedef {import("@preact/signals").Signal<Brush | null>} BrushSignal
 */

/** Room from one label of the axis to the next, and that the last one takes. */
const TICK_PX = 84;
const LABEL_PX = 60;
/** Bars leave this part of their cell free; a cell with records has at least so much of the height. */
const GAP = 0.12;
const BAR_MIN = 3;

/**
 * How many records there are over time, by level. A part of it can be chosen to look at alone.
 *
 * @param {{histogram: Counts, query: LogQuery}} props
 */
export function Histogram({ histogram, query }) {
  const brush = useSignal(/** @type {Brush | null} */ (null));
  const pointed = useSignal(/** @type {number | null} */ (null));
  const { cells, step } = histogram;
  const narrowTo = (/** @type {Brush} */ chosen) => {
    const { from, to } = brushed(chosen);
    const [start, end] = [cells[from]?.start, cells[to - 1]?.start];
    brush.value = null;
    if (start === undefined || end === undefined) return;
    goTo(writeLogQuery({ ...query, start: writeMoment(start), end: writeMoment(end + step), live: "" }));
  };
  return html`<section class="histogram" aria-label="Records over time">
    <div class="histogram-head">
      <${Legend} histogram=${histogram} query=${query} />
      <${Readout} histogram=${histogram} brush=${brush} pointed=${pointed} />
    </div>
    <${Plot} histogram=${histogram} brush=${brush} pointed=${pointed} onNarrow=${narrowTo} />
    <${Axis} histogram=${histogram} />
  </section>`;
}

/**
 * The levels there are; each leads to its records and those above.
 *
 * @param {{histogram: Counts, query: LogQuery}} props
 */
function Legend({ histogram, query }) {
  const levels = STACK.filter((level) => (histogram.totals[level] ?? 0) > 0);
  return html`<ul class="levels">
    ${levels.map((level) => {
      const count = formatCount(histogram.totals[level] ?? 0);
      const name = html`<i class="level-${level}" />${level === "none" ? "no level" : level} <b>${count}</b>`;
      if (level === "none") return html`<li key=${level}><span>${name}</span></li>`;
      return html`<li key=${level}>
        <a href=${writeLogQuery({ ...query, severity: level })} title="Only ${level} and above">${name}</a>
      </li>`;
    })}
  </ul>`;
}

/**
 * What the pointer or the brush is at, in words.
 *
 * @param {{histogram: Counts, brush: BrushSignal, pointed: Pointed}} props
 */
function Readout({ histogram, brush, pointed }) {
  const at = brush.value ?? (pointed.value === null ? null : { anchor: pointed.value, at: pointed.value });
  if (at === null) return html`<p class="readout hint">Drag over the bars to look at a part</p>`;
  return html`<p class="readout">${describe(histogram, at)}</p>`;
}

/** @param {Counts} histogram @param {Brush} brush */
function describe({ cells, step }, brush) {
  const { from, to } = brushed(brush);
  const chosen = cells.slice(from, to);
  const records = chosen.reduce((sum, cell) => sum + cell.records, 0);
  const failed = chosen.reduce((sum, { levels }) => sum + (levels.error ?? 0) + (levels.fatal ?? 0), 0);
  const start = chosen[0]?.start ?? 0n;
  const end = (chosen.at(-1)?.start ?? 0n) + step;
  const words = [plural(records, "record"), failed > 0 ? plural(failed, "error") : ""].filter(Boolean).join(", ");
  const [began, ended] = [momentText(start, step), momentText(end, step)];
  const [day = "", clock] = ended.split(", ");
  return `${began} – ${clock !== undefined && began.startsWith(day) ? clock : ended}: ${words}`;
}

/** No finer than the cells are. @param {bigint} moment @param {bigint} step @returns {string} */
function momentText(moment, step) {
  if (step >= 86_400_000_000_000n) return formatTime(moment).replace(/,.*/, "");
  if (step >= 60_000_000_000n) return formatTime(moment).replace(/:\d\d\.\d+$/, "");
  return step >= 1_000_000_000n ? formatClock(moment).slice(0, 8) : formatClock(moment);
}

/**
 * @param {object} props
 * @param {Counts} props.histogram
 * @param {BrushSignal} props.brush
 * @param {Pointed} props.pointed
 * @param {(brush: Brush) => void} props.onNarrow
 */
function Plot({ histogram, brush, pointed, onNarrow }) {
  const { cells, highest } = histogram;
  const shown = brush.value && brushed(brush.value);
  const cellAt = (/** @type {PointerEvent} */ event) => {
    const { left, width } = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
    return Math.min(cells.length - 1, Math.max(0, Math.floor(((event.clientX - left) / width) * cells.length)));
  };
  const isHeld = (/** @type {PointerEvent} */ event) =>
    /** @type {Element} */ (event.currentTarget).hasPointerCapture(event.pointerId);
  const onPointerDown = (/** @type {PointerEvent} */ event) => {
    if (event.button !== 0) return;
    /** @type {Element} */ (event.currentTarget).setPointerCapture(event.pointerId);
    brush.value = { anchor: cellAt(event), at: cellAt(event) };
  };
  const onPointerMove = (/** @type {PointerEvent} */ event) => {
    pointed.value = cellAt(event);
    if (isHeld(event) && brush.value) brush.value = { ...brush.value, at: cellAt(event) };
  };
  const onPointerUp = (/** @type {PointerEvent} */ event) => {
    if (isHeld(event) && brush.value) onNarrow({ ...brush.value, at: cellAt(event) });
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const next = moved(brush.value, event, cells.length);
    if (next) brush.value = next;
    else if (event.key === "Enter" && brush.value) onNarrow(brush.value);
    else if (event.key === "Escape" && brush.value) brush.value = null;
    else return;
    event.preventDefault();
  };
  return html`<div
    class="plot"
    role="slider"
    tabindex="0"
    aria-label="Time window: arrow keys move, Shift and arrow keys choose more, Enter looks at it alone"
    aria-valuemin="1"
    aria-valuemax=${cells.length}
    aria-valuenow=${(brush.value?.at ?? cells.length - 1) + 1}
    aria-valuetext=${brush.value ? describe(histogram, brush.value) : "nothing chosen"}
    onPointerDown=${onPointerDown}
    onPointerMove=${onPointerMove}
    onPointerUp=${onPointerUp}
    onPointerCancel=${() => (brush.value = null)}
    onPointerLeave=${() => (pointed.value = null)}
    onBlur=${() => (brush.value = null)}
    onKeyDown=${onKeyDown}
  >
    <${Bars} cells=${cells} highest=${highest} />
    ${highest > 0 && html`<span class="highest" aria-hidden="true">${formatRoughCount(highest)}</span>`}
    ${shown &&
    html`<span
      class="brush"
      style=${{ left: `${(100 * shown.from) / cells.length}%`, width: `${(100 * (shown.to - shown.from)) / cells.length}%` }}
    />`}
  </div>`;
}

/** @param {{cells: Cell[], highest: number}} props */
function Bars({ cells, highest }) {
  return html`<svg viewBox="0 0 ${cells.length} 100" preserveAspectRatio="none" aria-hidden="true">
    ${cells.map((cell, i) => cell.records > 0 && html`<${Bar} key=${i} cell=${cell} x=${i} highest=${highest} />`)}
  </svg>`;
}

/** The severest stands on the ground. @param {{cell: Cell, x: number, highest: number}} props */
function Bar({ cell, x, highest }) {
  const whole = Math.max(BAR_MIN, (100 * cell.records) / highest);
  // A single error among thousands of records is seen all the same.
  const parts = STACK.filter((level) => (cell.levels[level] ?? 0) > 0).map((level) => ({
    level,
    height: Math.max(Math.min(BAR_MIN, whole), (whole * (cell.levels[level] ?? 0)) / cell.records),
  }));
  let y = 100;
  return parts.map(({ level, height }) => {
    y = Math.max(0, y - height);
    return html`<rect key=${level} class="level-${level}" x=${x + GAP / 2} y=${y} width=${1 - GAP} height=${height} />`;
  });
}

/** @param {{histogram: Counts}} props */
function Axis({ histogram }) {
  const { cells, step } = histogram;
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const width = useSignal(1_000);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => (width.value = element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const from = cells[0]?.start ?? 0n;
  const length = step * BigInt(cells.length);
  const ticks = axisTicks(from, from + length, Math.floor(width.value / TICK_PX));
  const last = 100 - (100 * LABEL_PX) / width.value;
  return html`<div class="axis" aria-hidden="true" ref=${box}>
    ${ticks.map((tick) => {
      const left = (100 * Number(tick.moment - from)) / Number(length);
      return left < last && html`<span key=${tick.moment} style=${{ left: `${left}%` }}>${tickText(tick)}</span>`;
    })}
  </div>`;
}
