// Text search within one trace.

import { valueText } from "./value.js";

/**
 * @typedef {import("./decode.js").Span} Span
 * @typedef {import("./value.js").Attribute} Attribute
 * @typedef {import("./tree.js").Node} Node
 */

/** @type {WeakMap<Span, string>} */
const searchable = new WeakMap();

/**
 * @param {Node[]} nodes
 * @param {string} query
 * @returns {Node[]} those that have the text anywhere, ignoring case
 */
export function findNodes(nodes, query) {
  const wanted = query.trim().toLowerCase();
  if (wanted === "") return [];
  return nodes.filter((node) => textOf(node.span).includes(wanted));
}

/**
 * What is found and what leads there, so that a reader sees where it hangs.
 *
 * @param {Node[]} rows
 * @param {Node[]} matches
 * @returns {Node[]} those of the rows, in their order
 */
export function withinReach(rows, matches) {
  /** @type {Set<Node>} */
  const kept = new Set();
  for (const match of matches) {
    for (let at = /** @type {Node | null} */ (match); at && !kept.has(at); at = at.parent) {
      kept.add(at);
      // Of many alike the first may stand for all.
      if (at.repeatOf) kept.add(at.repeatOf);
    }
  }
  return rows.filter((node) => kept.has(node));
}

/** Everything of a span that a reader can see, in lower case. @param {Span} span */
function textOf(span) {
  let text = searchable.get(span);
  if (text === undefined) {
    text = [
      span.name,
      span.service,
      span.kind,
      span.spanId,
      span.status === "error" ? "error" : "",
      span.statusMessage,
      span.scope.name,
      span.traceState,
      ...span.attributes.map(attributeText),
      ...span.resource.attributes.map(attributeText),
      ...span.events.flatMap((event) => [event.name, ...event.attributes.map(attributeText)]),
      ...span.scope.attributes.map(attributeText),
      ...span.links.flatMap((link) => [link.traceId, link.spanId, ...link.attributes.map(attributeText)]),
    ]
      .join("\n")
      .toLowerCase();
    // What is not here yet is looked for once it is.
    if (span.isWhole) searchable.set(span, text);
  }
  return text;
}

/** @param {Attribute} attribute */
function attributeText(attribute) {
  return `${attribute.key}=${valueText(attribute.value)}`;
}
