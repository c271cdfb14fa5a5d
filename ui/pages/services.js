import { useEffect, useMemo } from "preact/hooks";

import { ServiceGraph } from "../graph/service-graph.js";
import { fetchMap } from "../lib/api.js";
import { plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { servicesHref } from "../lib/links.js";
import { goTo } from "../lib/navigation.js";
import { LOOKBACKS } from "../lib/search-query.js";
import { visible } from "../lib/text.js";
import { useAnswer } from "../lib/use-answer.js";
import { ServiceDetails } from "../services/details.js";
import { decodeMap } from "../services/figures.js";
import { FigureList } from "../services/list.js";
import { idOf, mapGraph } from "../services/map-graph.js";
import { readServicesQuery } from "../services/query.js";

/**
 * @typedef {import("../services/figures.js").ServiceMap} ServiceMap
 * @typedef {import("../services/query.js").ServicesQuery} ServicesQuery
 */

/** New spans show by themselves. Longer ranges move less, and cost more to count. */
const EVERY_MS = 10_000;
const EVERY_MS_OF_LONG = 60_000;

/**
 * All services: who calls whom, how often and how well.
 *
 * @param {{search: string}} props search: the query part of the address
 */
export function ServicesPage({ search }) {
  const query = useMemo(() => readServicesQuery(search), [search]);
  const everyMs = ["5m", "15m", "1h"].includes(query.last) ? EVERY_MS : EVERY_MS_OF_LONG;
  const ask = async (/** @type {AbortSignal} */ signal) => decodeMap(await fetchMap(query.last, signal));
  const { value, problem } = useAnswer(ask, [query.last], everyMs);
  useEffect(() => {
    document.title = "Services · Clew";
  }, []);
  return html`<main class="services-page">
    <header class="services-head">
      <h1>Services</h1>
      <${Last} query=${query} />
      ${value && html`<p class="hint" role="status">${summary(value)}</p>`}
    </header>
    ${problem !== null && html`<p class="bad" role="alert">${visible(problem)}</p>`}
    ${value?.partial && html`<p class="banner">${`Not all that is stored was looked at: ${visible(value.partial)}.`}</p>`}
    ${value && (value.services.length === 0 ? html`<${Nothing} query=${query} />` : html`<${Shown} query=${query} map=${value} everyMs=${everyMs} />`)}
  </main>`;
}

/** @param {{query: ServicesQuery}} props */
function Last({ query }) {
  const choose = (/** @type {any} */ event) => goTo(servicesHref({ ...query, last: event.target.value }));
  return html`<label class="services-last">
    <span>Last</span>
    <select onChange=${choose}>
      ${LOOKBACKS.map(([name, words]) => html`<option key=${name} value=${name} selected=${name === query.last}>${words}</option>`)}
    </select>
  </label>`;
}

/** @param {ServiceMap} map */
function summary({ services, edges, unresolved }) {
  const calls = edges.reduce((sum, edge) => sum + edge.calls, 0);
  const lost = unresolved > 0 ? `, ${plural(unresolved, "call")} from spans that are not here` : "";
  return `${plural(services.length, "service")}, ${plural(calls, "call")} between them${lost}`;
}

/** @param {{query: ServicesQuery, map: ServiceMap, everyMs: number}} props */
function Shown({ query, map, everyMs }) {
  const { service, last } = query;
  const chosen = map.services.find(({ name }) => name === service);
  const around = chosen ? idOf("service", service) : null;
  const graph = useMemo(() => mapGraph(map, around), [map, around]);
  const hrefOf = (/** @type {string} */ id) => {
    const node = graph.nodes.find((each) => each.id === id);
    const isChosen = id === idOf("service", service);
    return servicesHref(node && !node.isSystem && !isChosen ? { last, service: node.name } : { last });
  };
  const callers = new Set(map.edges.map(({ caller }) => caller));
  const lines = map.services.map((each) => ({
    key: each.name,
    service: each.name,
    name: each.name,
    kind: "",
    href: servicesHref({ last, service: each.name }),
    isChosen: false,
    without: callers.has(each.name) ? "It makes calls and answers none" : "It answers no calls",
    figures: { ...each, count: each.requests },
  }));
  return html`
    <section class="map" aria-label=${chosen ? "Callers and called services" : "Service map"}>
      <${ServiceGraph}
        nodes=${graph.nodes}
        edges=${graph.edges}
        leftOut=${graph.leftOut}
        label="Which service calls which"
        hrefOf=${hrefOf}
        chosen=${around}
      />
    </section>
    ${service === ""
      ? html`<${FigureList} lines=${lines} range=${map.range} what="Service" label="Services" />`
      : html`<${ServiceDetails} query=${query} hasRequests=${(chosen?.requests ?? 0) > 0} everyMs=${everyMs} />`}
  `;
}

/** @param {{query: ServicesQuery}} props */
function Nothing({ query }) {
  const longer = LOOKBACKS.filter(([, , seconds]) => seconds > (LOOKBACKS.find(([name]) => name === query.last)?.[2] ?? 0));
  return html`<div class="calm">
    <h2>No spans in this time</h2>
    <p>Services appear here as soon as they send spans: nothing needs to be set up, and no job has to run.</p>
    ${longer.length > 0 &&
    html`<p>
      Look further back:${" "}
      ${longer.map(([name, words]) => html`<a key=${name} href=${servicesHref({ last: name })}>${words}</a>${" "}`)}
    </p>`}
    <p>Or <a href="/">send a first trace</a>.</p>
  </div>`;
}
