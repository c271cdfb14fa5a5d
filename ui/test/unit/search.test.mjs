import assert from "node:assert/strict";
import { test } from "node:test";

import { DEFAULT_QUERY } from "../../lib/search-query.js";
import { RESULTS_MAX, caughtUp, holdsStill, withFirstPage, withNextPage } from "../../search/found.js";
import { scaleOf } from "../../search/scale.js";
import { decodePage } from "../../search/summary.js";

/** @typedef {import("../../search/found.js").Found} Found */

test("a page of a search is decoded", () => {
  const trace = {
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    root: { service: "client", name: "GET", isMissing: true },
    startTimeUnixNano: "1764000000000000001",
    durationNano: "210",
    spans: 3,
    errors: 1,
    services: [
      { name: "client", spans: 1, errors: 0 },
      { name: null, spans: 2, errors: 1 },
    ],
    servicesLeftOut: 4,
  };
  assert.deepEqual(decodePage({ traces: [trace], next: "1f-2a", partial: "a file is broken" }), {
    results: [
      {
        traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
        rootService: "client",
        rootName: "GET",
        rootMissing: true,
        start: 1_764_000_000_000_000_001n,
        duration: 210,
        spans: 3,
        errors: 1,
        services: [
          { service: "client", spans: 1, errors: 0 },
          { service: "unknown_service", spans: 2, errors: 1 },
        ],
        servicesLeftOut: 4,
      },
    ],
    next: "1f-2a",
    partial: "a file is broken",
  });
});

test("whatever comes is decoded without an exception", () => {
  for (const json of [null, 1, "x", [], {}, { traces: {} }]) {
    assert.deepEqual(decodePage(json), { results: [], next: null, partial: null });
  }
  const [odd] = decodePage({ traces: [null, { startTimeUnixNano: "now", durationNano: 5 }] }).results;
  assert.equal(odd?.start, 0n);
  assert.equal(odd?.rootService, "unknown_service");
});

const search = { query: DEFAULT_QUERY, services: [], now: 0n };

/** @param {string[]} ids @param {string | null} [next] */
function page(ids, next = null) {
  const { results } = decodePage({ traces: ids.map((traceId) => ({ traceId })) });
  return { results, next, partial: null };
}

/** @param {Found} found */
const ids = (found) => found.results.map((result) => result.traceId).join(" ");

test("a reader who asked for no more sees the first page as it is", () => {
  const before = withFirstPage(null, search, page(["c", "b"], "b"));
  const now = withFirstPage(before, search, page(["d", "c"], "c"));
  assert.deepEqual([ids(now), now.next], ["d c", "c"]);
});

test("what a reader asked for stays while new traces come before it", () => {
  const first = { ...withFirstPage(null, search, page(["d", "c"], "c")), isExtended: true };
  const more = withNextPage(first, page(["b", "a"]));
  assert.deepEqual([ids(more), more.next], ["d c b a", null]);
  const now = withFirstPage(more, search, page(["e", "d"], "d"));
  assert.deepEqual([ids(now), now.next, now.ahead], ["e d c b a", null, null]);
  assert.equal(holdsStill(first, more), true);
  assert.equal(holdsStill(more, now), false);
  // A trace that got a newer span moves up and stands there once.
  assert.equal(ids(withFirstPage(now, search, page(["a", "e"], "e"))), "a e d c b");
  assert.equal(ids(withNextPage(first, page(["c", "b"]))), "d c b");
});

test("a first page that does not join waits until the reader wants it", () => {
  const more = { ...withFirstPage(null, search, page(["b", "a"], "a")), isExtended: true };
  const behind = withFirstPage(more, search, page(["z", "y"], "y"));
  assert.equal(ids(behind), "b a");
  assert.equal(ids(caughtUp(behind)), "z y");
  assert.equal(ids(withFirstPage(behind, search, page(["c", "b"], "b"))), "c b a", "joins again");
  assert.equal(ids(caughtUp(more)), "b a");
});

test("a list does not grow without end", () => {
  const many = Array.from({ length: RESULTS_MAX }, (_, i) => `t${i}`);
  const full = { ...withFirstPage(null, search, page(many, "x")), isExtended: true };
  const now = withFirstPage(full, search, page(["new", "t0"], "t0"));
  assert.equal(now.results.length, RESULTS_MAX);
  assert.equal(now.ahead?.results.length, 2);
});

test("the picture keeps all dots inside, on a scale that fits", () => {
  for (const durations of [[1, 1_000_000], [900_000, 1_000_000], [0, 0], [5]]) {
    const points = durations.map((duration, i) => ({ start: BigInt(100 + i), duration }));
    const scale = scaleOf(points);
    for (const point of points) {
      const { x, y } = scale.place(point);
      assert.ok(x > 0 && x <= 1 && y > 0 && y < 1, `${durations}: ${x}, ${y}`);
    }
    for (const mark of scale.marks) assert.ok(mark.y > 0 && mark.y < 1);
  }
  const wide = scaleOf([{ start: 0n, duration: 1_000 }, { start: 1n, duration: 10_000_000 }]);
  assert.deepEqual(wide.marks.map((mark) => mark.duration), [1e3, 1e5, 1e7]);
  const hours = scaleOf([{ start: 0n, duration: 1_000_000_000 }, { start: 1n, duration: 7_200_000_000_000 }]);
  assert.deepEqual(hours.marks.map((mark) => mark.duration), [1e9, 60e9, 3600e9]);
});
