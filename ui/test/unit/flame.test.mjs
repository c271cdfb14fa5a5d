import assert from "node:assert/strict";
import { test } from "node:test";

import { flameOf, longestOf } from "../../flame/frames.js";
import { span, treeOf } from "./spans.mjs";

test("spans alike below parents alike are one frame", () => {
  const { roots } = treeOf([
    span("1", null, 0, 100, { name: "root" }),
    span("2", "1", 10, 20, { name: "work" }),
    span("3", "1", 40, 30, { name: "work" }),
    span("4", "2", 12, 8, { name: "query" }),
    span("5", "3", 45, 5, { name: "query" }),
    span("6", "1", 80, 10, { name: "other" }),
  ]);
  const { levels, value, byNode } = flameOf(roots);
  const drawn = levels.map((level) => level.map(({ nodes, self, value }) => [nodes[0]?.span.name, nodes.length, self, value]));
  assert.deepEqual(drawn, [
    [["root", 1, 40, 100]],
    [["work", 2, 37, 50], ["other", 1, 10, 10]],
    [["query", 2, 13, 13]],
  ]);
  assert.equal(value, 100);
  const work = levels[1]?.[0];
  assert.ok(work);
  assert.deepEqual([work.left, work.width, levels[1]?.[1]?.left], [0, 0.5, 0.5]);
  assert.equal(longestOf(work).key, "3");
  const root = roots[0];
  assert.ok(root);
  assert.equal(byNode.get(root), levels[0]?.[0]);
});

test("work that was done at once counts each time", () => {
  const { roots } = treeOf([span("1", null, 0, 100), span("2", "1", 0, 100, { name: "a" }), span("3", "1", 0, 100, { name: "b" })]);
  const { levels, value } = flameOf(roots);
  assert.equal(value, 200);
  assert.deepEqual(levels[1]?.map(({ width }) => width), [0.5, 0.5]);
});

test("spans that took no time, chains and nothing are drawn, too", () => {
  const { levels } = flameOf(treeOf([span("1", null, 0, 0), span("2", "1", 0, 0)]).roots);
  assert.deepEqual(levels.map((level) => level.map(({ width }) => width)), [[1], [1]]);
  assert.deepEqual(flameOf([]).levels, []);
  const chain = Array.from({ length: 20_000 }, (_, i) => span(`s${i}`, i === 0 ? null : `s${i - 1}`, i, 1));
  assert.equal(flameOf(treeOf(chain).roots).levels.length, 20_000);
});
