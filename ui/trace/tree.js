// The spans of a trace as a tree: who caused whom, what is missing, and how long each one worked
// itself. Nothing here recurses: a trace may be one chain of thousands of spans.

import { markRepeats, membersOf } from "./repeats.js";

/**
 * @typedef {import("./decode.js").Span} Span
 *
 * @typedef {object} Node
 * @property {string} key names the node while the page is open, also after spans arrived late
 * @property {Span} span
 * @property {Node | null} parent
 * @property {Node[]} children by start
 * @property {number} depth 0 for a root
 * @property {number} index place in the order shown
 * @property {number} size the node and all below it
 * @property {number} errorsBelow how many spans below it failed, itself not counted
 * @property {"parent-missing" | "parent-cycle" | null} broken why it stands at the top
 * @property {number} start ns after the start of the trace, clocks aligned if asked for
 * @property {number} end never before `start`
 * @property {number} shift by how much aligning the clocks moved it, ns
 * @property {Node[] | null} repeats it and its siblings alike, if they are many and it is the first
 * @property {Node | null} repeatOf the first of them
 *
 * @typedef {object} Tree
 * @property {Node[]} nodes in the order shown: a parent, then its children
 * @property {Node[]} roots
 * @property {number} start when the earliest span starts
 * @property {number} end the latest end of a span
 * @property {number} depth how many levels there are
 * @property {number} errors how many spans failed
 * @property {Node[]} skewed nodes that start before the parent that caused them, from another sender
 */

/** Most spans have none. @type {Node[]} */
const NO_CHILDREN = [];

/**
 * @param {Span[]} spans
 * @param {{alignClocks?: boolean}} [options]
 * @returns {Tree}
 */
export function buildTree(spans, { alignClocks = false } = {}) {
  const all = spans.map(newNode);
  linkParents(all);
  for (const { children } of all) if (children.length > 1) children.sort(byStart);
  const roots = all.filter((node) => node.parent === null).sort(byStart);
  let nodes = inOrder(roots);
  if (nodes.length < all.length) {
    breakCycles(all, roots, nodes);
    nodes = inOrder(roots);
  }
  sumUp(nodes);
  markRepeats(roots);
  return { nodes, roots, ...settle(nodes, alignClocks) };
}

/**
 * Gives each node its time, its key, and those alike below it, in one pass: a large trace is longer on its
 * way from memory than it is looked at.
 *
 * @param {Node[]} nodes parents before children
 * @param {boolean} alignClocks
 * @returns {Pick<Tree, "start" | "end" | "depth" | "errors" | "skewed">}
 */
function settle(nodes, alignClocks) {
  const uses = new Map();
  const skewed = [];
  let [start, end, depth, errors] = [Infinity, -Infinity, 0, 0];
  for (const node of nodes) {
    if (node.parent && placeInTime(node, node.parent, alignClocks)) skewed.push(node);
    node.key = keyOf(node.span, uses);
    markRepeats(node.children);
    start = Math.min(start, node.start);
    end = Math.max(end, node.end);
    depth = Math.max(depth, node.depth + 1);
    if (node.span.status === "error") errors += 1;
  }
  return { ...(nodes.length === 0 ? { start: 0, end: 0 } : { start, end }), depth, errors, skewed };
}

/**
 * @param {Span} span
 * @returns {Node}
 */
function newNode(span) {
  return {
    key: "",
    span,
    parent: null,
    children: NO_CHILDREN,
    depth: 0,
    index: 0,
    size: 1,
    errorsBelow: 0,
    broken: null,
    start: span.start,
    end: span.start + Math.max(0, span.duration),
    shift: 0,
    repeats: null,
    repeatOf: null,
  };
}

/** @param {Node} a @param {Node} b */
function byStart(a, b) {
  return a.span.start - b.span.start;
}

/** @param {Node[]} all */
function linkParents(all) {
  for (const node of all) {
    const { parent: place } = node.span;
    const parent = place === null ? undefined : all[place];
    if (parent && parent !== node) {
      node.parent = parent;
      if (parent.children === NO_CHILDREN) parent.children = [];
      parent.children.push(node);
    } else if (parent) {
      node.broken = "parent-cycle";
    } else if (node.span.parentId !== null) {
      node.broken = "parent-missing";
    }
  }
}

/**
 * Spans that are their own ancestors hang below no root; the earliest of each ring becomes one.
 *
 * @param {Node[]} all
 * @param {Node[]} roots
 * @param {Node[]} below what hangs below them
 */
function breakCycles(all, roots, below) {
  const reached = new Set(below);
  for (const node of all.filter((each) => !reached.has(each)).sort(byStart)) {
    if (reached.has(node)) continue;
    const top = earliestOfRing(node);
    if (top.parent) top.parent.children = top.parent.children.filter((child) => child !== top);
    top.parent = null;
    top.broken = "parent-cycle";
    roots.push(top);
    for (const node of inOrder([top])) reached.add(node);
  }
}

/**
 * @param {Node} node one that no root leads to
 * @returns {Node}
 */
function earliestOfRing(node) {
  const seen = new Set();
  let inRing = node;
  while (inRing.parent && !seen.has(inRing)) {
    seen.add(inRing);
    inRing = inRing.parent;
  }
  let earliest = inRing;
  for (let at = inRing.parent; at && at !== inRing; at = at.parent) {
    if (byStart(at, earliest) < 0) earliest = at;
  }
  return earliest;
}

/**
 * @param {Node[]} roots
 * @returns {Node[]} parents before children, with depth and index set
 */
function inOrder(roots) {
  const nodes = [];
  const pending = [...roots].reverse();
  for (let node = pending.pop(); node; node = pending.pop()) {
    node.depth = node.parent ? node.parent.depth + 1 : 0;
    node.index = nodes.length;
    nodes.push(node);
    for (let i = node.children.length - 1; i >= 0; i--) {
      pending.push(/** @type {Node} */ (node.children[i]));
    }
  }
  return nodes;
}

/**
 * A child cannot start before the parent that caused it: where another sender says so, its clock
 * is behind. Aligned, the child and what follows from it from that sender move to the middle of the
 * parent, or to its start if they are longer.
 *
 * @param {Node} node
 * @param {Node} parent which has its place
 * @param {boolean} align
 * @returns {boolean} whether it starts too early
 */
function placeInTime(node, parent, align) {
  const { span } = node;
  const sameClock = parent.span.resource === span.resource;
  const shift = align && sameClock ? parent.shift : 0;
  const tooEarly = !sameClock && span.start < parent.start;
  node.shift = tooEarly && align ? middleOf(parent, span.duration) - span.start : shift;
  node.start += node.shift;
  node.end += node.shift;
  return tooEarly;
}

/**
 * @param {Node} parent
 * @param {number} duration
 */
function middleOf(parent, duration) {
  return Math.round(parent.start + Math.max(0, parent.end - parent.start - duration) / 2);
}

/** @param {Node[]} nodes parents before children */
function sumUp(nodes) {
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = /** @type {Node} */ (nodes[i]);
    if (!node.parent) continue;
    node.parent.size += node.size;
    node.parent.errorsBelow += node.errorsBelow + (node.span.status === "error" ? 1 : 0);
  }
}

/**
 * Span ids are keys; a second span under one id gets a number.
 *
 * @param {Span} span
 * @param {Map<string, number>} uses how many spans had each id before, of those that several have
 */
function keyOf({ spanId, isRepeated }, uses) {
  if (!isRepeated) return spanId;
  const use = (uses.get(spanId) ?? 0) + 1;
  uses.set(spanId, use);
  return `${spanId}#${use}`;
}

/**
 * The rows to show: every node but those below a folded one, and of many alike the first.
 *
 * @param {Node[]} nodes in the order shown
 * @param {ReadonlySet<string>} folded keys
 * @param {ReadonlySet<string>} open keys of the first of many alike that are shown one by one
 * @returns {Node[]}
 */
export function visibleNodes(nodes, folded, open) {
  const rows = [];
  const isAnyFolded = folded.size > 0;
  for (let i = 0; i < nodes.length; ) {
    const node = /** @type {Node} */ (nodes[i]);
    const { repeatOf } = node;
    const isHidden = repeatOf !== null && repeatOf !== node && !open.has(repeatOf.key);
    if (!isHidden) rows.push(node);
    const isClosed = isHidden || (isAnyFolded && folded.has(node.key)) || membersOf(node, open) !== null;
    i += isClosed ? node.size : 1;
  }
  return rows;
}

/**
 * @param {Tree} tree
 * @returns {Node | undefined} the root that the trace is named by: the first one that lacks no parent
 */
export function mainRoot({ roots }) {
  return roots.find((node) => node.broken === null) ?? roots[0];
}

/**
 * When a span worked itself, that is without any child at work.
 *
 * @param {Node} node
 * @returns {{start: number, end: number}[]} by start, without overlap
 */
export function selfTime(node) {
  const parts = [];
  let free = node.start;
  for (const child of byPlacedStart(node.children)) {
    if (child.start > free && free < node.end) {
      parts.push({ start: free, end: Math.min(child.start, node.end) });
    }
    free = Math.max(free, child.end);
  }
  if (free < node.end) parts.push({ start: free, end: node.end });
  return parts;
}

/** @param {Node[]} nodes by the start of their spans @returns {Node[]} by the start that aligned clocks give them */
function byPlacedStart(nodes) {
  const isInOrder = nodes.every((node, i) => i === 0 || node.start >= /** @type {Node} */ (nodes[i - 1]).start);
  return isInOrder ? nodes : [...nodes].sort((a, b) => a.start - b.start);
}

/**
 * @param {Node} node
 * @returns {number} ns
 */
export function selfDuration(node) {
  // Most spans have no children: of a large trace all are asked.
  if (node.children.length === 0) return node.end - node.start;
  return selfTime(node).reduce((sum, part) => sum + part.end - part.start, 0);
}

/**
 * @typedef {object} ServiceShare
 * @property {string} service
 * @property {number} spans
 * @property {number} errors
 * @property {number} selfTime ns that its spans worked themselves; parallel work counts each time
 *
 * @param {Node[]} nodes
 * @returns {ServiceShare[]} in the order of their first span
 */
export function serviceShares(nodes) {
  /** @type {Map<string, ServiceShare>} */
  const shares = new Map();
  for (const node of nodes) {
    const { service } = node.span;
    const share = shares.get(service) ?? { service, spans: 0, errors: 0, selfTime: 0 };
    share.spans += 1;
    share.errors += node.span.status === "error" ? 1 : 0;
    share.selfTime += selfDuration(node);
    shares.set(service, share);
  }
  return [...shares.values()];
}
