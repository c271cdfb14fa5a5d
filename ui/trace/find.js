// Text search within one trace.

/**
 * @typedef {import("./decode.js").Span} Span
 * @typedef {import("./decode.js").Attribute} Attribute
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

/** Everything of a span that a reader can see, in lower case. @param {Span} span */
function textOf(span) {
  let text = searchable.get(span);
  if (text === undefined) {
    text = [
      span.name,
      span.process.service,
      span.kind,
      span.spanId,
      span.status === "error" ? "error" : "",
      span.statusMessage,
      span.scopeName,
      span.traceState,
      ...span.attributes.map(attributeText),
      ...span.process.resource.map(attributeText),
      ...span.events.flatMap((event) => [event.name, ...event.attributes.map(attributeText)]),
      ...span.links.flatMap((link) => [link.traceId, link.spanId]),
    ]
      .join("\n")
      .toLowerCase();
    searchable.set(span, text);
  }
  return text;
}

/** @param {Attribute} attribute */
function attributeText(attribute) {
  return `${attribute.key}=${attribute.value}`;
}
