import assert from "node:assert/strict";
import { test } from "node:test";

import { criticalPath } from "../../trace/critical-path.js";
import { span, treeOf } from "./spans.mjs";

/** @param {import("../../trace/decode.js").Span[]} spans @returns {Record<string, number[][]>} */
function pathOf(...spans) {
  const path = criticalPath(treeOf(spans).roots[0]);
  return Object.fromEntries([...path].map(([node, parts]) => [node.key, parts.map(({ start, end }) => [start, end])]));
}

test("a span alone is its own path", () => {
  assert.deepEqual(pathOf(span("a", null, 5, 10)), { a: [[5, 15]] });
  assert.deepEqual(criticalPath(undefined).size, 0);
});

test("children one after the other are all waited for", () => {
  assert.deepEqual(pathOf(span("a", null, 0, 100), span("b", "a", 10, 20), span("c", "a", 40, 50)), {
    a: [[0, 10], [30, 40], [90, 100]],
    b: [[10, 30]],
    c: [[40, 90]],
  });
});

test("of children at once the last to end is waited for", () => {
  assert.deepEqual(pathOf(span("a", null, 0, 100), span("fast", "a", 10, 20), span("slow", "a", 10, 80)), {
    a: [[0, 10], [90, 100]],
    slow: [[10, 90]],
  });
});

test("what goes on after its parent was not waited for", () => {
  assert.deepEqual(pathOf(span("a", null, 0, 50), span("later", "a", 20, 80), span("b", "a", 5, 10)), {
    a: [[0, 5], [15, 50]],
    b: [[5, 15]],
  });
});

test("a call was waited for, also where the clock of who answered says that it ended later", () => {
  const call = span("a", null, 0, 50, { kind: "client" });
  const answer = span("b", "a", 5, 47, { service: "b", kind: "server" });
  assert.deepEqual(pathOf(call, answer, span("c", "b", 10, 41, { service: "b" })), { a: [[0, 5]], b: [[5, 10]], c: [[10, 50]] });
});

test("what another sender does afterwards was not waited for", () => {
  const sent = span("p", "a", 2, 1, { kind: "producer" });
  const received = span("c", "p", 50, 10, { service: "worker", kind: "consumer" });
  assert.deepEqual(pathOf(span("a", null, 0, 10), sent, received), { a: [[0, 2], [3, 10]], p: [[2, 3]] });
  const late = span("s", "a", 60, 10, { service: "b", kind: "server" });
  assert.deepEqual(pathOf(span("a", null, 0, 10, { kind: "client" }), late), { a: [[0, 10]] });
});

test("it goes down to the spans below", () => {
  assert.deepEqual(pathOf(span("a", null, 0, 100), span("b", "a", 10, 80), span("c", "b", 20, 60)), {
    a: [[0, 10], [90, 100]],
    b: [[10, 20], [80, 90]],
    c: [[20, 80]],
  });
});

test("its parts cover the root, whatever the trace", () => {
  let seed = 7;
  const random = (/** @type {number} */ below) => (seed = (seed * 48_271) % 2_147_483_647) % below;
  for (let round = 0; round < 200; round++) {
    const spans = [span("0", null, 0, 1_000, { kind: "client" })];
    const any = (/** @type {string[]} */ of) => of[random(of.length)] ?? "";
    for (let i = 1; i < 30; i++) {
      const of = { service: any(["a", "b"]), kind: any(["client", "server", "internal", "consumer"]) };
      spans.push(span(String(i), String(random(i)), random(1_100), random(400), of));
    }
    const parts = Object.values(pathOf(...spans)).flat();
    const sorted = parts.sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
    let at = 0;
    for (const [start = -1, end = -1] of sorted) {
      assert.equal(start, at, JSON.stringify(sorted));
      at = end;
    }
    assert.equal(at, 1_000);
  }
});

test("a chain of 20,000 spans is no problem", () => {
  const spans = Array.from({ length: 20_000 }, (_, i) => span(`s${i}`, i === 0 ? null : `s${i - 1}`, i, 40_000 - 2 * i));
  assert.equal(Object.keys(pathOf(...spans)).length, 20_000);
});
