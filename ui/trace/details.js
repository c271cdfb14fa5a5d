import { useEffect, useRef } from "preact/hooks";

import { serviceClass } from "../lib/colors.js";
import { CutNote, SHOWN_MAX } from "../lib/bounded.js";
import { CopyButton } from "../lib/copy-button.js";
import { formatDuration, formatShare, formatTime } from "../lib/format.js";
import { html } from "../lib/html.js";
import { ErrorMark, Icon } from "../lib/icons.js";
import { traceHref } from "../lib/links.js";
import { NO_NAME, oneLine, visible } from "../lib/text.js";
import { Attributes } from "./attributes.js";
import { hasContext, TraceContext } from "./context.js";
import { selfDuration } from "./tree.js";
import { select } from "./view.js";

/**
 * @typedef {import("./tree.js").Node} Node
 * @typedef {import("./view.js").View} View
 */

/**
 * Everything that is known of the chosen span.
 *
 * @param {{view: View}} props
 */
export function Details({ view }) {
  const node = view.selected.value;
  const panel = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (panel.current) panel.current.scrollTop = 0;
  }, [node?.key]);
  if (!node || !view.detailsOpen.value) return null;
  const { span } = node;
  const query = view.query.value.trim().toLowerCase();
  const { service } = span.process;
  const close = () => {
    view.detailsOpen.value = false;
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape") close();
  };
  return html`<aside
    class="details ${serviceClass(service)}"
    aria-label="Span details"
    ref=${panel}
    onKeyDown=${onKeyDown}
  >
    <${Title} span=${span} onClose=${close} />
    <${Status} span=${span} />
    <${Times} view=${view} node=${node} />
    <${Problems} node=${node} />
    ${hasContext(span) && html`<${Section} title="Trace context"><${TraceContext} span=${span} /><//>`}
    ${span.events.length > 0 && html`<${Events} view=${view} node=${node} query=${query} />`}
    <${AttributeSection} title="Attributes" attributes=${span.attributes} query=${query} service=${service} />
    ${span.links.length > 0 && html`<${Links} view=${view} links=${span.links} />`}
    <${AttributeSection}
      title="Resource"
      attributes=${span.process.resource}
      query=${query}
      service=${service}
    />
    <${Ids} view=${view} node=${node} />
  </aside>`;
}

/** @param {{span: import("./decode.js").Span, onClose: () => void}} props */
function Title({ span, onClose }) {
  return html`<header class="details-title">
    <div class="details-service">
      <span class="service-dot" />${oneLine(span.process.service)}
      <span class="badge">${span.kind}</span>
      <button type="button" class="icon-button close" title="Close (Esc)" onClick=${onClose}>
        <${Icon} name="close" label="Close details" />
      </button>
    </div>
    <h2>${oneLine(span.name, 1_000) || NO_NAME}</h2>
  </header>`;
}

/** @param {{span: import("./decode.js").Span}} props */
function Status({ span }) {
  if (span.status !== "error") return null;
  return html`<p class="status-error">
    <${ErrorMark} label="Error" />
    <span>${visible(span.statusMessage) || "This span failed; it gave no message."}</span>
  </p>`;
}

/** @param {{view: View, node: Node}} props */
function Times({ view, node }) {
  const { start, end } = view.tree.value;
  const selfTime = selfDuration(node);
  const facts = [
    ["Starts after", formatDuration(node.start - start), formatTime(node.span.start)],
    ["Duration", formatDuration(node.span.duration), `${formatShare(node.span.duration, end - start)} of trace`],
    ["Self time", formatDuration(selfTime), `${formatShare(selfTime, node.span.duration)} of span`],
  ];
  return html`<dl class="facts">
    ${facts.map(
      ([name, value, note]) => html`<div key=${name}>
        <dt>${name}</dt>
        <dd>${value}</dd>
        <dd class="note">${note}</dd>
      </div>`,
    )}
  </dl>`;
}

/** What a reader must know before trusting the picture. @param {{node: Node}} props */
function Problems({ node }) {
  const { span } = node;
  const problems = [...span.warnings];
  if (node.broken === "parent-missing") {
    problems.unshift(
      `Its parent ${span.parentId} has not arrived. It may still be on its way, or its service sends its spans elsewhere or not at all.`,
    );
  }
  if (node.broken === "parent-cycle") {
    problems.unshift("Following the parent ids leads back to this span, so it is shown as a root.");
  }
  if (node.shift !== 0) {
    problems.unshift(`Shown ${formatDuration(node.shift)} later than recorded, to align the clocks.`);
  }
  if (problems.length === 0) return null;
  return html`<ul class="problems">
    ${problems.map((problem) => html`<li><${Icon} name="warning" />${visible(problem)}</li>`)}
  </ul>`;
}

/** @param {{title: string, count?: number, children?: any}} props */
function Section({ title, count, children }) {
  return html`<details class="section" open>
    <summary>
      <${Icon} name="chevron" />
      <h3>${title}</h3>
      ${count !== undefined && html`<span class="count">${count}</span>`}
    </summary>
    ${children}
  </details>`;
}

/**
 * @param {{title: string, attributes: import("./decode.js").Attribute[], query: string, service: string}} props
 */
function AttributeSection({ title, attributes, query, service }) {
  return html`<${Section} title=${title} count=${attributes.length}>
    ${attributes.length === 0
      ? html`<p class="hint">None.</p>`
      : html`<${Attributes} attributes=${attributes} query=${query} service=${service} />`}
  <//>`;
}

/** @param {{view: View, node: Node, query: string}} props */
function Events({ node, query }) {
  const { events } = node.span;
  return html`<${Section} title="Events" count=${events.length}>
    <ol class="events">
      ${events.slice(0, SHOWN_MAX).map(
        (event, i) => html`<li key=${i} class=${event.name === "exception" ? "exception" : ""}>
          <div class="event-title">
            <strong>${oneLine(event.name) || NO_NAME}</strong>
            <span class="event-time">${formatDuration(event.time - node.span.start)} into the span</span>
          </div>
          ${event.attributes.length > 0 &&
          html`<${Attributes} attributes=${event.attributes} query=${query} />`}
        </li>`,
      )}
    </ol>
    <${CutNote} total=${events.length} />
  <//>`;
}

/** @param {{view: View, links: import("./decode.js").SpanLink[]}} props */
function Links({ view, links }) {
  return html`<${Section} title="Links" count=${links.length}>
    <ul class="links">
      ${links.slice(0, SHOWN_MAX).map((link, i) => {
        const node = view.byKey.value.get(link.spanId);
        const here = node && node.span.traceId === link.traceId;
        return html`<li key=${i}>
          <${Icon} name="link" />
          ${here
            ? html`<${SpanButton} view=${view} node=${node} />`
            : html`<a href=${traceHref(link.traceId, link.spanId)}
                >trace <code>${visible(link.traceId)}</code>, span <code>${visible(link.spanId)}</code></a
              >`}
        </li>`;
      })}
    </ul>
    <${CutNote} total=${links.length} />
  <//>`;
}

/** A span of this trace to go to. @param {{view: View, node: Node}} props */
function SpanButton({ view, node }) {
  const { span } = node;
  return html`<button type="button" class="text-button" onClick=${() => select(view, node)}>
    ${oneLine(span.process.service)}: ${oneLine(span.name)}
  </button>`;
}

/** @param {{view: View, node: Node}} props */
function Ids({ node, view }) {
  const { span } = node;
  const scope = [span.scopeName, span.scopeVersion].filter(Boolean).join(" ");
  return html`<${Section} title="Ids and scope">
    <dl class="attributes">
      <${IdRow} name="trace id" value=${span.traceId} />
      <${IdRow} name="span id" value=${span.spanId} />
      ${span.parentId
        ? html`<${IdRow} name="parent span id" value=${span.parentId}>
            ${node.parent && html`<${SpanButton} view=${view} node=${node.parent} />`}
          <//>`
        : html`<${IdRow} name="parent span id" value="none: this is a root span" plain />`}
      ${scope !== "" && html`<${IdRow} name="scope" value=${scope} />`}
      <${IdRow} name="status" value=${span.status} plain />
    </dl>
  <//>`;
}

/** @param {{name: string, value: string, plain?: boolean, children?: any}} props */
function IdRow({ name, value, plain = false, children }) {
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
