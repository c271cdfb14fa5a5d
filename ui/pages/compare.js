import { useEffect } from "preact/hooks";

import { Chooser, FirstChooser } from "../compare/chooser.js";
import { Compare } from "../compare/compare.js";
import { decodeComparison } from "../compare/comparison.js";
import { fetchComparison } from "../lib/api.js";
import { html } from "../lib/html.js";
import { findTraceId } from "../lib/trace-context.js";
import { visible } from "../lib/text.js";
import { useAnswer } from "../lib/use-answer.js";

/**
 * Two traces side by side, or the choice of one that is not named yet.
 *
 * @param {{search: string}} props search: the query part of the address
 */
export function ComparePage({ search }) {
  const asked = new URLSearchParams(search);
  const before = findTraceId(asked.get("before") ?? "");
  const after = findTraceId(asked.get("after") ?? "");
  useEffect(() => {
    document.title = "Compare · Clew";
  }, []);
  if (before === null) return html`<main class="compare-page"><${FirstChooser} /></main>`;
  return html`<main class="compare-page">
    ${after === null
      ? html`<${Chooser} key=${before} traceId=${before} />`
      : html`<${Loaded} key=${`${before} ${after}`} before=${before} after=${after} />`}
  </main>`;
}

/** @param {{before: string, after: string}} props */
function Loaded({ before, after }) {
  const ask = async (/** @type {AbortSignal} */ signal) => decodeComparison(await fetchComparison(before, after, signal));
  const { value, problem } = useAnswer(ask, [before, after]);
  if (problem !== null) return html`<p class="bad" role="alert">${visible(problem)}</p>`;
  return value ? html`<${Compare} comparison=${value} />` : html`<p aria-busy="true"></p>`;
}
