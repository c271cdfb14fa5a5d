import { CutNote, SHOWN_MAX } from "../lib/bounded.js";
import { CopyButton } from "../lib/copy-button.js";
import { html } from "../lib/html.js";
import { parseTraceParent, parseTraceState } from "../lib/trace-context.js";
import { visible } from "../lib/text.js";
import { valueText } from "./value.js";

/** @typedef {import("./decode.js").Span} Span */

/** Attributes that hold a header as it was received or sent. Semantic conventions, stable HTTP. */
const HEADER_KEY = /^http\.(request|response)\.header\.(traceparent|tracestate)$/;

/**
 * @param {Span} span
 * @returns {boolean} whether there is something for `TraceContext` to show
 */
export function hasContext(span) {
  return span.traceState !== "" || recordedHeaders(span).length > 0;
}

/**
 * The W3C Trace Context of a span: `tracestate` member by member, and the headers as recorded.
 *
 * @param {{span: Span}} props
 */
export function TraceContext({ span }) {
  const headers = recordedHeaders(span);
  const sent = span.kind === "client" || span.kind === "producer";
  return html`<div class="context">
    ${headers.map(
      (header, i) => html`<div class="header" key=${i}>
        <div class="header-name">
          <code>${header.name}</code> header, as ${sent ? "sent" : "received"}
          <${CopyButton} text=${header.value} label="Copy header" />
        </div>
        ${header.name === "traceparent"
          ? html`<${TraceParent} value=${header.value} span=${span} />`
          : html`<${TraceState} value=${header.value} />`}
      </div>`,
    )}
    ${span.traceState !== "" &&
    html`<div class="header">
      <div class="header-name">
        <code>tracestate</code> of the span
        <${CopyButton} text=${span.traceState} label="Copy tracestate" />
      </div>
      <${TraceState} value=${span.traceState} />
    </div>`}
  </div>`;
}

/** @param {{value: string, span: Span}} props */
function TraceParent({ value, span }) {
  const fields = parseTraceParent(value);
  if (!fields) {
    return html`<p class="header-value">${visible(value)}</p>
      <p class="hint bad">This is not a valid <code>traceparent</code>.</p>`;
  }
  const parent = parentMeaning(fields.parentId, span);
  return html`<dl class="fields">
    <${Field} name="version" value=${fields.version} />
    <${Field} name="trace-id" value=${fields.traceId} wide />
    <${Field} name="parent-id" value=${fields.parentId} means=${parent} />
    <${Field} name="trace-flags" value=${fields.flags} means=${flagsMeaning(fields)} />
  </dl>`;
}

/** @param {{name: string, value: string, means?: string, wide?: boolean}} props */
function Field({ name, value, means, wide = false }) {
  return html`<div class=${wide ? "field wide" : "field"}>
    <dt>${name}</dt>
    <dd><code>${value}</code>${means && html`<span class="means">${means}</span>`}</dd>
  </div>`;
}

/**
 * @param {string} parentId
 * @param {Span} span
 */
function parentMeaning(parentId, span) {
  if (parentId === span.parentId) return "the parent of this span";
  return parentId === span.spanId ? "this span" : "";
}

/** @param {{sampled: boolean, random: boolean}} flags @returns {string} what they say, in words */
export function flagsMeaning({ sampled, random }) {
  return [sampled ? "sampled" : "not sampled", random && "random id"].filter(Boolean).join(", ");
}

/** The members of a `tracestate`. @param {{value: string}} props */
export function TraceState({ value }) {
  const members = parseTraceState(value);
  return html`<ul class="members">
      ${members.slice(0, SHOWN_MAX).map(
        (member, i) => html`<li key=${i}>
          <code class="member-key">${visible(member.key)}</code>${member.value !== null &&
          html`<code class="member-value">${visible(member.value)}</code>`}
        </li>`,
      )}
    </ul>
    <${CutNote} total=${members.length} />`;
}

/**
 * Header attributes are arrays of text; some libraries record plain text.
 *
 * @param {Span} span
 * @returns {{name: string, value: string}[]}
 */
function recordedHeaders(span) {
  return span.attributes.flatMap(({ key, value }) => {
    const name = HEADER_KEY.exec(key)?.[2];
    if (name === undefined) return [];
    const lines = value.type === "array" ? value.value : [value];
    return lines.map((line) => ({ name, value: valueText(line) }));
  });
}
