import assert from "node:assert/strict";
import { test } from "node:test";

import { selfDuration, selfTime, serviceShares, visibleNodes } from "../../trace/tree.js";
import { span, treeOf } from "./spans.mjs";

/** @typedef {import("../../trace/tree.js").Tree} Tree */

/** The tree as lines. @param {{nodes: Tree["nodes"]}} tree */
function drawn({ nodes }) {
  return nodes.map((node) => `${"  ".repeat(node.depth)}${node.key}${node.broken ? ` ${node.broken}` : ""}`);
}

/** @param {Tree} tree @param {string} key */
function nodeOf(tree, key) {
  const node = tree.nodes.find((each) => each.key === key);
  assert.ok(node, key);
  return node;
}

test("spans stand below their parents, by start", () => {
  const tree = treeOf([
    span("d", "b", 30, 5),
    span("c", "a", 50, 10),
    span("b", "a", 20, 20, { status: "error" }),
    span("a", null, 10, 100),
  ]);
  assert.deepEqual(drawn(tree), ["a", "  b", "    d", "  c"]);
  assert.deepEqual([tree.start, tree.end, tree.depth, tree.errors], [10, 110, 3, 1]);
  assert.equal(nodeOf(tree, "a").size, 4);
  assert.equal(nodeOf(tree, "a").errorsBelow, 1);
  assert.equal(nodeOf(tree, "b").errorsBelow, 0);
});

test("no spans are a tree, too", () => {
  const tree = treeOf([]);
  assert.deepEqual([tree.nodes, tree.start, tree.end, tree.depth], [[], 0, 0, 0]);
});

test("a span whose parent is missing stands at the top and says so", () => {
  const tree = treeOf([span("a", null, 0, 100), span("x", "gone", 10, 10), span("y", "x", 12, 2)]);
  assert.deepEqual(drawn(tree), ["a", "x parent-missing", "  y"]);
});

test("rings of parents are cut at their earliest span", () => {
  const tree = treeOf([
    span("a", "c", 30, 1),
    span("b", "a", 10, 1),
    span("c", "b", 20, 1),
    span("below", "c", 21, 1),
    span("self", "self", 40, 1),
  ]);
  assert.deepEqual(drawn(tree), [
    "self parent-cycle",
    "b parent-cycle",
    "  c",
    "    below",
    "    a",
  ]);
});

test("two spans with one id are both kept", () => {
  const tree = treeOf([span("a", null, 0, 10), span("a", null, 5, 10), span("b", "a", 6, 1)]);
  assert.deepEqual(drawn(tree), ["a", "  b", "a#1"]);
});

test("a chain of 20,000 spans is no problem", () => {
  const spans = Array.from({ length: 20_000 }, (_, i) => span(`s${i}`, i === 0 ? null : `s${i - 1}`, i, 1));
  const tree = treeOf(spans);
  assert.equal(tree.depth, 20_000);
  assert.equal(tree.nodes[0]?.size, 20_000);
});

test("folded nodes hide all below them", () => {
  const tree = treeOf([span("a", null, 0, 9), span("b", "a", 1, 5), span("c", "b", 2, 1), span("d", "a", 7, 1)]);
  const shown = (/** @type {string[]} */ ...keys) => visibleNodes(tree.nodes, new Set(keys), new Set()).map((node) => node.key);
  assert.deepEqual(shown(), ["a", "b", "c", "d"]);
  assert.deepEqual(shown("b"), ["a", "b", "d"]);
  assert.deepEqual(shown("a", "b"), ["a"]);
});

test("self time is what children leave over", () => {
  const tree = treeOf([
    span("a", null, 0, 100),
    span("b", "a", 10, 20),
    span("c", "a", 20, 20),
    span("late", "a", 90, 50),
  ]);
  assert.deepEqual(selfTime(nodeOf(tree, "a")), [
    { start: 0, end: 10 },
    { start: 40, end: 90 },
  ]);
  assert.equal(selfDuration(nodeOf(tree, "a")), 60);
  assert.equal(selfDuration(nodeOf(tree, "b")), 20);
});

test("a child that outlives its parent, or precedes it, takes only its part", () => {
  const tree = treeOf([span("a", null, 10, 10), span("before", "a", 0, 12), span("after", "a", 30, 5)]);
  assert.deepEqual(selfTime(nodeOf(tree, "a")), [{ start: 12, end: 20 }]);
});

test("clocks that differ are found, and aligned if asked for", () => {
  const spans = [
    span("a", null, 1_000, 100, { service: "client" }),
    span("b", "a", 900, 50, { service: "server" }),
    span("c", "b", 910, 10, { service: "server" }),
    span("d", "c", 1_500, 5, { service: "other" }),
  ];
  const recorded = treeOf(spans);
  assert.deepEqual(recorded.skewed.map((node) => node.key), ["b"]);
  assert.equal(recorded.start, 900);

  const aligned = treeOf(spans, { alignClocks: true });
  assert.equal(nodeOf(aligned, "b").start, 1_025);
  assert.equal(nodeOf(aligned, "b").shift, 125);
  assert.equal(nodeOf(aligned, "c").start, 1_035);
  assert.equal(nodeOf(aligned, "d").start, 1_500);
  assert.equal(aligned.start, 1_000);
});

test("an early child of the same sender is no matter of clocks", () => {
  const tree = treeOf([span("a", null, 100, 10), span("b", "a", 90, 5)]);
  assert.deepEqual(tree.skewed, []);
});

test("services share the time by their own work", () => {
  const tree = treeOf([
    span("a", null, 0, 100, { service: "client" }),
    span("b", "a", 10, 80, { service: "server", status: "error" }),
    span("c", "b", 20, 30, { service: "server" }),
  ]);
  assert.deepEqual(serviceShares(tree.nodes), [
    { service: "client", spans: 1, errors: 0, selfTime: 20 },
    { service: "server", spans: 2, errors: 1, selfTime: 80 },
  ]);
});
