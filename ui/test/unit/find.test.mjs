import assert from "node:assert/strict";
import { test } from "node:test";

import { findNodes } from "../../trace/find.js";
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
