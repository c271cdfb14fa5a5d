// The spans of a trace as rows of a table: one by one, or what is alike together.

import { totalsOf } from "../trace/repeats.js";

/**
 * @typedef {import("../trace/tree.js").Node} Node
 * @typedef {import("../trace/repeats.js").Totals} Totals
 * @typedef {import("../trace/layout.js").Range} Range
 * @typedef {"name" | "service" | "span"} By
 * @typedef {"name" | "count" | "total" | "self" | "critical" | "mean" | "longest" | "errors" | "start"} Column
 *
 * @typedef {object} TableRow
 * @property {string} key
 * @property {string} service
 * @property {string} name empty if it is for all of a service
 * @property {string} kind
 * @property {Node[]} nodes
 * @property {Totals} totals
 * @property {number} critical ns on the critical path
 */

/**
 * @param {Node[]} nodes
 * @param {By} by
 * @param {(node: Node) => number} selfOf ns
 * @param {ReadonlyMap<Node, Range[]>} critical
 * @returns {TableRow[]} by their first span
 */
export function tableRows(nodes, by, selfOf, critical) {
  /** @type {Map<string, Node[]>} */
  const groups = new Map();
  for (const node of nodes) {
    const key = keyOf(node, by);
    if (!groups.get(key)?.push(node)) groups.set(key, [node]);
  }
  return [...groups].flatMap(([key, members]) => {
    const totals = totalsOf(members, selfOf);
    const [first] = members;
    if (!totals || !first) return [];
    const { service, name, kind } = first.span;
    const isOfService = by === "service";
    return [
      {
        key,
        service,
        name: isOfService ? "" : name,
        kind: isOfService ? "" : kind,
        nodes: members,
        totals,
        critical: members.reduce((sum, node) => sum + lengthOf(critical.get(node)), 0),
      },
    ];
  });
}

/** @param {Node} node @param {By} by */
function keyOf({ key, span }, by) {
  if (by === "span") return key;
  return by === "service" ? span.service : `${span.kind}\n${span.service}\n${span.name}`;
}

/** @param {Range[]} [parts] */
function lengthOf(parts = []) {
  return parts.reduce((sum, { start, end }) => sum + end - start, 0);
}

/**
 * @param {TableRow[]} rows
 * @param {Column} column
 * @param {boolean} isUp whether the least comes first
 * @returns {TableRow[]} another list
 */
export function sortRows(rows, column, isUp) {
  const sign = isUp ? 1 : -1;
  return [...rows].sort((a, b) => sign * compare(a, b, column));
}

/** @param {TableRow} a @param {TableRow} b @param {Column} column */
function compare(a, b, column) {
  if (column === "name") return a.service.localeCompare(b.service) || a.name.localeCompare(b.name);
  return valueOf(a, column) - valueOf(b, column);
}

/** @param {TableRow} row @param {Exclude<Column, "name">} column @returns {number} */
export function valueOf({ totals, critical, nodes }, column) {
  switch (column) {
    case "mean":
      return totals.total / totals.count;
    case "longest":
      return totals.longest.span.duration;
    case "critical":
      return critical;
    case "start":
      return nodes[0]?.start ?? 0;
    default:
      return totals[column];
  }
}
