import { serviceClass } from "../lib/colors.js";
import { CopyButton } from "../lib/copy-button.js";
import { formatDuration } from "../lib/format.js";
import { html } from "../lib/html.js";
import { Icon } from "../lib/icons.js";
import { NO_NAME, oneLine, visible } from "../lib/text.js";
import { parseTraceParent } from "../lib/trace-context.js";
import { TraceState, flagsMeaning } from "../trace/context.js";
import { SpanLink } from "../trace/span-link.js";
import { valueText } from "../trace/value.js";
import { Problems } from "./problems.js";

/**
 * @typedef {import("../trace/view.js").View} View
 * @typedef {import("./hops.js").Hop} Hop
 * @typedef {import("./hops.js").HopSpan} HopSpan
 * @typedef {import("./hops.js").Header} Header
 */

/** No header is longer that anybody has to hand on: what is, is cut. */
const HEADER_SHOWN_MAX = 600;

/**
 * One call: its two ends, the headers between them, and what is wrong.
 *
 * @param {{view: View, hop: Hop}} props
 */
export function Hop({ view, hop }) {
  const { caller, callee, problems } = hop;
  const isWell = problems.length === 0;
  return html`<li class=${isWell ? "hop" : "hop broken"}>
    <div class="hop-ends">
      ${caller ? html`<${End} view=${view} end=${caller} />` : html`<${NoEnd} id=${hop.callerId} isCaller />`}
      <${Arrow} view=${view} hop=${hop} />
      ${callee ? html`<${End} view=${view} end=${callee} />` : html`<${NoEnd} id=${peerOf(view, caller)} isCaller=${false} />`}
    </div>
    <${Headers} hop=${hop} />
    ${isWell
      ? html`<p class="hop-well"><${Icon} name="check" /> The context arrived</p>`
      : html`<${Problems} problems=${problems} label="What is wrong here" />`}
  </li>`;
}

/** @param {{view: View, end: HopSpan}} props */
function End({ view, end }) {
  const node = view.byKey.value.get(end.id);
  return html`<div class="hop-end ${serviceClass(end.service)}">
    <span class="hop-service"><span class="service-dot" />${oneLine(end.service, 80)}</span>
    ${node
      ? html`<${SpanLink} view=${view} node=${node} isNamed=${false} />`
      : html`<span>${oneLine(end.name, 80) || NO_NAME}</span>`}
  </div>`;
}

/** An end that has no span here. @param {{id: string, isCaller: boolean}} props `id`: what is known of it */
function NoEnd({ id, isCaller }) {
  return html`<div class="hop-end missing">
    <span class="hop-service"><span class="service-dot" />${isCaller && id !== "" ? "a span that is not here" : "no span here"}</span>
    ${id !== "" && html`<code>${oneLine(id)}</code>`}
  </div>`;
}

/**
 * @param {View} view
 * @param {HopSpan | null} caller
 * @returns {string} whom it says that it called: a name, or an address and a port
 */
function peerOf(view, caller) {
  const attributes = view.byKey.value.get(caller?.id ?? "")?.span.attributes ?? [];
  const value = (/** @type {string} */ key) => {
    const found = attributes.find((each) => each.key === key);
    return found ? valueText(found.value) : "";
  };
  const address = value("server.address") || value("net.peer.name");
  const port = value("server.port") || value("net.peer.port");
  return value("peer.service") || [address, port].filter(Boolean).join(":");
}

/** From the one to the other, with how long the caller waited. @param {{view: View, hop: Hop}} props */
function Arrow({ view, hop }) {
  const took = hop.caller && view.byKey.value.get(hop.caller.id)?.span.duration;
  return html`<div class="hop-arrow">
    <span class="hop-took">${took === null || took === undefined ? "" : formatDuration(took)}</span>
    <span class="hop-line" role="img" aria-label="called" />
  </div>`;
}

/** @param {{hop: Hop}} props */
function Headers({ hop }) {
  const { traceparent, tracestate } = hop;
  if (!traceparent && !tracestate) return null;
  return html`<dl class="hop-headers">
    ${traceparent &&
    html`<${HeaderLine} name="traceparent" header=${traceparent}><${TraceParent} hop=${hop} value=${traceparent.value} /><//>`}
    ${tracestate &&
    html`<${HeaderLine} name="tracestate" header=${tracestate}><${TraceState} value=${tracestate.value} /><//>`}
  </dl>`;
}

/** @param {{name: string, header: Header, children?: any}} props */
function HeaderLine({ name, header, children }) {
  const how = header.isRecorded ? "recorded" : "reconstructed";
  return html`<div class="hop-header">
    <dt><code>${name}</code> <span class="badge ${how}">${how}</span></dt>
    <dd>
      ${children}
      <${CopyButton} text=${header.value} label="Copy ${name}" />
    </dd>
  </div>`;
}

/** The header field by field, each with what it means here. @param {{hop: Hop, value: string}} props */
function TraceParent({ hop, value }) {
  const fields = parseTraceParent(value.trim());
  if (!fields) return html`<code class="bad">${oneLine(visible(value), HEADER_SHOWN_MAX)}</code>`;
  const { caller } = hop;
  const isOfCaller = caller !== null && fields.parentId === caller.id;
  const parent = isOfCaller ? `parent-id: ${oneLine(caller.service, 40)}’s span` : "parent-id";
  return html`<span class="traceparent">
    <${Part} value=${fields.version} means="version" />
    <${Part} value=${fields.traceId} means="trace-id" className="part-trace" />
    <${Part}
      value=${fields.parentId}
      means=${parent}
      className=${isOfCaller ? `part-parent ${serviceClass(caller.service)}` : "part-parent"}
    />
    <${Part} value=${fields.flags} means=${flagsMeaning(fields)} />
  </span>`;
}

/** @param {{value: string, means: string, className?: string}} props */
function Part({ value, means, className = "" }) {
  return html`<span class="part ${className}"><code>${value}</code><span class="part-means">${means}</span></span>`;
}
