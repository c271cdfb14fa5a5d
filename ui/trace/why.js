// Why a trace took so long, and where it began to fail: what a reader looks for first, in a sentence each.

import { mainRoot } from "./tree.js";

/**
 * @typedef {import("./layout.js").Range} Range
 * @typedef {import("./tree.js").Node} Node
 * @typedef {import("./tree.js").Tree} Tree
 *
 * @typedef {object} Slow what the trace waited for the longest
 * @property {Node} node the longest of them
 * @property {number} count how many spans of one service, name and kind, one after another
 * @property {number} time ns that it was waited for them themselves
 * @property {number} whole ns that the trace took
 *
 * @typedef {object} Failed where failing began
 * @property {Node} node the first to end of those that failed without a failed span below them
 * @property {number} others how many more of those there are
 */

/** What took less of the time explains too little. */
const SHARE_MIN = 0.3;

/**
 * @param {Tree} tree
 * @param {ReadonlyMap<Node, Range[]>} critical the critical path
 * @returns {Slow | null}
 */
export function slowestPart(tree, critical) {
  const root = mainRoot(tree);
  if (!root || tree.nodes.length < 2) return null;
  /** @type {Map<string, {node: Node, longest: number, count: number, time: number}>} */
  const groups = new Map();
  for (const [node, parts] of critical) {
    const { service, name, kind } = node.span;
    const own = parts.reduce((sum, { start, end }) => sum + end - start, 0);
    const key = `${kind}\n${service}\n${name}`;
    const group = groups.get(key) ?? { node, longest: own, count: 0, time: 0 };
    group.count += 1;
    group.time += own;
    if (own > group.longest) Object.assign(group, { node, longest: own });
    groups.set(key, group);
  }
  const all = [...groups.values()];
  const most = all.reduce((a, b) => (b.time > a.time ? b : a), /** @type {any} */ (all[0]));
  if (!most) return null;
  const whole = root.end - root.start;
  return most.time >= SHARE_MIN * whole ? { node: most.node, count: most.count, time: most.time, whole } : null;
}

/**
 * @param {Node[]} nodes in the order shown
 * @returns {Failed | null}
 */
export function firstFailure(nodes) {
  const origins = nodes.filter(({ span, errorsBelow }) => span.status === "error" && errorsBelow === 0);
  const [any] = origins;
  if (!any) return null;
  const node = origins.reduce((first, each) => (each.end < first.end ? each : first), any);
  return { node, others: origins.length - 1 };
}

/**
 * @param {import("./decode.js").Span} span that failed
 * @returns {string} what it says of it, empty if nothing
 */
export function failureText({ statusMessage, events, attributes }) {
  if (statusMessage !== "") return statusMessage;
  const exception = events.findLast(({ name }) => name === "exception");
  const fromException = textOf(exception?.attributes, "exception.message") || textOf(exception?.attributes, "exception.type");
  if (fromException !== "") return fromException;
  const status = attributes.find(({ key }) => key === "http.response.status_code" || key === "http.status_code")?.value;
  return status?.type === "int" ? `HTTP ${status.value}` : textOf(attributes, "error.type");
}

/** @param {import("./value.js").Attribute[] | undefined} attributes @param {string} key */
function textOf(attributes, key) {
  const value = attributes?.find((each) => each.key === key)?.value;
  return value?.type === "string" ? value.value : "";
}
