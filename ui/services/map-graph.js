// The service map as a graph.

import { formatCount, formatDuration, plural } from "../lib/format.js";
import { oneLine } from "../lib/text.js";
import { errorWords } from "../graph/service-graph.js";
import { formatErrors, formatRate } from "./figures.js";

/**
 * @typedef {import("../graph/service-graph.js").GraphNode} GraphNode
 * @typedef {import("../graph/service-graph.js").GraphEdge} GraphEdge
 * @typedef {import("./figures.js").ServiceMap} ServiceMap
 */

/** How many services and systems are drawn, those with the most to do first: more could not be read. */
export const DRAWN_MAX = 60;

/**
 * @param {ServiceMap} map
 * @returns {{nodes: GraphNode[], edges: GraphEdge[], leftOut: number}}
 */
export function mapGraph({ services, edges, range }) {
  const { seconds } = range;
  const systems = [...new Set(edges.filter(({ kind }) => kind !== "service").map(({ called }) => called))];
  const all = [
    ...services.map((service) => {
      const { name, requests, errors, spans, p95 } = service;
      const lines =
        requests > 0
          ? [`${formatRate(requests, seconds)}${errors > 0 ? `, ${formatErrors(errors, requests)} errors` : ""}`, `p95 ${formatDuration(p95 ?? 0)}`]
          : ["calls others", plural(spans, "span")];
      return { id: idOf("service", name), name, isSystem: false, lines, errorShare: requests > 0 ? errors / requests : 0 };
    }),
    ...systems.map((name) => ({ id: idOf("system", name), name, isSystem: true, lines: ["makes no spans"], errorShare: 0 })),
  ];
  const nodes = all.slice(0, DRAWN_MAX);
  const drawn = new Set(nodes.map(({ id }) => id));
  const links = edges.map((edge) => ({
    from: idOf("service", edge.caller),
    to: idOf(edge.kind, edge.called),
    calls: edge.calls,
    label: `${formatRate(edge.calls, seconds)} · ${formatDuration(edge.p95 ?? 0)}`,
    says: `${oneLine(edge.caller)} calls ${oneLine(edge.called)}: ${formatCount(edge.calls)} times, ${errorWords(edge.errors, edge.calls)}, p50 ${formatDuration(edge.p50 ?? 0)}, p95 ${formatDuration(edge.p95 ?? 0)}, p99 ${formatDuration(edge.p99 ?? 0)}`,
    errorShare: edge.calls > 0 ? edge.errors / edge.calls : 0,
  }));
  return { nodes, edges: links.filter(({ from, to }) => drawn.has(from) && drawn.has(to)), leftOut: all.length - nodes.length };
}

/** A database may be called as a service is. @param {string} kind @param {string} name */
export function idOf(kind, name) {
  return `${kind === "service" ? "service" : "system"} ${name}`;
}
