// The services of a trace, and who called whom in it.

import { formatDuration, plural } from "../lib/format.js";
import { errorWords } from "./service-graph.js";

/**
 * @typedef {import("./service-graph.js").GraphNode} GraphNode
 * @typedef {import("./service-graph.js").GraphEdge} GraphEdge
 * @typedef {import("../trace/tree.js").Node} Node
 * @typedef {import("../trace/tree.js").ServiceShare} ServiceShare
 */

/** Attributes that name what makes no spans of its own: today's and those before them. */
const SYSTEM_KEYS = ["db.system.name", "db.system", "messaging.system"];

/**
 * @param {Node[]} nodes
 * @param {ServiceShare[]} shares
 * @param {ReadonlySet<string> | null} found services with something that the reader looks for
 * @returns {{nodes: GraphNode[], edges: GraphEdge[]}}
 */
export function traceGraph(nodes, shares, found) {
  /** @type {Map<string, {from: string, to: string, toName: string, calls: number, errors: number, total: number}>} */
  const calls = new Map();
  const add = (/** @type {string} */ from, /** @type {string} */ to, /** @type {string} */ toName, /** @type {Node} */ node) => {
    const key = `${from}\n${to}`;
    const call = calls.get(key) ?? { from, to, toName, calls: 0, errors: 0, total: 0 };
    call.calls += 1;
    call.errors += node.span.status === "error" ? 1 : 0;
    call.total += node.span.duration;
    calls.set(key, call);
  };
  for (const node of nodes) {
    const { service, kind } = node.span;
    const caller = node.parent?.span.service;
    if (caller !== undefined && caller !== service) add(serviceId(caller), serviceId(service), service, node);
    const system = kind === "client" || kind === "producer" ? systemOf(node) : null;
    if (system !== null) add(serviceId(service), `system ${system}`, system, node);
  }
  const systems = new Map([...calls.values()].filter(({ to }) => to.startsWith("system ")).map((call) => [call.to, call.toName]));
  return {
    nodes: [
      ...shares.map((share) => serviceNode(share, found)),
      ...[...systems].map(([id, name]) => ({ id, name, isSystem: true, lines: ["makes no spans"], isBad: false, isDim: found !== null })),
    ],
    edges: [...calls.values()].map(({ from, to, calls: count, errors, total }) => ({
      from,
      to,
      calls: count,
      label: `${count === 1 ? "" : `${count} × `}${formatDuration(total / count)}`,
      says: `${plural(count, "call")}, ${formatDuration(total)} in all, ${errorWords(errors, count)}`,
      isBad: errors > 0,
    })),
  };
}

/** @param {ServiceShare} share @param {ReadonlySet<string> | null} found @returns {GraphNode} */
function serviceNode({ service, spans, errors, selfTime }, found) {
  const lines = [`${plural(spans, "span")}${errors > 0 ? `, ${plural(errors, "error")}` : ""}`, `${formatDuration(selfTime)} self time`];
  const isDim = found !== null && !found.has(service);
  return { id: serviceId(service), name: service, isSystem: false, lines, isBad: errors > 0, isDim };
}

/** A database may be called as a service is. @param {string} service */
function serviceId(service) {
  return `service ${service}`;
}

/** @param {Node} node @returns {string | null} */
function systemOf({ span }) {
  const found = span.attributes.find(({ key }) => SYSTEM_KEYS.includes(key));
  return found?.value.type === "string" ? found.value.value : null;
}
