// The moment under the pointer: a line down the waterfall and its time on the ruler.

import { formatDuration } from "../lib/format.js";
import { html } from "../lib/html.js";

/** @typedef {import("./view.js").View} View */

/**
 * Pointer handlers for the waterfall that keep `view.pointed`.
 *
 * @param {View} view
 * @param {{current: HTMLElement | null}} body
 */
export function usePointing(view, body) {
  return {
    onPointerMove(/** @type {PointerEvent} */ event) {
      const ruler = body.current?.querySelector(".ruler")?.getBoundingClientRect();
      if (!ruler || event.pointerType !== "mouse") return;
      const part = (event.clientX - ruler.left) / ruler.width;
      view.pointed.value = part >= 0 && part <= 1 ? part : null;
    },
    onPointerLeave() {
      view.pointed.value = null;
    },
  };
}

/** @param {{view: View}} props */
export function PointedLine({ view }) {
  const part = view.pointed.value;
  if (part === null) return null;
  return html`<div class="grid-lines" aria-hidden="true">
    <i class="pointed-line" style=${{ left: `${100 * part}%` }} />
  </div>`;
}

/** @param {{view: View}} props */
export function PointedLabel({ view }) {
  const part = view.pointed.value;
  if (part === null) return null;
  const { start, end } = view.range.value;
  const time = start + part * (end - start) - view.tree.value.start;
  return html`<div class="pointed" aria-hidden="true">
    <span style=${{ left: `${100 * part}%` }}>${formatDuration(time)}</span>
  </div>`;
}
