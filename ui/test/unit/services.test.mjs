import assert from "node:assert/strict";
import { test } from "node:test";

import { apart, linePath } from "../../services/charts.js";
import { decodeMap, decodeMetrics, formatErrors, formatRate } from "../../services/figures.js";
import { mapGraph } from "../../services/map-graph.js";
import { readServicesQuery } from "../../services/query.js";

const RANGE = { startTimeUnixNano: "1700000000500000000", endTimeUnixNano: "1700000020500000000", stepNano: "1000000000" };

const MAP = decodeMap({
  ...RANGE,
  services: [
    { name: "web", spans: 9, requests: 4, errors: 1, p50Nano: "5", p95Nano: "7", p99Nano: "8", cells: [{ startTimeUnixNano: "1700000003000000000", requests: 4, errors: 1 }, { startTimeUnixNano: "1" }] },
    { name: "client", spans: 2, requests: 0, errors: 0, p50Nano: null },
  ],
  edges: [
    { caller: "client", called: "web", kind: "service", calls: 4, errors: 1, p95Nano: "7" },
    { caller: "web", called: "postgresql", kind: "database", calls: 40, errors: 0, p95Nano: "2" },
  ],
  unresolvedCalls: 3,
});

test("the map is decoded, with the places of its cells", () => {
  assert.deepEqual(MAP.range, { start: 1_700_000_000_000_000_000n, step: 1e9, cells: 21, seconds: 20 });
  const [web, client] = MAP.services;
  assert.deepEqual(web?.cells.map(({ place, count, errors }) => [place, count, errors]), [[3, 4, 1]]);
  assert.deepEqual([client?.p50, client?.cells], [null, []]);
  assert.deepEqual([MAP.unresolved, MAP.partial], [3, null]);
  assert.deepEqual(decodeMap(null).services, []);
});

test("the figures of a service are decoded", () => {
  const exemplar = { traceId: "07", spanId: "01", durationNano: "9", isError: true };
  const cells = [{ startTimeUnixNano: "1700000000000000000", spans: 1, errors: 1, p50Nano: "9", exemplars: [exemplar] }];
  const { total, names, hasMoreNames } = decodeMetrics({ ...RANGE, total: { spans: 1, cells }, names: [{ name: "GET", kind: 2, spans: 1 }], hasMoreNames: true });
  assert.deepEqual([total.count, total.cells[0]?.exemplars], [1, [{ traceId: "07", spanId: "01", duration: 9, isError: true }]]);
  assert.deepEqual([names[0]?.name, names[0]?.kind, hasMoreNames], ["GET", "server", true]);
});

test("the graph has services, systems and the calls between them", () => {
  const { nodes, edges, leftOut } = mapGraph(MAP);
  assert.deepEqual(nodes.map(({ id, lines }) => [id, ...lines]), [
    ["service web", "12/min, 25 % errors", "p95 7 ns"],
    ["service client", "calls others", "2 spans"],
    ["system postgresql", "makes no spans"],
  ]);
  assert.deepEqual(edges.map(({ from, to, label }) => [from, to, label]), [
    ["service client", "service web", "4 calls · p95 7 ns"],
    ["service web", "system postgresql", "40 calls · p95 2 ns"],
  ]);
  assert.deepEqual(leftOut, { nodes: 0, edges: 0 });
});

test("around a service the graph has who calls it and whom it calls", () => {
  const { nodes, edges, leftOut } = mapGraph(MAP, "service client");
  assert.deepEqual(nodes.map(({ id }) => id), ["service web", "service client"]);
  assert.deepEqual(edges.map(({ from, to }) => [from, to]), [["service client", "service web"]]);
  assert.deepEqual(leftOut, { nodes: 0, edges: 0 });
});

test("of many neighbours those with the most to do are drawn, and always the service itself", () => {
  const names = Array.from({ length: 99 }, (_, i) => `s${i}`);
  const many = decodeMap({
    ...RANGE,
    services: [...names.map((name, i) => ({ name, spans: 1, requests: 99 - i })), { name: "client", spans: 1, requests: 0 }],
    edges: names.map((called) => ({ caller: "client", called, kind: "service", calls: 1 })),
  });
  const { nodes, edges, leftOut } = mapGraph(many, "service client");
  assert.deepEqual(nodes.map(({ name }) => name), [...names.slice(0, 59), "client"]);
  assert.equal(edges.length, 59);
  assert.deepEqual(leftOut, { nodes: 40, edges: 0 });
});

test("rates have the unit in which they read best", () => {
  const rates = [[0, 60], [600, 60], [90, 60], [1, 60], [1, 3_600], [1, 86_400], [5_000_000, 86_400]];
  const words = rates.map(([count = 0, seconds = 0]) => formatRate(count, seconds));
  assert.deepEqual(words, ["0", "10/s", "1.5/s", "1/min", "1/h", "1/d", "58/s"]);
  assert.deepEqual([formatErrors(0, 9), formatErrors(1, 3), formatErrors(1, 40), formatErrors(1, 5_000)], ["0", "33 %", "2.5 %", "< 0.1 %"]);
});

test("a line has gaps where nothing happened", () => {
  const cell = (/** @type {number} */ place) => ({ place, count: 1, errors: 0, exemplars: [], p50: 1, p95: 2, p99: 3 });
  const path = linePath([cell(0), cell(1), cell(4)], "p95", (nanos) => nanos * 10);
  assert.equal(path, "M5 20.00L15 20.00M40 20.00h10");
});

test("what an address says is understood, and nothing else", () => {
  assert.deepEqual(readServicesQuery("last=6h&service=web&name=GET&kind=all"), { last: "6h", service: "web", name: "GET", kind: "all" });
  assert.deepEqual(readServicesQuery("last=9y&kind=odd"), { last: "1h", service: "", name: "", kind: "" });
});

test("dots that would lie on each other are one, that of what took longest", () => {
  const dot = (/** @type {number} */ place, /** @type {number} */ duration) => ({ place, duration });
  const kept = apart([dot(0, 95), dot(0, 100), dot(1, 98), dot(1, 10), dot(30, 99)], 60, 100);
  assert.deepEqual(kept, [dot(0, 100), dot(30, 99), dot(1, 10)]);
});
