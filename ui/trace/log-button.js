import { formatCount, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { hasLogs, toggleLogs } from "./log-actions.js";
import { severest, weightOf } from "./placed-logs.js";

/** @typedef {import("./view.js").View} View */

/**
 * Opens the list of log records, or closes it. Its dot says how severe the worst of them is.
 *
 * @param {{view: View}} props
 */
export function LogButton({ view }) {
  if (!hasLogs(view)) return null;
  const { total } = view.logs.loaded.value;
  const most = severest(view.logs.placed.value.all);
  const isOpen = view.detailsOpen.value && view.logs.isShown.value;
  const worst = most && most.level !== "none" ? `, the severest: ${most.level}` : "";
  return html`<button
    type="button"
    class="button log-button"
    aria-pressed=${isOpen}
    title="${plural(total, "log record")} of this trace${worst} (l)"
    onClick=${() => toggleLogs(view)}
  >
    ${most && html`<i class="log-dot ${weightOf(most.rank)} level-${most.level}" />`}Logs
    <span class="note">${formatCount(total)}</span>
  </button>`;
}
