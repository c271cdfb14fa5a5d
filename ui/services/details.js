import { serviceClass } from "../lib/colors.js";
import { fetchMetrics } from "../lib/api.js";
import { formatCount } from "../lib/format.js";
import { html } from "../lib/html.js";
import { servicesHref } from "../lib/links.js";
import { DEFAULT_QUERY, writeSearch } from "../lib/search-query.js";
import { NO_NAME, oneLine, visible } from "../lib/text.js";
import { useAnswer } from "../lib/use-answer.js";
import { LatencyChart, RateChart } from "./charts.js";
import { decodeMetrics } from "./figures.js";
import { FigureList } from "./list.js";

/**
 * @typedef {import("./figures.js").Metrics} Metrics
 * @typedef {import("./query.js").ServicesQuery} ServicesQuery
 */

/**
 * One service: how much it does and how well, together and by the names of its spans.
 *
 * @param {{query: ServicesQuery, hasRequests: boolean, everyMs: number}} props hasRequests: whether others call it
 */
export function ServiceDetails({ query, hasRequests, everyMs }) {
  const { service, last } = query;
  // Who is called by nobody is seen by what it calls.
  const kind = query.kind || (hasRequests ? "" : "all");
  const ask = async (/** @type {AbortSignal} */ signal) => decodeMetrics(await fetchMetrics(service, { last, kind }, signal));
  const { value, problem } = useAnswer(ask, [service, last, kind], everyMs);
  return html`<section class="service-details ${serviceClass(service)}" aria-label="Service">
    <header>
      <h2><span class="service-dot" />${oneLine(service, 120)}</h2>
      <nav class="service-links">
        <a href=${writeSearch({ ...DEFAULT_QUERY, service, name: query.name, lookback: last })}>Its traces</a>
        <a href=${writeSearch({ ...DEFAULT_QUERY, service, name: query.name, lookback: last, status: "error" })}>Those that fail</a>
        <a href=${servicesHref({ last })}>All services</a>
      </nav>
    </header>
    ${problem !== null && html`<p class="bad" role="alert">${visible(problem)}</p>`}
    ${value && html`<${Shown} query=${query} kind=${kind} metrics=${value} />`}
  </section>`;
}

/** @param {{query: ServicesQuery, kind: string, metrics: Metrics}} props */
function Shown({ query, kind, metrics }) {
  const { service, last } = query;
  const { range, total, names, hasMoreNames } = metrics;
  const isOne = (/** @type {Metrics["names"][number]} */ each) => query.name !== "" && each.name === query.name;
  const figures = names.find(isOne) ?? total;
  const lines = names.map((each) => ({
    key: `${each.kind} ${each.name}`,
    service,
    name: each.name,
    kind: each.kind,
    // Pressed once more, all of the service is shown again.
    href: servicesHref({ last, service, kind: query.kind, name: isOne(each) ? "" : each.name }),
    isChosen: isOne(each),
    figures: each,
  }));
  return html`
    <p class="hint">
      ${isOneShown(figures, total) ? `“${oneLine(query.name, 80) || NO_NAME}” alone. Press it again for all.` : allWords(kind)}
      ${" "}A dot is a span that took longest: it leads to its trace.
    </p>
    <div class="charts">
      <${RateChart} cells=${figures.cells} range=${range} />
      <${LatencyChart} cells=${figures.cells} range=${range} />
    </div>
    ${lines.length > 0 && html`<${FigureList} lines=${lines} range=${range} what="Span name" label="Span names" />`}
    ${hasMoreNames && html`<p class="hint">The ${formatCount(names.length)} names of the most spans.</p>`}
    <p class="hint">
      ${kind === "all"
        ? html`<a href=${servicesHref({ last, service })}>Only requests to it</a>`
        : html`<a href=${servicesHref({ last, service, kind: "all" })}>Spans of every kind</a>`}
    </p>
  `;
}

/** @param {unknown} figures @param {unknown} total */
function isOneShown(figures, total) {
  return figures !== total;
}

/** @param {string} kind */
function allWords(kind) {
  return kind === "all" ? "All spans of the service." : "All requests to the service.";
}
