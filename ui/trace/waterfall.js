import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import { html } from "../lib/html.js";
import { Icon } from "../lib/icons.js";
import { onKey } from "./keys.js";
import { ticks } from "./layout.js";
import { Row, rowId } from "./row.js";
import { PointedLabel, PointedLine, usePointing } from "./pointed.js";
import { GridLines, Ruler } from "./ruler.js";
import { useBox } from "./use-box.js";
import { foldAll, unfoldAll } from "./view.js";

/** @typedef {import("./view.js").View} View */

/** Heights of the rows in pixels; `styles/waterfall.css` has the same. */
const ROW_PX = 30;
const NARROW_ROW_PX = 46;
const HEAD_PX = 34;
/** Rows drawn above and below what is in sight, so that fast scrolling shows no gaps. */
const OVERSCAN_ROWS = 6;
/** Room that one label of the ruler takes. */
const TICK_PX = 96;
/** The part of the time column that is left free for the last labels. */
const GUTTER_PX = 76;
const NAME_WIDTH_MIN_PX = 160;

/**
 * The tree of spans beside the time line. Only the rows in sight are in the document.
 *
 * @param {{view: View}} props
 */
export function Waterfall({ view }) {
  const body = useRef(/** @type {HTMLElement | null} */ (null));
  const box = useBox(body);
  const nameWidth = useSignal(/** @type {number | null} */ (null));
  const rowHeight = box.value.narrow ? NARROW_ROW_PX : ROW_PX;
  useCursorInSight(view, body, rowHeight);
  useKeys(view, body);

  const rows = view.rows.value;
  const first = Math.max(0, Math.floor(box.value.top / rowHeight) - OVERSCAN_ROWS);
  // A row that leaves at one end is used again at the other: elements cost more than what they say.
  const inSight = Math.ceil(box.value.height / rowHeight) + 2 * OVERSCAN_ROWS;
  const width = timeWidth(box.value, nameWidth.value);
  const marks = useMarks(view, width);
  const selected = view.selected.value;
  const pointing = usePointing(view, body);

  return html`<div
    class="waterfall"
    ref=${body}
    role="treegrid"
    tabindex="0"
    aria-label="Spans of the trace"
    aria-rowcount=${rows.length}
    aria-activedescendant=${selected ? rowId(selected.key) : undefined}
    style=${nameWidth.value === null ? {} : { "--name-width": `${nameWidth.value}px` }}
    ...${pointing}
  >
    <div class="waterfall-head" role="row">
      <div class="name-head" role="columnheader">
        <span>Span</span>
        <${FoldButtons} view=${view} />
        <${Divider} body=${body} nameWidth=${nameWidth} />
      </div>
      <div class="time-head" role="columnheader" aria-label="Time">
        <${Ruler} view=${view} marks=${marks} width=${width} />
        <${PointedLabel} view=${view} />
      </div>
    </div>
    <div class="rows" style=${{ height: `${rows.length * rowHeight}px` }}>
      <${GridLines} view=${view} marks=${marks} />
      <${PointedLine} view=${view} />
      <div class="rows-in-sight" style=${{ transform: `translateY(${first * rowHeight}px)` }}>
        ${rows
          .slice(first, first + inSight)
          .map((node, i) => html`<${Row} key=${(first + i) % inSight} view=${view} node=${node} index=${first + i} width=${width} />`)}
      </div>
    </div>
  </div>`;
}

/** @param {{view: View}} props */
function FoldButtons({ view }) {
  return html`<span class="fold-buttons">
    <button type="button" class="icon-button" title="Fold all" onClick=${() => foldAll(view)}>
      <${Icon} name="foldAll" label="Fold all" />
    </button>
    <button type="button" class="icon-button" title="Unfold all" onClick=${() => unfoldAll(view)}>
      <${Icon} name="unfoldAll" label="Unfold all" />
    </button>
  </span>`;
}

/**
 * The handle between names and time line.
 *
 * @param {{body: {current: HTMLElement | null}, nameWidth: import("@preact/signals").Signal<number | null>}} props
 */
function Divider({ body, nameWidth }) {
  const drag = (/** @type {PointerEvent} */ event) => {
    const handle = /** @type {Element} */ (event.currentTarget);
    if (!body.current || !handle.hasPointerCapture(event.pointerId)) return;
    const { left, width } = body.current.getBoundingClientRect();
    const wanted = event.clientX - left;
    nameWidth.value = Math.round(Math.min(0.7 * width, Math.max(NAME_WIDTH_MIN_PX, wanted)));
  };
  return html`<span
    class="divider"
    title="Drag to resize"
    onPointerDown=${(/** @type {PointerEvent} */ event) =>
      /** @type {Element} */ (event.currentTarget).setPointerCapture(event.pointerId)}
    onPointerMove=${drag}
    onDblClick=${() => (nameWidth.value = null)}
  />`;
}

/**
 * @param {{width: number, narrow: boolean}} box
 * @param {number | null} nameWidth
 * @returns {number} of the time line, about, in pixels
 */
function timeWidth(box, nameWidth) {
  const names = box.narrow ? 0 : (nameWidth ?? 0.38 * box.width);
  return Math.max(TICK_PX, box.width - names - GUTTER_PX);
}

/**
 * @param {View} view
 * @param {number} width of the time line in pixels
 * @returns {number[]} the ruler's marks, ns after the start of the trace
 */
function useMarks(view, width) {
  const { start } = view.tree.value;
  const range = view.range.value;
  return ticks(range.start - start, range.end - start, Math.floor(width / TICK_PX));
}

/**
 * @param {View} view
 * @param {{current: HTMLElement | null}} body
 */
function useKeys(view, body) {
  useEffect(() => {
    const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
      if (body.current) onKey(view, body.current, event);
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [view]);
}

/**
 * Scrolls to the cursor when it moves out of sight.
 *
 * @param {View} view
 * @param {{current: HTMLElement | null}} body
 * @param {number} rowHeight
 */
function useCursorInSight(view, body, rowHeight) {
  const key = view.selectedKey.value;
  const loaded = view.selected.value !== null;
  useEffect(() => {
    const element = body.current;
    const at = view.rows.peek().findIndex((node) => node.key === key);
    if (!element || at < 0) return;
    const top = at * rowHeight;
    const room = element.clientHeight - HEAD_PX;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowHeight > element.scrollTop + room) element.scrollTop = top + rowHeight - room;
  }, [key, loaded, rowHeight]);
}
