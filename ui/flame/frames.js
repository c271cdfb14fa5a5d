// A trace as a flame graph: spans alike below parents alike are one frame, as wide as the time they
// and all below them worked themselves.

import { selfDuration } from "../trace/tree.js";

/**
 * @typedef {import("../trace/tree.js").Node} Node
 *
 * @typedef {object} Frame
 * @property {Node[]} nodes the spans it stands for
 * @property {Frame | null} parent
 * @property {Frame[]} children
 * @property {number} depth
 * @property {number} self ns that its spans worked themselves
 * @property {number} value the same of all below it too
 * @property {number} left as a part of the whole, 0 to 1
 * @property {number} width
 *
 * @typedef {object} Flame
 * @property {Frame[][]} levels the frames of each depth, from the left
 * @property {ReadonlyMap<Node, Frame>} byNode
 * @property {number} value of all
 */

/**
 * @param {Node[]} roots
 * @returns {Flame}
 */
export function flameOf(roots) {
  const top = merge(roots, null);
  /** @type {Frame[]} */
  const all = [...top];
  for (let i = 0; i < all.length; i++) {
    const frame = /** @type {Frame} */ (all[i]);
    frame.children = merge(frame.nodes.flatMap(({ children }) => children), frame);
    for (const child of frame.children) all.push(child);
  }
  for (let i = all.length - 1; i >= 0; i--) {
    const frame = /** @type {Frame} */ (all[i]);
    frame.value += frame.self;
    if (frame.parent) frame.parent.value += frame.value;
  }
  const value = top.reduce((sum, frame) => sum + frame.value, 0);
  place(top, 0, value);
  /** @type {Frame[][]} */
  const levels = [];
  const byNode = new Map();
  for (const frame of all) {
    place(frame.children, frame.left, value);
    (levels[frame.depth] ??= []).push(frame);
    for (const node of frame.nodes) byNode.set(node, frame);
  }
  return { levels, byNode, value };
}

/** @param {Node[]} nodes @param {Frame | null} parent @returns {Frame[]} by their first span */
function merge(nodes, parent) {
  /** @type {Map<string, Node[]>} */
  const alike = new Map();
  for (const node of nodes) {
    const { service, name, kind } = node.span;
    const key = `${kind}\n${service}\n${name}`;
    if (!alike.get(key)?.push(node)) alike.set(key, [node]);
  }
  return [...alike.values()].map((members) => ({
    nodes: members,
    parent,
    children: [],
    depth: parent ? parent.depth + 1 : 0,
    self: members.reduce((sum, node) => sum + selfDuration(node), 0),
    value: 0,
    left: 0,
    width: 0,
  }));
}

/** @param {Frame[]} frames one beside the other @param {number} left @param {number} whole */
function place(frames, left, whole) {
  for (const frame of frames) {
    frame.left = left;
    // Spans that took no time at all are still there.
    frame.width = whole > 0 ? frame.value / whole : 1 / frames.length;
    left += frame.width;
  }
}

/**
 * @param {Frame} frame
 * @returns {Node} its span that took longest
 */
export function longestOf({ nodes }) {
  return nodes.reduce((longest, node) => (node.span.duration > longest.span.duration ? node : longest));
}
