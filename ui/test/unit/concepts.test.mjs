import assert from "node:assert/strict";
import { test } from "node:test";

import { CONCEPTS } from "../../learn/concepts.js";
import { span, treeOf } from "./spans.mjs";

const TREE = treeOf([
  span("1", null, 0, 100, { service: "client", name: "get" }),
  span("2", "1", 5, 90, { service: "client", name: "GET", kind: "client" }),
  span("3", "2", 10, 80, { service: "bands", name: "GET /bands", kind: "server", attributes: [{ key: "http.route", value: { type: "string", value: "/bands" } }] }),
  span("4", "3", 20, 10, { service: "bands", name: "parse", status: "error", statusMessage: "no" }),
]);

/** @param {string} term @param {import("../../trace/tree.js").Tree} tree */
function shown(term, tree) {
  const concept = CONCEPTS.find((each) => each.term === term);
  assert.ok(concept, term);
  const nodes = concept.find(tree);
  const [first] = nodes;
  return first ? [nodes.map(({ key }) => key).join(" "), concept.shows(first, tree)] : [];
}

test("each word is shown at spans of the trace", () => {
  assert.deepEqual(shown("Root span", TREE), ["1", "client: get"]);
  assert.deepEqual(shown("Parent", TREE), ["1 2", "client: get caused client: GET"]);
  assert.deepEqual(shown("Client and server span", TREE), ["2 3", "client: GET waits for the other"]);
  assert.deepEqual(shown("Context propagation", TREE), ["3", "the context came to bands from client"]);
  assert.deepEqual(shown("Attributes", TREE), ["3", "http.route and 0 others"]);
  assert.deepEqual(shown("Status", TREE), ["4", "bands: parse failed: no"]);
  assert.deepEqual(shown("Self time", TREE), ["3", "bands: GET /bands worked 70 ns itself"]);
  assert.deepEqual(shown("Event", TREE), []);
});

test("no word needs what a trace may lack", () => {
  const alone = treeOf([span("1", null, 0, 9)]);
  for (const { find, shows } of CONCEPTS) {
    for (const tree of [alone, treeOf([])]) for (const node of find(tree)) assert.equal(typeof shows(node, tree), "string");
  }
});
