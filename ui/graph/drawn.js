// The part of a graph that is drawn. What it is made of comes from spans, and may be of any size.

import { formatCount, plural } from "../lib/format.js";

/** How many services and systems are drawn: more could not be read. */
export const NODES_MAX = 60;

/** How many arrows are: five for each node hide one another, and each is laid out in all layers that it crosses. */
export const EDGES_MAX = 300;

/** @typedef {{nodes: number, edges: number}} LeftOut how many are not drawn; edges: of those between drawn nodes */

/**
 * @template {{id: string}} N
 * @template {{from: string, to: string, calls: number}} E
 * @param {{nodes: N[], edges: E[]}} graph
 * @param {(node: N) => number} weightOf how much a node has to do; of two that have as much, the first is drawn
 * @returns {{nodes: N[], edges: E[], leftOut: LeftOut}} in the order in which they came
 */
export function drawnPart({ nodes, edges }, weightOf) {
  const drawn = heaviest(nodes, NODES_MAX, weightOf);
  const ids = new Set(drawn.map(({ id }) => id));
  const between = edges.filter(({ from, to }) => ids.has(from) && ids.has(to));
  const lines = heaviest(between, EDGES_MAX, ({ calls }) => calls);
  return { nodes: drawn, edges: lines, leftOut: { nodes: nodes.length - drawn.length, edges: between.length - lines.length } };
}

/**
 * @template T
 * @param {T[]} all
 * @param {number} max
 * @param {(each: T) => number} weightOf
 * @returns {T[]}
 */
function heaviest(all, max, weightOf) {
  if (all.length <= max) return all;
  const kept = new Set([...all].sort((a, b) => weightOf(b) - weightOf(a)).slice(0, max));
  return all.filter((each) => kept.has(each));
}

/** @param {LeftOut} leftOut @returns {string} what the reader does not see; empty if that is nothing */
export function leftOutWords({ nodes, edges }) {
  const parts = [];
  if (nodes > 0) parts.push(`${formatCount(nodes)} more with less to do`);
  if (edges > 0) parts.push(`${plural(edges, "arrow")} of fewer calls`);
  return parts.length > 0 ? `Not drawn: ${parts.join(", ")}.` : "";
}
