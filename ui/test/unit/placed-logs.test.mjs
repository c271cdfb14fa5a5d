import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeLogPage } from "../../logs/record.js";
import { aroundSpan } from "../../trace/load-logs.js";
import { logsBelow, logsOf, marksOf, nextError, placeLogs, severest, weightOf } from "../../trace/placed-logs.js";
import { span, treeOf } from "./spans.mjs";

const START = 1_790_000_000_000_000_000n;

/**
 * @param {[at: number, spanId: string, level?: string][]} all times in ns after the start of the trace
 */
function recordsOf(all) {
  const records = all.map(([at, spanId, level]) => ({
    timeUnixNano: String(START + BigInt(at)),
    spanId,
    level: level ?? null,
    body: { stringValue: `at ${at}` },
    resource: 0,
    scope: 0,
  }));
  return decodeLogPage({ records, resources: [{}], scopes: [{}], next: null, partial: null }).records;
}

const tree = treeOf([span("a", null, 0, 1_000), span("b", "a", 100, 500), span("c", "b", 200, 100), span("d", "a", 700, 200)]);
const [a, b, c] = tree.nodes;

/** @param {Parameters<typeof recordsOf>[0]} all */
const placed = (all) => placeLogs(recordsOf(all), START, tree.nodes);

/** @param {import("../../trace/placed-logs.js").PlacedLog[]} logs */
const times = (logs) => logs.map(({ at }) => at);

test("records stand at their span and at their time, others at none", () => {
  const logs = placed([
    [700, "d", "info"],
    [150, "b", "error"],
    [160, "f"],
    [120, "b"],
    [10, ""],
  ]);
  assert.deepEqual(times(logs.all), [10, 120, 150, 160, 700]);
  assert.ok(b);
  assert.deepEqual(times(logs.byNode.get(b) ?? []), [120, 150]);
  assert.deepEqual(times(logs.homeless), [10, 160]);
});

test("a record has its own name, and the same one when others came", () => {
  const before = placed([[5, "a"], [5, "a"], [5, "b"]]);
  const after = placed([[1, "a"], [5, "a"], [5, "a"], [5, "b"]]);
  assert.equal(new Set(before.all.map(({ key }) => key)).size, 3);
  assert.deepEqual(after.all.slice(1).map(({ key }) => key), before.all.map(({ key }) => key));
});

test("a record moves with its span when clocks are aligned", () => {
  const spans = [span("a", null, 1_000, 1_000), span("b", "a", 0, 100, { service: "late" })];
  const aligned = treeOf(spans, { alignClocks: true });
  const logs = placeLogs(recordsOf([[50, "b"]]), START, aligned.nodes);
  const [, node] = aligned.nodes;
  assert.ok(node && node.shift > 0);
  assert.deepEqual(times(logs.all), [50 + node.shift]);
});

test("the list is of a span, of all below it, or of the trace", () => {
  const logs = placed([[1, "a"], [2, "b"], [3, "c"], [4, "d"], [5, "f"]]);
  assert.ok(a && b && c);
  assert.deepEqual(times(logsOf(logs, b, "span")), [2]);
  assert.deepEqual(times(logsOf(logs, b, "below")), [2, 3]);
  assert.deepEqual(times(logsOf(logs, b, "trace")), [1, 2, 3, 4, 5]);
  assert.deepEqual(times(logsOf(logs, null, "span")), [1, 2, 3, 4, 5]);
  assert.deepEqual(times(logsBelow(logs, a)), [1, 2, 3, 4]);
  assert.deepEqual(times(logsBelow(logs, c)), [3]);
});

test("marks that would stand on each other are one, of the severest", () => {
  const { all } = placed([[100, "a", "info"], [101, "a", "error"], [102, "a", "warn"], [500, "a", "debug"]]);
  const range = { start: 0, end: 1_000 };
  const marks = marksOf(all, range, range, 1_000);
  assert.deepEqual(marks.map(({ left, log, count }) => [left, log.level, count]), [[0.1, "error", 3], [0.5, "debug", 1]]);
  assert.equal(marksOf(all, { start: 100, end: 110 }, range, 1_000).length, 3, "apart when there is room");
});

test("marks from before and after the trace stand at its ends, those out of sight nowhere", () => {
  const { all } = placed([[-50, "a"], [500, "a"], [1_200, "a"]]);
  const trace = { start: 0, end: 1_000 };
  assert.deepEqual(marksOf(all, trace, trace, 1_000).map(({ left }) => left), [0, 0.5, 1]);
  assert.deepEqual(marksOf(all, { start: 400, end: 600 }, trace, 1_000).map(({ left }) => left), [0.5]);
});

test("the severest is the earliest of its level", () => {
  const { all } = placed([[1, "a"], [2, "a", "warn"], [3, "a", "warn"], [4, "a", "trace"]]);
  assert.equal(severest(all)?.at, 2);
  assert.equal(severest([]), null);
});

test("errors are walked around the end", () => {
  const { all } = placed([[1, "a", "error"], [2, "a", "warn"], [3, "b", "fatal"]]);
  const key = (/** @type {number} */ i) => all[i]?.key ?? null;
  assert.equal(nextError(all, null)?.at, 1);
  assert.equal(nextError(all, key(0))?.at, 3);
  assert.equal(nextError(all, key(1))?.at, 3);
  assert.equal(nextError(all, key(2))?.at, 1);
  assert.equal(nextError([], null), null);
});

test("how loud a record is follows from its level", () => {
  const { all } = placed([[1, "a"], [2, "a", "info"], [3, "a", "warn"], [4, "a", "error"], [5, "a", "fatal"]]);
  assert.deepEqual(all.map(({ rank }) => weightOf(rank)), ["plain", "plain", "warn", "error", "error"]);
});

test("the time around a span is a little longer than the span, within bounds", () => {
  const around = (/** @type {number} */ duration) => {
    const { start, end } = aroundSpan({ service: "pay", start: 5, duration }, START);
    return [Number(START + 5n - start), Number(end - START) - 5 - duration];
  };
  assert.deepEqual(around(0), [10_000_000, 10_000_000]);
  assert.deepEqual(around(2_000_000_000), [200_000_000, 200_000_000]);
  assert.deepEqual(around(60_000_000_000), [1_000_000_000, 1_000_000_000]);
  assert.equal(aroundSpan({ service: "pay", start: 0, duration: 0 }, 5n).start, 0n);
});
