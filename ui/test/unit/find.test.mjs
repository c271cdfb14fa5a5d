import assert from "node:assert/strict";
import { test } from "node:test";

import { findNodes, withinReach } from "../../trace/find.js";
import { visibleNodes } from "../../trace/tree.js";
import { span, treeOf } from "./spans.mjs";

const tree = treeOf([
  span("a", null, 0, 10, { name: "GET /bands/{id}", service: "bands-api" }),
  span("b", "a", 1, 1, { attributes: [{ key: "band.name", value: { type: "string", value: "Fugazi" } }] }),
  span("c", "a", 2, 1, { status: "error", statusMessage: "connection refused" }),
  span("d", "a", 3, 1, { events: [{ time: 3, name: "cache miss", attributes: [], attributesDropped: 0 }], traceState: "foo=bar" }),
]);

test("text is found wherever a reader can see it", () => {
  const cases = /** @type {[string, string[]][]} */ ([
    ["", []],
    ["   ", []],
    ["bands-api", ["a"]],
    ["get /BANDS", ["a"]],
    ["band.name=fugazi", ["b"]],
    ["refused", ["c"]],
    ["error", ["c"]],
    ["cache MISS", ["d"]],
    ["foo=bar", ["d"]],
    ["nowhere", []],
  ]);
  for (const [query, keys] of cases) {
    assert.deepEqual(findNodes(tree.nodes, query).map((node) => node.key), keys, query);
  }
});

test("what is found is kept with what leads there, and the first of many alike with any of them", () => {
  const queries = Array.from({ length: 12 }, (_, i) => span(`q${i}`, "b", 10 + i, 1, { name: "SELECT", statusMessage: i === 7 ? "deadlock" : "" }));
  const { nodes } = treeOf([span("a", null, 0, 100), span("b", "a", 5, 50), span("c", "a", 60, 9), ...queries]);
  const rows = (/** @type {string[]} */ open) => visibleNodes(nodes, new Set(), new Set(open));
  const keys = (/** @type {import("../../trace/tree.js").Node[]} */ list) => list.map(({ key }) => key);
  const matches = findNodes(nodes, "deadlock");
  assert.deepEqual(keys(matches), ["q7"]);
  assert.deepEqual(keys(withinReach(rows([]), matches)), ["a", "b", "q0"]);
  assert.deepEqual(keys(withinReach(rows(["q0"]), matches)), ["a", "b", "q0", "q7"]);
  assert.deepEqual(withinReach(rows([]), []), []);
});
