import { useMemo, useRef } from "preact/hooks";

import { serviceClass } from "../lib/colors.js";
import { formatDuration, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { ErrorMark } from "../lib/icons.js";
import { traceHref } from "../lib/links.js";
import { NO_NAME, oneLine } from "../lib/text.js";
import { useBox } from "../trace/use-box.js";
import { shownRows } from "./comparison.js";

/**
 * @typedef {import("./comparison.js").Change} Change
 * @typedef {import("./comparison.js").Comparison} Comparison
 * @typedef {import("./comparison.js").End} End
 * @typedef {import("./comparison.js").Shown} Shown
 */

/** Height of a row in pixels; `styles/compare.css` has the same. */
const ROW_PX = 38;
const OVERSCAN_ROWS = 8;
const INDENT_PX = 14;
const INDENT_LEVELS_MAX = 16;

/** The sign of each change, and what it says. */
export const SIGNS = /** @type {const} */ ({
  new: ["+", "new"],
  gone: ["−", "gone"],
  slower: ["↑", "slower"],
  faster: ["↓", "faster"],
  same: ["", "alike"],
});

/**
 * The spans of both traces, side by side on one scale of time.
 *
 * @param {{comparison: Comparison, only: Change | "changed" | null}} props
 */
export function Rows({ comparison, only }) {
  const body = useRef(/** @type {HTMLElement | null} */ (null));
  const box = useBox(body);
  const rows = useMemo(() => shownRows(comparison.rows, only), [comparison, only]);
  const first = Math.max(0, Math.floor(box.value.top / ROW_PX) - OVERSCAN_ROWS);
  const count = Math.ceil(box.value.height / ROW_PX) + 2 * OVERSCAN_ROWS;
  return html`<div class="compare-rows" ref=${body} tabindex="0" role="table" aria-label="Spans of both" aria-rowcount=${rows.length + 1}>
    <div class="compare-row compare-titles" role="row">
      <div class="compare-name" role="columnheader">Span</div>
      <div class="compare-bars" role="columnheader">Before above, after below</div>
      <div class="compare-time" role="columnheader">Before</div>
      <div class="compare-time" role="columnheader">After</div>
      <div class="compare-time" role="columnheader">Difference</div>
    </div>
    <div role="rowgroup" style=${{ height: `${rows.length * ROW_PX}px` }}>
      <div role="presentation" style=${{ transform: `translateY(${first * ROW_PX}px)` }}>
        ${rows
          .slice(first, first + count)
          .map((row, i) => html`<${RowLine} key=${row.index} comparison=${comparison} row=${row} index=${first + i + 2} />`)}
      </div>
    </div>
  </div>`;
}

/** @param {{comparison: Comparison, row: Shown, index: number}} props */
function RowLine({ comparison, row, index }) {
  const { before, after } = comparison;
  const all = [row, ...row.alike];
  const sum = (/** @type {"before" | "after"} */ side) => all.reduce((sum, each) => sum + (each[side]?.duration ?? 0), 0);
  const [was, is] = [sum("before"), sum("after")];
  const [sign, words] = SIGNS[row.change];
  return html`<div class="compare-row ${row.change} ${serviceClass(row.service)}" role="row" aria-rowindex=${index}>
    <div class="compare-name" role="rowheader">
      <span class="change-sign" role="img" aria-label=${words} title=${words}>${sign}</span>
      <span class="guides" style=${{ width: `${Math.min(row.depth, INDENT_LEVELS_MAX) * INDENT_PX}px` }} />
      <span class="service-dot" />
      <span class="names" title=${oneLine(`${row.service}: ${row.name}`)}>
        <span class="service-name">${oneLine(row.service)}</span>
        <span class="span-name">${oneLine(row.name) || NO_NAME}</span>
        ${row.nameBefore !== "" && html`<span class="note">was ${oneLine(row.nameBefore, 80)}</span>`}
      </span>
      ${row.alike.length > 0 && html`<span class="hidden-count" title=${plural(all.length, "span")}>×${all.length}</span>`}
      ${row.error === "appeared" && html`<${ErrorMark} label="It fails, and did not before" />`}
      ${row.error === "wentAway" && html`<span class="mark-good">error gone</span>`}
    </div>
    <div class="compare-bars" role="cell">
      <${Bars} ends=${all.map((each) => each.before)} side="before" scale=${Math.max(before.duration, after.duration)} />
      <${Bars} ends=${all.map((each) => each.after)} side="after" scale=${Math.max(before.duration, after.duration)} />
    </div>
    <div class="compare-time" role="cell"><${Time} traceId=${before.traceId} end=${row.before} duration=${was} /></div>
    <div class="compare-time" role="cell"><${Time} traceId=${after.traceId} end=${row.after} duration=${is} /></div>
    <div class="compare-time difference" role="cell">${row.change === "same" ? "" : signed(is - was)}</div>
  </div>`;
}

/** Bars drawn of many alike; more would be a solid line. */
const BARS_MAX = 50;

/** @param {{ends: (End | null)[], side: string, scale: number}} props */
function Bars({ ends, side, scale }) {
  const share = (/** @type {number} */ nanos) => `${scale > 0 ? (100 * nanos) / scale : 0}%`;
  return html`<span class="compare-track">
    ${ends
      .slice(0, BARS_MAX)
      .map((end) => end && html`<i class="compare-bar ${side}" style=${{ left: share(end.offset), width: share(end.duration) }} />`)}
  </span>`;
}

/** A duration that leads to its span. @param {{traceId: string, end: End | null, duration: number}} props */
function Time({ traceId, end, duration }) {
  if (!end) return "";
  return html`<a href=${traceHref(traceId, end.spanId)} title="See this span in its trace">${formatDuration(duration)}</a>`;
}

/** @param {number} nanos @returns {string} with its sign */
export function signed(nanos) {
  return nanos > 0 ? `+${formatDuration(nanos)}` : formatDuration(nanos);
}
