import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";

import { plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { place } from "../lib/navigation.js";
import { DEFAULT_QUERY, LOOKBACKS, ORDERS, problemsOf, readSearch, writeSearch } from "../lib/search-query.js";
import { Form } from "../search/form.js";
import { Results } from "../search/results.js";
import { Scatter } from "../search/scatter.js";
import { sorted } from "../search/summary.js";
import { watchSearch } from "../search/watch.js";
import { Welcome } from "../search/welcome.js";

/**
 * @typedef {import("../search/watch.js").Found} Found
 * @typedef {import("../lib/search-query.js").SearchQuery} SearchQuery
 * @typedef {{text: string, isRetried: boolean}} Problem why nothing new is found
 */

/** The last search, so that the way back from a trace shows it at once. @type {Found | null} */
let last = null;

/** Find traces. */
export function SearchPage() {
  const href = place.value;
  const query = useMemo(() => readSearch(href.split("?")[1] ?? ""), [href]);
  const { found, fresh, problem } = useSearch(query);
  document.title = query.service === "" ? "Traces · Clew" : `${query.service} · Clew`;

  const nothingYet = found !== null && found.services.length === 0;
  if (nothingYet && problem === null) return html`<${Welcome} />`;
  return html`<main class="search-page">
    <h1 class="hidden">Traces</h1>
    <${Form} query=${query} services=${found?.services ?? []} />
    ${problem && html`<p class="banner bad" role="alert">${problem.text}${problem.isRetried && " Trying again."}</p>`}
    ${found && html`<${FoundTraces} query=${query} found=${found} fresh=${fresh} problem=${problem} />`}
  </main>`;
}

/**
 * Searches, and goes on searching while the page is open.
 *
 * @param {SearchQuery} query
 */
function useSearch(query) {
  const search = searchOf(query);
  const found = useSignal(last && searchOf(last.query) === search ? last : null);
  const fresh = useSignal(/** @type {ReadonlySet<string>} */ (new Set()));
  const problem = useSignal(/** @type {Problem | null} */ (null));
  useEffect(() => {
    // A link may say what the form would not let through.
    const [wrong] = Object.values(problemsOf(query));
    problem.value = wrong === undefined ? null : { text: wrong, isRetried: false };
    if (wrong !== undefined) return undefined;
    const stop = new AbortController();
    const onFound = (/** @type {Found} */ now) => {
      fresh.value = newcomers(found.peek(), now);
      last = now;
      found.value = now;
      problem.value = null;
    };
    const onProblem = (/** @type {string} */ text) => (problem.value = { text, isRetried: true });
    watchSearch(query, { onFound, onProblem }, stop.signal);
    return () => stop.abort();
  }, [search]);
  return { found: found.value, fresh: fresh.value, problem: problem.value };
}

/**
 * What a query asks of the backend; the order is the page's own business.
 *
 * @param {SearchQuery} query
 * @returns {string}
 */
function searchOf(query) {
  return writeSearch({ ...query, sort: DEFAULT_QUERY.sort });
}

/**
 * @param {Found | null} before
 * @param {Found} now
 * @returns {ReadonlySet<string>} trace ids
 */
function newcomers(before, now) {
  if (before === null || searchOf(before.query) !== searchOf(now.query)) return new Set();
  const old = new Set(before.results.map((result) => result.traceId));
  return new Set(now.results.map((result) => result.traceId).filter((id) => !old.has(id)));
}

/**
 * What was found, pale while a newer question is under way.
 *
 * @param {{query: SearchQuery, found: Found, fresh: ReadonlySet<string>, problem: Problem | null}} props
 */
function FoundTraces({ query, found, fresh, problem }) {
  const hovered = useSignal(/** @type {string | null} */ (null));
  const shown = useRef(found);
  // What the reader points at does not move away.
  const held = hovered.value !== null && searchOf(shown.current.query) === searchOf(found.query);
  if (!held) shown.current = found;
  const results = sorted(shown.current.results, query.sort);
  const isStale = searchOf(found.query) !== searchOf(query);
  return html`<section class="found" aria-busy=${isStale} aria-label="Traces found">
    ${results.length === 0
      ? html`<${NoMatch} query=${found.query} />`
      : html`
          <${Scatter} results=${results} hovered=${hovered} />
          <div class="results-head">
            <h2>${headline(results.length, found.query)}</h2>
            <${Liveness} problem=${problem} isHeld=${held} />
            <${Orders} query=${query} />
          </div>
          <${Results}
            results=${results}
            fresh=${fresh}
            nowMicros=${shown.current.nowMicros}
            hovered=${hovered}
          />
        `}
  </section>`;
}

/** Whether the list keeps up with the backend. @param {{problem: Problem | null, isHeld: boolean}} props */
function Liveness({ problem, isHeld }) {
  if (problem) return html`<span class="live cut" title=${problem.text}><i />not up to date</span>`;
  return html`<span class=${isHeld ? "live held" : "live"} title="New traces appear by themselves"
    ><i />${isHeld ? "held while you point" : "live"}</span
  >`;
}

/** @param {number} count @param {SearchQuery} query */
function headline(count, query) {
  const words = LOOKBACKS.find(([name]) => name === query.lookback)?.[1];
  const all = count < Number(query.limit);
  return all ? `${plural(count, "trace")} of the last ${words}` : `The newest ${plural(count, "trace")}`;
}

/** @param {{query: SearchQuery}} props */
function Orders({ query }) {
  return html`<nav class="orders" aria-label="Order">
    ${ORDERS.map(
      ([sort, words]) => html`<a
        key=${sort}
        href=${writeSearch({ ...query, sort })}
        aria-current=${sort === query.sort ? "true" : undefined}
        >${words}</a
      >`,
    )}
  </nav>`;
}

/** @param {{query: SearchQuery}} props */
function NoMatch({ query }) {
  const widest = LOOKBACKS.at(-1)?.[0] ?? query.lookback;
  const narrowed = ["operation", "tags", "minDuration", "maxDuration"].some(
    (field) => query[/** @type {keyof SearchQuery} */ (field)] !== "",
  );
  const free = { ...DEFAULT_QUERY, service: query.service, lookback: query.lookback };
  return html`<div class="no-match" role="status">
    <h2>No trace matches</h2>
    <p>One that does appears here as soon as it arrives.</p>
    <ul>
      ${query.lookback !== widest &&
      html`<li><a href=${writeSearch({ ...query, lookback: widest })}>Search the last 30 days</a></li>`}
      ${narrowed &&
      html`<li><a href=${writeSearch(free)}>Search without span name, attributes and durations</a></li>`}
      ${query.service !== "" &&
      html`<li><a href=${writeSearch({ ...query, service: "", operation: "" })}>Search all services</a></li>`}
    </ul>
  </div>`;
}
