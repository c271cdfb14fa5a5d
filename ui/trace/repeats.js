// Many spans of one kind below one parent, such as a query for each item of a list: one row for all.

/** @typedef {import("./tree.js").Node} Node */

/** So many alike are one row: fewer are seen at a glance. */
const REPEATS_MIN = 10;

/**
 * Tells the first of many siblings alike of the others, and the others of it.
 *
 * @param {Node[]} siblings by start
 */
export function markRepeats(siblings) {
  if (siblings.length < REPEATS_MIN) return;
  /** @type {Map<string, Node[]>} */
  const alike = new Map();
  for (const node of siblings) {
    const { service, name, kind } = node.span;
    const key = `${kind}\n${service}\n${name}`;
    if (!alike.get(key)?.push(node)) alike.set(key, [node]);
  }
  for (const members of alike.values()) {
    const [first] = members;
    if (!first || members.length < REPEATS_MIN) continue;
    first.repeats = members;
    for (const member of members) member.repeatOf = first;
  }
}

/**
 * @param {Node} node
 * @param {ReadonlySet<string>} open keys of the first of those that are shown one by one
 * @returns {Node[] | null} what the row of the node stands for, if it is for many
 */
export function membersOf(node, open) {
  return node.repeats && !open.has(node.key) ? node.repeats : null;
}

/**
 * @typedef {object} Totals of many spans, ns
 * @property {number} count
 * @property {number} errors how many failed
 * @property {number} total
 * @property {number} self in total, without their children
 * @property {Node} shortest
 * @property {Node} longest
 */

/**
 * @param {Node[]} members at least one
 * @param {(node: Node) => number} selfOf
 * @returns {Totals | null} `null` of none
 */
export function totalsOf(members, selfOf) {
  const [first] = members;
  if (!first) return null;
  const totals = { count: 0, errors: 0, total: 0, self: 0, shortest: first, longest: first };
  for (const node of members) {
    totals.count += 1;
    totals.errors += node.span.status === "error" ? 1 : 0;
    totals.total += node.span.duration;
    totals.self += selfOf(node);
    if (node.span.duration < totals.shortest.span.duration) totals.shortest = node;
    if (node.span.duration > totals.longest.span.duration) totals.longest = node;
  }
  return totals;
}
