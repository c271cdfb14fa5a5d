import { useSignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";

import { formatCount, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { place } from "../lib/navigation.js";
import { DEFAULT_QUERY, LOOKBACKS, ORDERS, readSearch, writeSearch } from "../lib/search-query.js";
import { oneLine } from "../lib/text.js";
import { Form } from "../search/form.js";
import { RESULTS_MAX, holdsStill } from "../search/found.js";
import { Results } from "../search/results.js";
import { Scatter } from "../search/scatter.js";
import { isOf, useSearch } from "../search/use-search.js";
import { Welcome } from "../search/welcome.js";

/**
 * @typedef {import("../search/found.js").Found} Found
 * @typedef {import("../search/use-search.js").Problem} Problem
 * @typedef {import("../lib/search-query.js").SearchQuery} SearchQuery
 * @typedef {ReturnType<typeof useSearch>} Search
 */

/** Find traces. */
export function SearchPage() {
  const href = place.value;
  const query = useMemo(() => readSearch(href.split("?")[1] ?? ""), [href]);
  const search = useSearch(query);
  const { found, problem } = search;
  document.title = query.service === "" ? "Traces · Clew" : `${oneLine(query.service, 80)} · Clew`;

  const nothingYet = found !== null && found.services.length === 0 && found.results.length === 0;
  if (nothingYet && problem === null) return html`<${Welcome} />`;
  return html`<main class="search-page">
    <h1 class="hidden">Traces</h1>
    <${Form} query=${query} services=${found?.services ?? []} />
    ${problem && html`<p class="banner bad" role="alert">${problem.text}${problem.isRetried && " Trying again."}</p>`}
    ${found && html`<${FoundTraces} query=${query} found=${found} search=${search} />`}
  </main>`;
}

/**
 * What was found, pale while a newer question is under way.
 *
 * @param {{query: SearchQuery, found: Found, search: Search}} props
 */
function FoundTraces({ query, found, search }) {
  const hovered = useSignal(/** @type {string | null} */ (null));
  const shown = useRef(found);
  // What the reader points at does not move away.
  const held = hovered.value !== null && isOf(shown.current, found.query);
  if (!held || holdsStill(shown.current, found)) shown.current = found;
  const { results, partial, now } = shown.current;
  const isStale = !isOf(found, query);
  return html`<section class="found" aria-busy=${isStale} aria-label="Traces found">
    ${partial !== null && html`<p class="banner" role="status">Not all that is stored was searched: ${oneLine(partial)}</p>`}
    ${results.length === 0
      ? html`<${NoMatch} query=${found.query} />`
      : html`
          <${Scatter} results=${results} hovered=${hovered} />
          <div class="results-head">
            <h2>${headline(shown.current)}</h2>
            <${Liveness} problem=${search.problem} isHeld=${held} isApart=${found.ahead !== null} onCatchUp=${search.catchUp} />
            <${Orders} query=${query} />
          </div>
          <${Results} results=${results} fresh=${search.fresh} now=${now} hovered=${hovered} />
          <${More} found=${found} isLoading=${search.isLoading} onMore=${search.loadMore} />
        `}
  </section>`;
}

/**
 * Whether the list keeps up with the backend.
 *
 * @param {{problem: Problem | null, isHeld: boolean, isApart: boolean, onCatchUp: () => void}} props
 */
function Liveness({ problem, isHeld, isApart, onCatchUp }) {
  if (problem) return html`<span class="live cut" title=${problem.text}><i />not up to date</span>`;
  if (isApart) {
    return html`<button type="button" class="text-button" onClick=${onCatchUp}>Others come first now: show them</button>`;
  }
  return html`<span class=${isHeld ? "live held" : "live"} title="New traces appear by themselves"
    ><i />${isHeld ? "held while you point" : "live"}</span
  >`;
}

/** The way to what comes after. @param {{found: Found, isLoading: boolean, onMore: () => void}} props */
function More({ found, isLoading, onMore }) {
  if (found.next === null) return null;
  if (found.results.length >= RESULTS_MAX) {
    return html`<p class="more hint">These are enough for a list: narrow the search to see others.</p>`;
  }
  return html`<p class="more">
    <button type="button" class="button" disabled=${isLoading} onClick=${onMore}>
      ${isLoading ? "Looking for more…" : `Show ${found.query.limit} more`}
    </button>
  </p>`;
}

/** @param {Found} found */
function headline({ query, results, next }) {
  const words = LOOKBACKS.find(([name]) => name === query.lookback)?.[1];
  if (next === null) return `${plural(results.length, "trace")} of the last ${words}`;
  return `The ${query.order} ${formatCount(results.length)} traces of the last ${words}`;
}

/** @param {{query: SearchQuery}} props */
function Orders({ query }) {
  return html`<nav class="orders" aria-label="Order">
    ${ORDERS.map(
      ([order, words, says]) => html`<a
        key=${order}
        href=${writeSearch({ ...query, order })}
        title=${says}
        aria-current=${order === query.order ? "true" : undefined}
        >${words}</a
      >`,
    )}
  </nav>`;
}

/** @param {{query: SearchQuery}} props */
function NoMatch({ query }) {
  const widest = LOOKBACKS.at(-1)?.[0] ?? query.lookback;
  const narrowed = ["name", "attributes", "kind", "status", "minDuration", "maxDuration"].some(
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
      html`<li><a href=${writeSearch(free)}>Search without the filters</a></li>`}
      ${query.service !== "" &&
      html`<li><a href=${writeSearch({ ...query, service: "", name: "" })}>Search all services</a></li>`}
    </ul>
  </div>`;
}
