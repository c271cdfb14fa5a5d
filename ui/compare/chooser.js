import { useSignal } from "@preact/signals";

import { fetchPage } from "../lib/api.js";
import { formatAgo, formatDuration, formatTime, now, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { compareHref, traceHref } from "../lib/links.js";
import { goTo } from "../lib/navigation.js";
import { ApiError } from "../lib/receive.js";
import { findTraceId } from "../lib/trace-context.js";
import { NO_NAME, oneLine, visible } from "../lib/text.js";
import { useAnswer } from "../lib/use-answer.js";
import { decodePage } from "../search/summary.js";
import { loadTrace } from "../trace/reader.js";
import { buildTree, mainRoot } from "../trace/tree.js";

/** @typedef {import("../search/summary.js").Summary} Summary */

/** How many traces are offered. */
const OFFERED_MAX = 20;

/**
 * @typedef {object} Offer
 * @property {string} service of the root of the trace
 * @property {string} name
 * @property {number} duration ns
 * @property {Summary[]} others traces with such a root, the newest first
 */

/**
 * A choice of the trace to compare with: any by its id, or one that begins with the same call.
 *
 * @param {{traceId: string}} props
 */
export function Chooser({ traceId }) {
  const { value, problem } = useAnswer((signal) => load(traceId, signal), [traceId]);
  if (problem !== null) return html`<p class="bad" role="alert">${visible(problem)}</p>`;
  if (!value) return html`<p aria-busy="true"></p>`;
  const { service, name, duration, others } = value;
  return html`<div class="chooser">
    <h1>Compare with which trace?</h1>
    <p class="hint">
      Before: <a href=${traceHref(traceId)}>${oneLine(service, 80)}: ${oneLine(name, 80)}</a>, ${formatDuration(duration)}
    </p>
    <${ById} label="Trace id or traceparent to compare with" hrefOf=${(/** @type {string} */ other) => compareHref(traceId, other)} />
    <h2>Traces that begin with the same call</h2>
    ${others.length === 0 && html`<p class="hint">There is no other one. Make the call once more, and look again.</p>`}
    <ul class="offers">
      ${others.map((other) => html`<${OfferRow} key=${other.traceId} trace=${other} href=${compareHref(traceId, other.traceId)} />`)}
    </ul>
  </div>`;
}

/** A choice of the first of two traces: any by its id, or a recent one. */
export function FirstChooser() {
  const { value, problem } = useAnswer(loadRecent, []);
  return html`<div class="chooser">
    <h1>Compare which traces?</h1>
    <p class="hint">Choose the trace to begin with, then the one to compare it with: one before a change and one after it, or a slow one and a fast one.</p>
    <${ById} label="Trace id or traceparent to begin with" hrefOf=${(/** @type {string} */ id) => compareHref(id)} />
    ${problem !== null && html`<p class="bad" role="alert">${visible(problem)}</p>`}
    ${value && html`<${Recent} traces=${value} />`}
  </div>`;
}

/** @param {{traces: Summary[]}} props */
function Recent({ traces }) {
  if (traces.length === 0) return html`<p class="hint">No trace has come yet. <a href="/">Send a first one</a>.</p>`;
  return html`<h2>The newest traces</h2>
    <ul class="offers">
      ${traces.map(
        (trace) => html`<${OfferRow} key=${trace.traceId} trace=${trace} href=${compareHref(trace.traceId)}>
          <strong>${oneLine(trace.rootService, 80)}: ${oneLine(trace.rootName, 80) || NO_NAME}</strong>
        <//>`,
      )}
    </ul>`;
}

/** @param {{trace: Summary, href: string, children?: any}} props children: what tells it from the others, if they are not alike */
function OfferRow({ trace, href, children }) {
  return html`<li>
    <a href=${href}>
      <span class="offer-duration">${formatDuration(trace.duration)}</span>
      ${children}
      <span>${plural(trace.spans, "span")}${trace.errors > 0 ? `, ${plural(trace.errors, "error")}` : ""}</span>
      <span class="note">${formatAgo(trace.start, now())}, ${formatTime(trace.start)}</span>
      <code>${trace.traceId.slice(0, 16)}…</code>
    </a>
  </li>`;
}

/** @param {AbortSignal} signal */
async function loadRecent(signal) {
  return decodePage(await fetchPage(new URLSearchParams({ limit: String(OFFERED_MAX) }), signal)).results;
}

/** @param {string} traceId @param {AbortSignal} signal @returns {Promise<Offer>} */
async function load(traceId, signal) {
  const tree = buildTree((await loadTrace(traceId, signal)).spans);
  const root = mainRoot(tree);
  if (!root) throw new ApiError("The trace to compare is not here.", 404);
  const { service, name } = root.span;
  const query = new URLSearchParams({ service, name, limit: String(OFFERED_MAX + 1) });
  const { results } = decodePage(await fetchPage(query, signal));
  const others = results.filter((other) => other.traceId !== traceId && other.rootService === service && other.rootName === name);
  return { service, name, duration: tree.end - tree.start, others: others.slice(0, OFFERED_MAX) };
}

/** @param {{label: string, hrefOf: (traceId: string) => string}} props hrefOf: where a trace id leads */
function ById({ label, hrefOf }) {
  const isBad = useSignal(false);
  const onSubmit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    const other = findTraceId(String(new FormData(form).get("other")));
    isBad.value = other === null;
    if (other !== null) goTo(hrefOf(other));
  };
  return html`<form class="by-id" onSubmit=${onSubmit}>
    <input
      name="other"
      placeholder="A trace id or traceparent"
      aria-label=${label}
      aria-invalid=${isBad.value}
      autocomplete="off"
      spellcheck="false"
    />
    <button class="button">Choose</button>
    ${isBad.value && html`<p class="field-problem" role="alert">Neither a trace id (32 hex digits) nor a traceparent header.</p>`}
  </form>`;
}
