import { useRef } from "preact/hooks";

import { formatDuration } from "../lib/format.js";
import { html } from "../lib/html.js";
import { placeOf } from "./layout.js";
import { zoomTo } from "./view.js";

/** @typedef {import("./view.js").View} View */

/** Below this many pixels a drag is a click. */
const DRAG_MIN_PX = 4;

/**
 * Pointer handlers that turn a drag over an element into a zoom, and a double click into none.
 *
 * @param {View} view
 * @param {() => import("./layout.js").Range} range what the element's width stands for
 */
export function useZoomDrag(view, range) {
  const from = useRef(/** @type {{x: number, range: import("./layout.js").Range} | null} */ (null));
  const timeAt = (/** @type {PointerEvent} */ event, /** @type {import("./layout.js").Range} */ shown) => {
    const box = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
    return shown.start + ((event.clientX - box.left) / box.width) * (shown.end - shown.start);
  };
  return {
    onPointerDown(/** @type {PointerEvent} */ event) {
      if (event.button !== 0) return;
      /** @type {Element} */ (event.currentTarget).setPointerCapture(event.pointerId);
      from.current = { x: event.clientX, range: range() };
    },
    onPointerUp(/** @type {PointerEvent} */ event) {
      const began = from.current;
      from.current = null;
      if (!began || Math.abs(event.clientX - began.x) < DRAG_MIN_PX) return;
      const box = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
      const length = began.range.end - began.range.start;
      const start = began.range.start + ((began.x - box.left) / box.width) * length;
      zoomTo(view, start, timeAt(event, began.range));
    },
    onPointerCancel() {
      from.current = null;
    },
    onDblClick() {
      view.zoom.value = null;
    },
  };
}

/**
 * The time line's scale, in offsets from the start of the trace. A drag over it zooms.
 *
 * @param {{view: View, marks: number[]}} props
 */
export function Ruler({ view, marks }) {
  const drag = useZoomDrag(view, () => view.range.peek());
  const range = view.range.value;
  const { start } = view.tree.value;
  return html`<div class="ruler" title="Drag to zoom, double-click for all" ...${drag}>
    ${marks.map(
      (mark) => html`<span
        key=${mark}
        class="tick"
        style=${{ left: `${100 * placeOf(start + mark, range)}%` }}
        >${mark === 0 ? "0" : formatDuration(mark)}</span
      >`,
    )}
  </div>`;
}

/**
 * The ruler's marks, drawn down the whole waterfall.
 *
 * @param {{view: View, marks: number[]}} props
 */
export function GridLines({ view, marks }) {
  const range = view.range.value;
  const { start } = view.tree.value;
  return html`<div class="grid-lines" aria-hidden="true">
    ${marks.map(
      (mark) => html`<i key=${mark} style=${{ left: `${100 * placeOf(start + mark, range)}%` }} />`,
    )}
  </div>`;
}
