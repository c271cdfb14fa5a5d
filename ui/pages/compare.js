import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { Chooser } from "../compare/chooser.js";
import { Compare } from "../compare/compare.js";
import { decodeComparison } from "../compare/comparison.js";
import { ApiError, fetchComparison } from "../lib/api.js";
import { html } from "../lib/html.js";
import { findTraceId } from "../lib/trace-context.js";
import { visible } from "../lib/text.js";

/**
 * Two traces side by side, or the choice of the second.
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
  if (before === null) {
    return html`<main class="calm">
      <h1>Nothing to compare</h1>
      <p>Open a trace, and press Compare there.</p>
    </main>`;
  }
  return html`<main class="compare-page">
    ${after === null
      ? html`<${Chooser} key=${before} traceId=${before} />`
      : html`<${Loaded} key=${`${before} ${after}`} before=${before} after=${after} />`}
  </main>`;
}

/** @param {{before: string, after: string}} props */
function Loaded({ before, after }) {
  const comparison = useSignal(/** @type {import("../compare/comparison.js").Comparison | null} */ (null));
  const problem = useSignal(/** @type {string | null} */ (null));
  useEffect(() => {
    const stop = new AbortController();
    fetchComparison(before, after, stop.signal).then(
      (json) => (comparison.value = decodeComparison(json)),
      (error) => {
        if (stop.signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        problem.value = error.message;
      },
    );
    return () => stop.abort();
  }, [before, after]);
  if (problem.value !== null) return html`<p class="bad" role="alert">${visible(problem.value)}</p>`;
  if (!comparison.value) return html`<p aria-busy="true"></p>`;
  return html`<${Compare} comparison=${comparison.value} />`;
}
