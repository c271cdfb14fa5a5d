import assert from "node:assert/strict";
import { test } from "node:test";

import { barsOf } from "../../trace/minimap.js";
import { span, treeOf } from "./spans.mjs";

test("each of few spans is a bar", () => {
  const tree = treeOf([span("1", null, 0, 100), span("2", "1", 50, 50, { status: "error" })]);
  assert.deepEqual(barsOf(tree, 200, 50).map(({ left, width, top }) => [left, width, top]), [[0, 200, 0], [100, 100, 25]]);
  assert.equal(barsOf(tree, 200, 50)[1]?.name, "error");
});

test("of very many spans those on top are drawn", () => {
  const many = Array.from({ length: 2_000 }, (_, i) => span(`c${i}`, "1", i % 2 === 0 ? 0 : 50, 50, i === 1_999 ? { status: "error" } : {}));
  const bars = barsOf(treeOf([span("1", null, 0, 100), ...many]), 200, 20);
  assert.ok(bars.length < 100, `${bars.length} bars`);
  const covered = (/** @type {number} */ row) => bars.filter(({ top }) => top === row).map(({ left, width }) => [left, width]);
  assert.deepEqual(covered(0), [[0, 200]]);
  assert.deepEqual(covered(3), [[0, 100]]);
  assert.deepEqual(covered(17), [[100, 100]]);
  assert.deepEqual(bars.filter(({ name }) => name === "error").map(({ left, width, top }) => [left, width, top]), [[100, 100, 20]]);
});
