// The service map as a graph.

import { formatCount, formatDuration, plural } from "../lib/format.js";
import { oneLine } from "../lib/text.js";
import { drawnPart } from "../graph/drawn.js";
import { errorWords } from "../graph/service-graph.js";
import { formatErrors, formatRate } from "./figures.js";

/**
 * @typedef {import("../graph/drawn.js").LeftOut} LeftOut
 * @typedef {import("../graph/service-graph.js").GraphNode} GraphNode
 * @typedef {import("../graph/service-graph.js").GraphEdge} GraphEdge
 * @typedef {import("./figures.js").ServiceMap} ServiceMap
 */

/** From which share on errors stand out: most services have a few, and red everywhere says nothing. */
const BAD_SHARE_MIN = 0.01;

/** Fewer calls than this are counted on an arrow. */
const RATED_CALLS_MIN = 60;

/**
 * The whole map, or what calls a service and is called by it.
 *
 * @param {ServiceMap} map
 * @param {string | null} around the node of that service
 * @returns {{nodes: GraphNode[], edges: GraphEdge[], leftOut: LeftOut}}
 */
export function mapGraph({ services, edges, range }, around = null) {
  const { seconds } = range;
  const systems = [...new Set(edges.filter(({ kind }) => kind !== "service").map(({ called }) => called))];
  const all = [
    ...services.map((service) => {
      const { name, requests, errors, spans, p95 } = service;
      const lines =
        requests > 0
          ? [`${formatRate(requests, seconds)}${errors > 0 ? `, ${formatErrors(errors, requests)} errors` : ""}`, `p95 ${formatDuration(p95 ?? 0)}`]
          : ["calls others", plural(spans, "span")];
      return { id: idOf("service", name), name, isSystem: false, lines, isBad: isBad(errors, requests) };
    }),
    ...systems.map((name) => ({ id: idOf("system", name), name, isSystem: true, lines: ["makes no spans"], isBad: false })),
  ];
  const links = edges.map((edge) => ({
    from: idOf("service", edge.caller),
    to: idOf(edge.kind, edge.called),
    calls: edge.calls,
    label: `${howOften(edge.calls, seconds)} · p95 ${formatDuration(edge.p95 ?? 0)}`,
    says: `${oneLine(edge.caller)} calls ${oneLine(edge.called)}: ${formatCount(edge.calls)} times, ${errorWords(edge.errors, edge.calls)}, p50 ${formatDuration(edge.p50 ?? 0)}, p95 ${formatDuration(edge.p95 ?? 0)}, p99 ${formatDuration(edge.p99 ?? 0)}`,
    isBad: isBad(edge.errors, edge.calls),
  }));
  const near = links.filter(({ from, to }) => around === null || from === around || to === around);
  const ends = new Set([around, ...near.flatMap(({ from, to }) => [from, to])]);
  const wanted = all.filter(({ id }) => around === null || ends.has(id));
  // The backend has those with the most to do first; the one in the middle is drawn in any case.
  return drawnPart({ nodes: wanted, edges: near }, ({ id }) => (id === around ? 1 : 0));
}

/** A database may be called as a service is. @param {string} kind @param {string} name */
export function idOf(kind, name) {
  return `${kind === "service" ? "service" : "system"} ${name}`;
}

/** A rate says little of a few calls. @param {number} calls @param {number} seconds */
function howOften(calls, seconds) {
  return calls < RATED_CALLS_MIN ? plural(calls, "call") : formatRate(calls, seconds);
}

/** Whether so many errors stand out. @param {number} errors @param {number} all */
function isBad(errors, all) {
  return errors >= all * BAD_SHARE_MIN && errors > 0;
}
