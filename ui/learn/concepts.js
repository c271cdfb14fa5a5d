// What the words of tracing mean, each shown at a span of a trace that is really there.

import { selfDuration } from "../trace/tree.js";
import { formatDuration, plural } from "../lib/format.js";
import { oneLine } from "../lib/text.js";

/**
 * @typedef {import("../trace/tree.js").Node} Node
 * @typedef {import("../trace/tree.js").Tree} Tree
 *
 * @typedef {object} Concept
 * @property {string} term
 * @property {string} says
 * @property {(tree: Tree) => Node[]} find the spans that show it; none if the trace has no such
 * @property {(node: Node, tree: Tree) => string} shows what is to be seen there
 */

/** @param {(node: Node) => boolean} is */
const first = (is) => (/** @type {Tree} */ tree) => tree.nodes.filter(is).slice(0, 1);

/** @param {Node} node */
const name = ({ span }) => `${oneLine(span.service, 40)}: ${oneLine(span.name, 60)}`;

/** @type {Concept[]} */
export const CONCEPTS = [
  {
    term: "Trace",
    says: "All spans of one request, in all services. They share the trace id.",
    find: ({ nodes }) => nodes,
    shows: ({ span }, { nodes }) => `${plural(nodes.length, "span")} with the trace id ${span.traceId}`,
  },
  {
    term: "Span",
    says: "One piece of work, done by one service: what it was, when it began and how long it took.",
    find: first(({ parent }) => parent !== null),
    shows: (node) => `${name(node)} took ${formatDuration(node.span.duration)}`,
  },
  {
    term: "Root span",
    says: "The span without a parent: there the request began.",
    find: first(({ parent, broken }) => parent === null && broken === null),
    shows: name,
  },
  {
    term: "Parent",
    says: "The span that caused another. Who is whose parent makes a tree of the spans.",
    find: (tree) => {
      const child = tree.nodes.find(({ parent }) => parent !== null);
      return child?.parent ? [child.parent, child] : [];
    },
    shows: (node, { nodes }) => `${name(node)} caused ${name(nodes.find((each) => each.parent === node) ?? node)}`,
  },
  {
    term: "Client and server span",
    says: "A call has two spans: one of who calls and waits, and one of who answers. The time between the two is spent on the way.",
    find: (tree) => {
      const server = tree.nodes.find(({ span, parent }) => span.kind === "server" && parent?.span.kind === "client");
      return server?.parent ? [server.parent, server] : [];
    },
    shows: (node) => `${name(node)} waits for the other`,
  },
  {
    term: "Context propagation",
    says: "Handing the trace’s id and the span’s on, in the headers of a request. Where nobody does, the trace breaks.",
    find: first(({ span, parent }) => parent !== null && parent.span.service !== span.service),
    shows: (node) => `the context came to ${oneLine(node.span.service, 40)} from ${oneLine(node.parent?.span.service ?? "", 40)}`,
  },
  {
    term: "Attributes",
    says: "Facts as keys and values, by names that OpenTelemetry’s semantic conventions agree on.",
    find: first(({ span }) => span.attributes.length > 0),
    shows: ({ span }) => `${oneLine(span.attributes[0]?.key ?? "", 60)} and ${plural(span.attributes.length - 1, "other")}`,
  },
  {
    term: "Event",
    says: "Something that happened at one moment within a span, such as an exception.",
    find: first(({ span }) => span.events.length > 0),
    shows: ({ span }) => oneLine(span.events[0]?.name ?? "", 80),
  },
  {
    term: "Status",
    says: "Whether the work failed. A span is marked as an error by who made it.",
    find: first(({ span }) => span.status === "error"),
    shows: (node) => `${name(node)} failed${node.span.statusMessage === "" ? "" : `: ${oneLine(node.span.statusMessage, 80)}`}`,
  },
  {
    term: "Self time",
    says: "The part of a span in which none of its children was at work: the time that it needs to explain itself.",
    find: ({ nodes }) => {
      const longest = nodes.reduce((/** @type {Node | null} */ most, node) => (most && selfDuration(most) >= selfDuration(node) ? most : node), null);
      return longest ? [longest] : [];
    },
    shows: (node) => `${name(node)} worked ${formatDuration(selfDuration(node))} itself`,
  },
];
