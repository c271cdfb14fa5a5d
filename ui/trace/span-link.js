import { html } from "../lib/html.js";
import { traceHref } from "../lib/links.js";
import { NO_NAME, oneLine } from "../lib/text.js";
import { select } from "./view.js";

/**
 * A span of the trace shown, to go to.
 *
 * @param {object} props
 * @param {import("./view.js").View} props.view
 * @param {import("./tree.js").Node} props.node
 * @param {boolean} [props.isNamed] whether its service is named
 * @param {string} [props.words] what the link says, if not what the span is called
 */
export function SpanLink({ view, node, isNamed = true, words }) {
  const { span } = node;
  const service = isNamed ? `${oneLine(span.service, 80)}: ` : "";
  const go = (/** @type {MouseEvent} */ event) => {
    // With a key held down it is for the browser, to open elsewhere.
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    select(view, node, { open: true });
  };
  return html`<a class="span-link" href=${traceHref(span.traceId, node.key, view.mode.value)} onClick=${go}
    >${words ?? `${service}${oneLine(span.name, 80) || NO_NAME}`}</a
  >`;
}
