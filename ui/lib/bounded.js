import { formatCount } from "./format.js";
import { html } from "./html.js";

/** How much of a list is drawn: a hostile span may have a hundred thousand of anything. */
export const SHOWN_MAX = 500;

/**
 * Says that a list was cut, if it was.
 *
 * @param {{total: number}} props
 */
export function CutNote({ total }) {
  if (total <= SHOWN_MAX) return null;
  return html`<p class="hint">The first ${SHOWN_MAX} of ${formatCount(total)}.</p>`;
}
