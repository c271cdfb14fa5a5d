import { CopyButton } from "../lib/copy-button.js";
import { html } from "../lib/html.js";
import { visible } from "../lib/text.js";
import { describeFlags, flagsHex } from "../lib/trace-context.js";
import { Attributes } from "./attributes.js";
import { Section } from "./section.js";
import { SpanLink } from "./span-link.js";

/**
 * @typedef {import("./attributes.js").Find} Find
 * @typedef {import("./decode.js").Span} Span
 * @typedef {import("./tree.js").Node} Node
 * @typedef {import("./view.js").View} View
 */

/** Who sent a span or a log record. @param {{span: Pick<Span, "resource" | "service">, query: string, find?: Find}} props */
export function ResourceSection({ span, query, find }) {
  const { resource, service } = span;
  return html`<${Section} title="Resource" count=${resource.attributes.length}>
    <${Attributes} of=${resource} query=${query} service=${service} find=${find} />
    <${SchemaUrl} url=${resource.schemaUrl} />
  <//>`;
}

/** The library that made it. @param {{span: Pick<Span, "scope" | "service">, query: string, find?: Find}} props */
export function ScopeSection({ span, query, find }) {
  const { scope, service } = span;
  const name = [scope.name, scope.version].filter(Boolean).join(" ");
  const isEmpty = name === "" && scope.attributes.length + scope.attributesDropped === 0 && scope.schemaUrl === "";
  if (isEmpty) return null;
  return html`<${Section} title="Scope" note=${name} closed>
    <dl class="attributes">
      <${Row} name="name" value=${scope.name} />
      <${Row} name="version" value=${scope.version} />
    </dl>
    <${Attributes} of=${scope} query=${query} service=${service} find=${find} />
    <${SchemaUrl} url=${scope.schemaUrl} />
  <//>`;
}

/** The version of the semantic conventions that names follow. @param {{url: string}} props */
function SchemaUrl({ url }) {
  return html`<dl class="attributes"><${Row} name="schema URL" value=${url} /></dl>`;
}

/** @param {{view: View, node: Node}} props */
export function IdSection({ node, view }) {
  const { span } = node;
  return html`<${Section} title="Ids">
    <dl class="attributes">
      <${Row} name="trace id" value=${span.traceId} />
      <${Row} name="span id" value=${span.spanId} />
      ${span.parentId
        ? html`<${Row} name="parent span id" value=${span.parentId}>
            ${node.parent && html`<${SpanLink} view=${view} node=${node.parent} />`}
          <//>`
        : html`<${Row} name="parent span id" value="none: this is a root span" plain />`}
      ${span.isWhole &&
      html`<${Row} name="trace flags" value=${flagsHex(span.flags)} plain>
        <span class="means">${describeFlags(span.flags)}</span>
      <//>`}
      <${Row} name="status" value=${span.status} plain />
    </dl>
  <//>`;
}

/** A name and its value; nothing, if there is no value. @param {{name: string, value: string, plain?: boolean, children?: any}} props */
export function Row({ name, value, plain = false, children }) {
  if (value === "") return null;
  return html`<div class="attribute">
    <dt>${name}</dt>
    <dd>
      <span class="value">${visible(value)} ${children}</span>
      <span class="attribute-actions">
        ${!plain && html`<${CopyButton} text=${value} label="Copy ${name}" />`}
      </span>
    </dd>
  </div>`;
}
