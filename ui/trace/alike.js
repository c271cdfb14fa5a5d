import { formatCount, formatDuration } from "../lib/format.js";
import { html } from "../lib/html.js";
import { totalsOf } from "./repeats.js";
import { SpanLink } from "./span-link.js";
import { selfDuration } from "./tree.js";

/**
 * What there is to know of the many siblings that are like a span.
 *
 * @param {{view: import("./view.js").View, node: import("./tree.js").Node}} props
 */
export function Alike({ view, node }) {
  const totals = totalsOf(node.repeatOf?.repeats ?? [], selfDuration);
  if (!totals) return null;
  const { count, total, shortest, longest } = totals;
  const mean = formatDuration(Math.round(total / count));
  return html`<p class="alike">
    <strong>${`One of ${formatCount(count)} alike`}</strong>, ${formatDuration(total)} in all, ${mean} on average, from
    ${" "}<${SpanLink} view=${view} node=${shortest} words=${formatDuration(shortest.span.duration)} /> to
    ${" "}<${SpanLink} view=${view} node=${longest} words=${formatDuration(longest.span.duration)} />.
  </p>`;
}
