import { CutNote, SHOWN_MAX } from "../lib/bounded.js";
import { html } from "../lib/html.js";
import { Icon } from "../lib/icons.js";
import { traceHref } from "../lib/links.js";
import { visible } from "../lib/text.js";
import { describeFlags } from "../lib/trace-context.js";
import { Attributes, DroppedNote } from "./attributes.js";
import { TraceState } from "./context.js";
import { SpanLink } from "./span-link.js";

/**
 * @typedef {import("./view.js").View} View
 * @typedef {import("./decode.js").SpanLink} Link
 */

/**
 * The spans that a span names as its causes beside its parent, each with what it says of them.
 *
 * @param {{view: View, span: import("./decode.js").Span, query: string}} props
 */
export function Links({ view, span, query }) {
  const { links, linksDropped } = span;
  return html`<ul class="links">
      ${links.slice(0, SHOWN_MAX).map(
        (link, i) => html`<li key=${i}>
          <${Icon} name="link" />
          <div>
            <${Target} view=${view} link=${link} here=${link.traceId === span.traceId} />
            ${link.flags !== 0 && html`<p class="hint">${describeFlags(link.flags)}</p>`}
            ${link.traceState !== "" && html`<${TraceState} value=${link.traceState} />`}
            <${Attributes} of=${link} query=${query} />
          </div>
        </li>`,
      )}
    </ul>
    <${CutNote} total=${links.length} />
    <${DroppedNote} count=${linksDropped} one="link" />`;
}

/** @param {{view: View, link: Link, here: boolean}} props `here`: within the trace shown */
function Target({ view, link, here }) {
  if (link.traceId === "") return html`<span class="hint">a link that names no trace</span>`;
  const node = here ? view.byKey.value.get(link.spanId) : undefined;
  if (node) return html`<${SpanLink} view=${view} node=${node} />`;
  return html`<a href=${traceHref(link.traceId, link.spanId)}
    >trace <code>${visible(link.traceId)}</code>, span <code>${visible(link.spanId) || "unknown"}</code></a
  >`;
}
