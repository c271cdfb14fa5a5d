import { formatDuration, formatShare, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { ErrorMark, Icon } from "../lib/icons.js";
import { oneLine } from "../lib/text.js";
import { SpanLink } from "./span-link.js";
import { failureText, firstFailure, slowestPart } from "./why.js";

/** @typedef {import("./view.js").View} View */

/** How much of a failure's own words a line has. */
const WORDS_MAX = 160;

/**
 * Where the time went and where it failed, each with the way to its span.
 *
 * @param {{view: View}} props
 */
export function WhyLines({ view }) {
  const tree = view.tree.value;
  const failed = firstFailure(tree.nodes);
  const slow = slowestPart(tree, view.critical.value);
  if (!failed && !slow) return null;
  return html`<ul class="trace-why" aria-label="Why">
    ${failed && html`<li class="why-failed"><${ErrorMark} label="" /><${FailedLine} view=${view} failed=${failed} /></li>`}
    ${slow && html`<li><${Icon} name="clock" /><${SlowLine} view=${view} slow=${slow} /></li>`}
  </ul>`;
}

/** @param {{view: View, failed: import("./why.js").Failed}} props */
function FailedLine({ view, failed: { node, others } }) {
  const words = oneLine(failureText(node.span), WORDS_MAX);
  return html`<span>
    Failed first in <${SpanLink} view=${view} node=${node} />${words === "" ? "" : `: ${words}`}
    ${others > 0 && html`<span class="note">${` and ${plural(others, "time")} more`}</span>`}
  </span>`;
}

/** @param {{view: View, slow: import("./why.js").Slow}} props */
function SlowLine({ view, slow: { node, count, time, whole } }) {
  const many = count > 1 ? `${plural(count, "span")} one after another, the longest ` : "";
  return html`<span>
    <strong>${formatShare(time, whole)}</strong> of the time went into ${many}<${SpanLink} view=${view} node=${node} />${count > 1 ? "" : " itself"}
    <span class="note">${` ${formatDuration(time)}`}</span>
  </span>`;
}
