import { html } from "../lib/html.js";
import { Icon } from "../lib/icons.js";

/** @typedef {import("./view.js").View} View */

/** What the arrow of a span's kind says. Spans without an arrow stay inside their service. */
const KINDS = /** @type {const} */ ({
  client: "a call to another service",
  server: "a call from another service",
  producer: "a message sent",
  consumer: "a message received",
});

/**
 * The arrow of a span's kind.
 *
 * @param {{kind: string}} props
 */
export function KindIcon({ kind }) {
  if (!isDrawn(kind)) return null;
  const says = `${kind} span: ${KINDS[kind]}`;
  // Around the drawing, whose thin lines alone would be hard to point at.
  return html`<span class="kind" title=${says}><${Icon} name=${kind} label=${says} /></span>`;
}

/**
 * What the signs of the waterfall mean: always the parts of a bar, and the arrows that occur.
 *
 * @param {{view: View}} props
 */
export function Legend({ view }) {
  const hasLogs = view.logs.placed.value.all.length > 0;
  const used = new Set(view.trace.value.spans.map((span) => span.kind));
  const kinds = Object.keys(KINDS).filter(isDrawn).filter((kind) => used.has(kind));
  return html`<ul class="legend" aria-label="Legend">
    <li title="The span worked itself"><i class="legend-self" />self time</li>
    <li title="The span waited for spans below it"><i class="legend-children" />in children</li>
    <li title="What the trace waited for: making anything else faster does not make it end earlier">
      <i class="legend-critical" />critical path
    </li>
    ${hasLogs && html`<li title="A log record, where it happened"><i class="log-mark plain level-info" />log record</li>`}
    ${kinds.map((kind) => html`<li key=${kind} title=${KINDS[kind]}><${Icon} name=${kind} />${kind}</li>`)}
  </ul>`;
}

/** @param {string} kind @returns {kind is keyof typeof KINDS} */
function isDrawn(kind) {
  return Object.hasOwn(KINDS, kind);
}
