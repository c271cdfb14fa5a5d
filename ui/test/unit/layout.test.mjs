import assert from "node:assert/strict";
import { test } from "node:test";

import { barOf, barsOf, placeOf, telltaleGap, ticks } from "../../trace/layout.js";
import { selfTime } from "../../trace/tree.js";
import { span, treeOf } from "./spans.mjs";

const range = { start: 100, end: 200 };

test("bars are cut to what is shown", () => {
  assert.deepEqual(barOf({ start: 125, end: 175 }, range), { left: 0.25, width: 0.5 });
  assert.deepEqual(barOf({ start: 0, end: 150 }, range), { left: 0, width: 0.5 });
  assert.deepEqual(barOf({ start: 0, end: 1_000 }, range), { left: 0, width: 1 });
  assert.equal(barOf({ start: 0, end: 99 }, range), null);
  assert.equal(barOf({ start: 201, end: 300 }, range), null);
  assert.equal(placeOf(5, { start: 5, end: 5 }), 0);
});

test("slivers are drawn as one", () => {
  const parts = Array.from({ length: 5_000 }, (_, i) => ({ start: 2 * i, end: 2 * i + 1 }));
  const bars = barsOf(parts, { start: 0, end: 10_000 });
  assert.ok(bars.length < 600, `${bars.length}`);
  assert.equal(bars[0]?.left, 0);
});

test("a long wait of a span with children is pointed out", () => {
  const tree = treeOf([span("a", null, 0, 100), span("b", "a", 60, 40), span("c", "b", 61, 38)]);
  const gapOf = (/** @type {number} */ i) => {
    const node = tree.nodes[i];
    assert.ok(node);
    return telltaleGap(selfTime(node), tree);
  };
  assert.deepEqual(gapOf(0), { start: 0, end: 60 });
  assert.equal(gapOf(1), null, "too short to explain anything");
  assert.equal(telltaleGap([], tree), null);
});

test("the ruler has round marks", () => {
  assert.deepEqual(ticks(0, 1_000, 5), [0, 200, 400, 600, 800, 1_000]);
  assert.deepEqual(ticks(0, 7_690_000, 8), [0, 1e6, 2e6, 3e6, 4e6, 5e6, 6e6, 7e6]);
  assert.deepEqual(ticks(350, 650, 3), [400, 500, 600]);
  assert.deepEqual(ticks(0, 3, 10), [0, 1, 2, 3]);
  assert.deepEqual(ticks(0, 0, 5), [0]);
});
