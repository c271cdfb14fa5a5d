import { serviceClass } from "../lib/colors.js";
import { CopyButton } from "../lib/copy-button.js";
import { formatAgo, formatCount, formatDuration, formatExactTime, formatTime, now, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { ErrorMark } from "../lib/icons.js";
import { oneLine } from "../lib/text.js";
import { failedNodes } from "./keys.js";
import { Legend } from "./legend.js";
import { mainRoot, serviceShares } from "./tree.js";
import { moveToNext } from "./view.js";
import { WhyLines } from "./why-lines.js";

/** @typedef {import("./view.js").View} View */

/**
 * What the trace is, at a glance.
 *
 * @param {{view: View, traceId: string}} props
 */
export function Header({ view, traceId }) {
  const tree = view.tree.value;
  const root = mainRoot(tree);
  if (!root) return null;
  const started = view.trace.value.start + BigInt(tree.start);
  const shares = serviceShares(tree.nodes);
  return html`<header class="trace-header">
    <div class="trace-title">
      <h1>
        <span class="trace-service">${oneLine(root.span.service)}</span>
        <span>${oneLine(root.span.name)}</span>
      </h1>
      <p class="trace-id">
        <code>${traceId}</code><${CopyButton} text=${traceId} label="Copy trace id" />
      </p>
    </div>
    <dl class="trace-facts">
      <${Fact} name="Duration" value=${formatDuration(tree.end - tree.start)} title=${plural(tree.end - tree.start, "nanosecond")} />
      <${Fact} name="Spans" value=${formatCount(tree.nodes.length)} />
      <${Fact} name="Services" value=${formatCount(shares.length)} />
      <${Fact} name="Depth" value=${formatCount(tree.depth)} />
      <${ErrorFact} view=${view} count=${tree.errors} />
      <${Fact}
        name="Started"
        value=${formatTime(started)}
        title=${formatExactTime(started)}
        note=${formatAgo(started, now())}
      />
    </dl>
    <${WhyLines} view=${view} />
    <${Services} view=${view} shares=${shares} />
  </header>`;
}

/** @param {{name: string, value: string, title?: string, note?: string}} props */
function Fact({ name, value, title, note }) {
  return html`<div title=${title}>
    <dt>${name}</dt>
    <dd>${value}${note && html` <span class="note">${note}</span>`}</dd>
  </div>`;
}

/** @param {{view: View, count: number}} props */
function ErrorFact({ view, count }) {
  if (count === 0) return html`<${Fact} name="Errors" value="0" />`;
  return html`<div class="has-errors">
    <dt>Errors</dt>
    <dd>
      <button
        type="button"
        class="error-button"
        title="Go to the next error (e)"
        onClick=${() => moveToNext(view, failedNodes(view), 1)}
      >
        <${ErrorMark} label="Errors" />${formatCount(count)}
      </button>
    </dd>
  </div>`;
}

/**
 * In which service the time was spent.
 *
 * @param {{view: View, shares: import("./tree.js").ServiceShare[]}} props
 */
function Services({ view, shares }) {
  const total = shares.reduce((sum, share) => sum + share.selfTime, 0);
  const find = (/** @type {string} */ service) => {
    view.query.value = view.query.value === service ? "" : service;
  };
  return html`<div class="trace-services">
    <div class="share-bar" aria-hidden="true">
      ${shares.map(
        ({ service, selfTime }) => html`<span
          key=${service}
          class=${serviceClass(service)}
          style=${{ flexGrow: total > 0 ? selfTime / total : 1 }}
        />`,
      )}
    </div>
    <ul class="shares">
      ${shares.map(
        ({ service, spans, errors, selfTime }) => html`<li key=${service} class=${serviceClass(service)}>
          <button type="button" title="Find the spans of this service" onClick=${() => find(service)}>
            <span class="service-dot" /><span class="share-name">${oneLine(service)}</span>
            <span class="share-note">${plural(spans, "span")} · ${formatDuration(selfTime)} self time</span>
            ${errors > 0 && html`<${ErrorMark} label=${plural(errors, "error")} />`}
          </button>
        </li>`,
      )}
    </ul>
    <${Legend} view=${view} />
  </div>`;
}
