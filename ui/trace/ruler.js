import { useSignal } from "@preact/signals";

import { formatDuration } from "../lib/format.js";
import { html } from "../lib/html.js";
import { placeOf } from "./layout.js";
import { LogMarks } from "./log-marks.js";
import { zoomTo } from "./view.js";

/**
 * @typedef {import("./view.js").View} View
 * @typedef {import("./layout.js").Range} Range
 */

/** Below this many pixels a drag is a click. */
const DRAG_MIN_PX = 4;

/**
 * Lets a drag over an element zoom the time line, and a double click show all of it.
 *
 * @param {View} view
 * @param {() => Range} range what the element's width stands for
 * @returns {{handlers: object, drag: {from: number, to: number} | null}} handlers for the element,
 *   and what is being dragged over, as parts of its width
 */
export function useZoomDrag(view, range) {
  const drag = useSignal(/** @type {{from: number, to: number} | null} */ (null));
  const partAt = (/** @type {PointerEvent} */ event) => {
    const box = elementOf(event).getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  const handlers = {
    onPointerDown(/** @type {PointerEvent} */ event) {
      if (event.button !== 0) return;
      elementOf(event).setPointerCapture(event.pointerId);
      drag.value = { from: partAt(event), to: partAt(event) };
    },
    onPointerMove(/** @type {PointerEvent} */ event) {
      if (drag.value) drag.value = { from: drag.value.from, to: partAt(event) };
    },
    onPointerUp(/** @type {PointerEvent} */ event) {
      const done = drag.value;
      drag.value = null;
      if (!done || Math.abs(done.to - done.from) * elementOf(event).clientWidth < DRAG_MIN_PX) return;
      const { start, end } = range();
      zoomTo(view, start + done.from * (end - start), start + done.to * (end - start));
    },
    onPointerCancel() {
      drag.value = null;
    },
    onDblClick() {
      view.zoom.value = null;
    },
  };
  return { handlers, drag: drag.value };
}

/** @param {Event} event */
function elementOf(event) {
  return /** @type {Element} */ (event.currentTarget);
}

/**
 * What is being dragged over.
 *
 * @param {{drag: {from: number, to: number} | null}} props
 */
export function Dragged({ drag }) {
  if (!drag) return null;
  const left = 100 * Math.min(drag.from, drag.to);
  const width = 100 * Math.abs(drag.to - drag.from);
  return html`<span class="drag" style=${{ left: `${left}%`, width: `${width}%` }} />`;
}

/**
 * The time line's scale, in offsets from the start of the trace. A drag over it zooms. Log records
 * whose span is not here stand on it.
 *
 * @param {{view: View, marks: number[], width: number}} props width: in pixels
 */
export function Ruler({ view, marks, width }) {
  const { handlers, drag } = useZoomDrag(view, () => view.range.peek());
  const range = view.range.value;
  const { start } = view.tree.value;
  const { homeless } = view.logs.placed.value;
  return html`<div class="ruler" title="Drag to zoom, double-click for all" ...${handlers}>
    <${Dragged} drag=${drag} />
    ${marks.map(
      (mark) => html`<span
        key=${mark}
        class="tick"
        style=${{ left: `${100 * placeOf(start + mark, range)}%` }}
        >${mark === 0 ? "0" : formatDuration(mark)}</span
      >`,
    )}
    ${homeless.length > 0 && html`<${LogMarks} view=${view} logs=${homeless} width=${width} isOfTrace />`}
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
