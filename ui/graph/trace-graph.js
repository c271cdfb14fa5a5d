// The services of a trace, and who called whom in it.

import { formatDuration, plural } from "../lib/format.js";
import { drawnPart } from "./drawn.js";
import { errorWords } from "./service-graph.js";

/**
 * @typedef {import("./drawn.js").LeftOut} LeftOut
 * @typedef {import("./service-graph.js").GraphNode} GraphNode
 * @typedef {import("./service-graph.js").GraphEdge} GraphEdge
 * @typedef {import("../trace/tree.js").Node} Node
 * @typedef {import("../trace/tree.js").ServiceShare} ServiceShare
 *
 * @typedef {{from: string, to: string, toName: string, calls: number, errors: number, total: number}} Calls total: ns
 * @typedef {{id: string, name: string, calls: number}} System
 */

/** Attributes that name what makes no spans of its own: today's and those before them. */
const SYSTEM_KEYS = ["db.system.name", "db.system", "messaging.system"];

/**
 * @param {Node[]} nodes
 * @param {ServiceShare[]} shares
 * @param {ReadonlySet<string> | null} found services with something that the reader looks for
 * @returns {{nodes: GraphNode[], edges: GraphEdge[], leftOut: LeftOut}}
 */
export function traceGraph(nodes, shares, found) {
  const edges = callsBetween(nodes);
  const whole = { nodes: [...shares.map((share) => ({ id: serviceId(share.service), share })), ...systemsOf(edges)], edges };
  // What makes no spans has as much to do as it is called. Words are made for what is drawn alone.
  const drawn = drawnPart(whole, (node) => ("share" in node ? node.share.spans : node.calls));
  return {
    nodes: drawn.nodes.map((node) => ("share" in node ? serviceNode(node.id, node.share, found) : systemNode(node, found))),
    edges: drawn.edges.map(edgeOf),
    leftOut: drawn.leftOut,
  };
}

/** @param {Node[]} nodes @returns {Calls[]} from each service to each other, and to systems */
function callsBetween(nodes) {
  /** @type {Map<string, Calls>} */
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
  return [...calls.values()];
}

/** @param {Calls[]} edges @returns {System[]} in the order in which they are called first */
function systemsOf(edges) {
  /** @type {Map<string, System>} */
  const systems = new Map();
  for (const { to, toName, calls } of edges) {
    if (!to.startsWith("system ")) continue;
    const system = systems.get(to) ?? { id: to, name: toName, calls: 0 };
    system.calls += calls;
    systems.set(to, system);
  }
  return [...systems.values()];
}

/** @param {Calls} edge @returns {GraphEdge} */
function edgeOf({ from, to, calls, errors, total }) {
  return {
    from,
    to,
    calls,
    label: `${calls === 1 ? "" : `${calls} × `}${formatDuration(total / calls)}`,
    says: `${plural(calls, "call")}, ${formatDuration(total)} in all, ${errorWords(errors, calls)}`,
    isBad: errors > 0,
  };
}

/** @param {string} id @param {ServiceShare} share @param {ReadonlySet<string> | null} found @returns {GraphNode} */
function serviceNode(id, { service, spans, errors, selfTime }, found) {
  const lines = [`${plural(spans, "span")}${errors > 0 ? `, ${plural(errors, "error")}` : ""}`, `${formatDuration(selfTime)} self time`];
  const isDim = found !== null && !found.has(service);
  return { id, name: service, isSystem: false, lines, isBad: errors > 0, isDim };
}

/** @param {System} system @param {ReadonlySet<string> | null} found @returns {GraphNode} */
function systemNode({ id, name }, found) {
  return { id, name, isSystem: true, lines: ["makes no spans"], isBad: false, isDim: found !== null };
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
