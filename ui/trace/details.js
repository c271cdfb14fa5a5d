import { CutNote, SHOWN_MAX } from "../lib/bounded.js";
import { formatDuration, formatExactTime, formatShare, formatTime, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { ErrorMark, Icon } from "../lib/icons.js";
import { NO_NAME, oneLine, visible } from "../lib/text.js";
import { Alike } from "./alike.js";
import { Attributes, DroppedNote } from "./attributes.js";
import { hasContext, TraceContext } from "./context.js";
import { Links } from "./links.js";
import { IdSection, ResourceSection, ScopeSection } from "./origin.js";
import { Section } from "./section.js";
import { selfDuration } from "./tree.js";

/**
 * @typedef {import("./tree.js").Node} Node
 * @typedef {import("./view.js").View} View
 */

/**
 * Everything that is known of a span.
 *
 * @param {{view: View, node: Node}} props
 */
export function Details({ view, node }) {
  const { span } = node;
  const query = view.query.value.trim().toLowerCase();
  const { service } = span;
  return html`
    <${Status} span=${span} />
    <${Times} view=${view} node=${node} />
    <${Alike} view=${view} node=${node} />
    <${Problems} node=${node} />
    ${!span.isWhole && html`<${OnTheirWay} problem=${view.trace.value.rest.problem} />`}
    ${hasContext(span) && html`<${Section} title="Trace context"><${TraceContext} span=${span} /><//>`}
    ${span.events.length + span.eventsDropped > 0 && html`<${Events} node=${node} query=${query} />`}
    <${Section} title="Attributes" count=${span.attributes.length}>
      <${Attributes} of=${span} query=${query} service=${service} />
    <//>
    ${span.links.length + span.linksDropped > 0 &&
    html`<${Section} title="Links" count=${span.links.length}>
      <${Links} view=${view} span=${span} query=${query} />
    <//>`}
    <${ResourceSection} span=${span} query=${query} />
    <${ScopeSection} span=${span} query=${query} />
    <${IdSection} view=${view} node=${node} />
  `;
}

/** @param {{problem: string}} props why they do not come, if they do not */
function OnTheirWay({ problem }) {
  if (problem === "") return html`<p class="hint" role="status">Its attributes are on their way.</p>`;
  return html`<p class="bad" role="alert">${`Its attributes are not here: ${visible(problem)}`}</p>`;
}

/** @param {{span: import("./decode.js").Span}} props */
function Status({ span }) {
  // Until all of it is here nobody knows whether there is a message.
  if (span.status !== "error" || !span.isWhole) return null;
  return html`<p class="status-error">
    <${ErrorMark} label="Error" />
    <span>${visible(span.statusMessage) || "This span failed; it gave no message."}</span>
  </p>`;
}

/** @param {{view: View, node: Node}} props */
function Times({ view, node }) {
  const { start, end } = view.tree.value;
  const selfTime = selfDuration(node);
  const { duration } = node.span;
  const started = view.trace.value.start + BigInt(node.span.start);
  const offset = node.start - start;
  const facts = /** @type {[string, number, string, string][]} */ ([
    ["Starts after", offset, formatTime(started), formatExactTime(started)],
    ["Duration", duration, `${formatShare(duration, end - start)} of trace`, ""],
    ["Self time", selfTime, `${formatShare(selfTime, duration)} of span`, ""],
  ]);
  return html`<dl class="facts">
    ${facts.map(
      ([name, nanos, note, exact]) => html`<div key=${name}>
        <dt>${name}</dt>
        <dd title=${plural(nanos, "nanosecond")}>${formatDuration(nanos)}</dd>
        <dd class="note" title=${exact}>${note}</dd>
      </div>`,
    )}
  </dl>`;
}

/** What a reader must know before trusting the picture. @param {{node: Node}} props */
function Problems({ node }) {
  const { span } = node;
  const problems = [];
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

/** @param {{node: Node, query: string}} props */
function Events({ node, query }) {
  const { events, eventsDropped } = node.span;
  return html`<${Section} title="Events" count=${events.length}>
    <ol class="events">
      ${events.slice(0, SHOWN_MAX).map(
        (event, i) => html`<li key=${i} class=${event.name === "exception" ? "exception" : ""}>
          <div class="event-title">
            <strong>${oneLine(event.name) || NO_NAME}</strong>
            <span class="event-time">${formatDuration(event.time - node.span.start)} into the span</span>
          </div>
          <${Attributes} of=${event} query=${query} />
        </li>`,
      )}
    </ol>
    <${CutNote} total=${events.length} />
    <${DroppedNote} count=${eventsDropped} one="event" />
  <//>`;
}
