import assert from "node:assert/strict";
import { test } from "node:test";

import { membersOf, totalsOf } from "../../trace/repeats.js";
import { selfDuration, visibleNodes } from "../../trace/tree.js";
import { span, treeOf } from "./spans.mjs";

/** @param {number} count @param {Partial<import("../../trace/decode.js").Span>} [more] */
function queries(count, more = {}) {
  return Array.from({ length: count }, (_, i) => span(`q${i}`, "a", 10 * i, i + 1, { name: "SELECT", ...more }));
}

/** @param {import("../../trace/tree.js").Tree} tree @param {string[]} open */
function shown(tree, ...open) {
  return visibleNodes(tree.nodes, new Set(), new Set(open)).map((node) => node.key);
}

test("ten siblings alike are one row, nine are nine", () => {
  const root = span("a", null, 0, 1_000);
  assert.equal(shown(treeOf([root, ...queries(9)])).length, 10);
  assert.deepEqual(shown(treeOf([root, ...queries(10)])), ["a", "q0"]);
});

test("others between them stay, and what is below them goes", () => {
  const tree = treeOf([
    span("a", null, 0, 1_000),
    ...queries(12),
    span("other", "a", 15, 3),
    span("below", "q3", 31, 1),
    span("below first", "q0", 0, 1),
  ]);
  assert.deepEqual(shown(tree), ["a", "q0", "other"]);
  assert.equal(shown(tree, "q0").length, tree.nodes.length);
});

test("alike are those of one service, name and kind below one parent", () => {
  const root = span("a", null, 0, 1_000);
  const mixed = [...queries(6), ...queries(6, { kind: "client" }).map((each) => ({ ...each, spanId: `c${each.spanId}` }))];
  assert.equal(shown(treeOf([root, ...mixed])).length, 13);
  const parents = [span("b", "a", 0, 9), ...queries(6), ...queries(6).map((each) => ({ ...each, spanId: `b${each.spanId}`, parentId: "b" }))];
  assert.equal(shown(treeOf([root, ...parents])).length, 14);
});

test("the first tells of all, until they are shown one by one", () => {
  const tree = treeOf([span("a", null, 0, 1_000), ...queries(10)]);
  const first = tree.nodes.find((node) => node.key === "q0");
  assert.ok(first);
  assert.equal(membersOf(first, new Set())?.length, 10);
  assert.equal(membersOf(first, new Set(["q0"])), null);
  assert.equal(tree.nodes.find((node) => node.key === "q7")?.repeatOf, first);
});

test("totals are of all", () => {
  const spans = queries(10);
  const failed = span("q9", "a", 90, 10, { name: "SELECT", status: "error" });
  const tree = treeOf([span("a", null, 0, 1_000), ...spans.slice(0, 9), failed, span("x", "q4", 40, 2)]);
  const members = tree.nodes.find((node) => node.key === "q0")?.repeats ?? [];
  const totals = totalsOf(members, selfDuration);
  assert.deepEqual(
    [totals?.count, totals?.errors, totals?.total, totals?.self, totals?.shortest.key, totals?.longest.key],
    [10, 1, 55, 53, "q0", "q9"],
  );
  assert.equal(totalsOf([], selfDuration), null);
});
