import assert from "node:assert/strict";
import { test } from "node:test";

import { scaleOf } from "../../search/scale.js";
import { sorted, summarize } from "../../search/summary.js";

/** @param {string} id @param {string | null} parent @param {number} start @param {number} duration @param {string} process */
function spanJson(id, parent, start, duration, process, failed = false) {
  return {
    traceID: "4bf92f3577b34da6a3ce929d0e0e4736",
    spanID: id,
    operationName: `name of ${id}`,
    references: parent ? [{ refType: "CHILD_OF", traceID: "4bf92f3577b34da6a3ce929d0e0e4736", spanID: parent }] : [],
    startTime: start,
    duration,
    tags: failed ? [{ key: "error", type: "bool", value: true }] : [],
    processID: process,
  };
}

const processes = { p1: { serviceName: "client" }, p2: { serviceName: "server" } };

test("a trace is summed up", () => {
  const spans = [spanJson("b", "a", 110, 200, "p2", true), spanJson("a", null, 100, 50, "p1"), spanJson("c", "b", 120, 5, "p2")];
  assert.deepEqual(summarize({ spans, processes }), {
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    rootService: "client",
    rootName: "name of a",
    rootMissing: false,
    start: 100,
    duration: 210,
    spans: 3,
    errors: 1,
    services: [
      { service: "client", spans: 1, errors: 0 },
      { service: "server", spans: 2, errors: 1 },
    ],
  });
});

test("without its root a trace is named by its earliest span", () => {
  const summary = summarize({ spans: [spanJson("c", "b", 120, 5, "p2"), spanJson("b", "a", 110, 9, "p1")], processes });
  assert.equal(summary?.rootName, "name of b");
  assert.equal(summary?.rootMissing, true);
  assert.equal(summarize({ spans: [] }), null);
});

test("results are ordered as asked", () => {
  const make = (/** @type {string} */ traceId, /** @type {number} */ start, /** @type {number} */ duration, /** @type {number} */ errors) =>
    /** @type {import("../../search/summary.js").Summary} */ ({ traceId, start, duration, errors, spans: errors });
  const all = [make("old", 1, 50, 0), make("new", 3, 10, 1), make("mid", 2, 90, 2)];
  const ids = (/** @type {import("../../lib/search-query.js").Order} */ order) => sorted(all, order).map((each) => each.traceId);
  assert.deepEqual(ids("newest"), ["new", "mid", "old"]);
  assert.deepEqual(ids("longest"), ["mid", "old", "new"]);
  assert.deepEqual(ids("errors"), ["mid", "new", "old"]);
});

test("the picture keeps all dots inside, on a scale that fits", () => {
  for (const durations of [[1, 1_000_000], [900_000, 1_000_000], [0, 0], [5]]) {
    const points = durations.map((duration, i) => ({ start: 100 + i, duration }));
    const scale = scaleOf(points);
    for (const point of points) {
      const { x, y } = scale.place(point);
      assert.ok(x > 0 && x <= 1 && y > 0 && y < 1, `${durations}: ${x}, ${y}`);
    }
    for (const mark of scale.marks) assert.ok(mark.y > 0 && mark.y < 1);
  }
  const wide = scaleOf([{ start: 0, duration: 1_000 }, { start: 1, duration: 10_000_000 }]);
  assert.deepEqual(wide.marks.map((mark) => mark.duration), [1e3, 1e5, 1e7]);
  const hours = scaleOf([{ start: 0, duration: 1_000_000 }, { start: 1, duration: 7_200_000_000 }]);
  assert.deepEqual(hours.marks.map((mark) => mark.duration), [1e6, 60e6, 3600e6]);
});
