import { serviceClass } from "../lib/colors.js";
import { CopyButton } from "../lib/copy-button.js";
import { formatAgo, formatCount, formatDuration, formatTime, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { ErrorMark, Icon } from "../lib/icons.js";
import { oneLine } from "../lib/text.js";
import { failedNodes } from "./keys.js";
import { Legend } from "./legend.js";
import { serviceShares } from "./tree.js";
import { moveToNext } from "./view.js";

/** @typedef {import("./view.js").View} View */

/**
 * What the trace is, at a glance.
 *
 * @param {{view: View, traceId: string}} props
 */
export function Header({ view, traceId }) {
  const tree = view.tree.value;
  const root = tree.roots.find((node) => node.broken === null) ?? tree.roots[0];
  if (!root) return null;
  const shares = serviceShares(tree.nodes);
  return html`<header class="trace-header">
    <div class="trace-title">
      <h1>
        <span class="trace-service">${oneLine(root.span.process.service)}</span>
        <span>${oneLine(root.span.name)}</span>
      </h1>
      <p class="trace-id">
        <code>${traceId}</code><${CopyButton} text=${traceId} label="Copy trace id" />
      </p>
    </div>
    <dl class="trace-facts">
      <${Fact} name="Duration" value=${formatDuration(tree.end - tree.start)} />
      <${Fact} name="Spans" value=${formatCount(tree.nodes.length)} />
      <${Fact} name="Services" value=${formatCount(shares.length)} />
      <${Fact} name="Depth" value=${formatCount(tree.depth)} />
      <${ErrorFact} view=${view} count=${tree.errors} />
      <${Fact} name="Started" value=${formatTime(tree.start)} note=${formatAgo(tree.start, Date.now() * 1_000)} />
    </dl>
    <${Services} view=${view} shares=${shares} />
  </header>`;
}

/** @param {{name: string, value: string, note?: string}} props */
function Fact({ name, value, note }) {
  return html`<div>
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

/**
 * What is missing or cannot be so, in words.
 *
 * @param {{view: View}} props
 */
export function Notices({ view }) {
  const tree = view.tree.value;
  return html`<div class="notices" role="status">
    <${OrphanNotice} tree=${tree} />
    <${SkewNotice} view=${view} skewed=${tree.skewed} />
  </div>`;
}

/** @param {{tree: import("./tree.js").Tree}} props */
function OrphanNotice({ tree }) {
  const orphans = tree.roots.filter((node) => node.broken === "parent-missing");
  const [parent, ...rest] = new Set(orphans.map((node) => node.span.parentId));
  if (parent === undefined) return null;
  const others = rest.length === 0 ? "" : ` and ${plural(rest.length, "other parent")}`;
  const have = rest.length === 0 ? "has" : "have";
  const stand = orphans.length === 1 ? "the span below it stands" : `the ${orphans.length} spans below stand`;
  return html`<p class="notice">
    <${Icon} name="warning" />
    <span>Parent ${" "}<code>${oneLine(parent ?? "")}</code>${`${others} ${have} not arrived: ${stand} at the top of the tree.`}</span>
  </p>`;
}

/** @param {{view: View, skewed: import("./tree.js").Node[]}} props */
function SkewNotice({ view, skewed }) {
  if (skewed.length === 0) return null;
  const aligned = view.alignClocks.value;
  const services = [...new Set(skewed.map((node) => oneLine(node.span.process.service, 60)))];
  const most = skewed.reduce((max, { span, parent, start, shift }) => {
    return Math.max(max, (parent?.start ?? span.start) - (start - shift));
  }, 0);
  const early = skewed.length === 1 ? "span begins before its parent" : "spans begin before their parents";
  const shown = aligned ? "Shown with the clocks aligned." : "Shown as recorded.";
  return html`<p class="notice">
    <${Icon} name="warning" />
    <span>
      ${`Clocks differ: ${formatCount(skewed.length)} ${early}, by up to ${formatDuration(most)} (${services.slice(0, 3).join(", ")}). ${shown}`}
    </span>
    <button type="button" class="text-button" onClick=${() => (view.alignClocks.value = !aligned)}>
      ${aligned ? "Show as recorded" : "Align clocks"}
    </button>
  </p>`;
}
