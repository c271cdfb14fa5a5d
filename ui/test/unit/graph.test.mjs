import assert from "node:assert/strict";
import { test } from "node:test";

import { layOut } from "../../graph/layout.js";
import { traceGraph } from "../../graph/trace-graph.js";
import { buildTree, serviceShares } from "../../trace/tree.js";
import { span } from "./spans.mjs";

/** @param {string} links like "a>b a>c" */
function laidOut(links) {
  const pairs = links.split(" ").map((each) => each.split(">"));
  const edges = pairs.map(([from = "", to = ""]) => ({ from, to }));
  return layOut([...new Set(pairs.flat())], edges);
}

/** @param {ReturnType<typeof layOut>} placed */
function layers(placed) {
  return Object.fromEntries([...placed.nodes].map(([id, { x }]) => [id, x]));
}

test("callers stand before those they call", () => {
  const placed = laidOut("client>bands bands>reviews bands>db client>db");
  assert.deepEqual(layers(placed), { client: 0, bands: 1, reviews: 2, db: 2 });
  assert.equal(placed.layers, 3);
});

test("a link that crosses a layer has a place there", () => {
  const placed = laidOut("a>b b>c a>c");
  assert.deepEqual(placed.links.map((points) => points.map(({ x }) => x)), [[0, 1], [1, 2], [0, 1, 2]]);
  const b = placed.nodes.get("b");
  assert.notEqual(placed.links[2]?.[1]?.y, b?.y);
});

test("rings and calls to itself are laid out, too", () => {
  const placed = laidOut("a>b b>c c>a c>c");
  assert.deepEqual(layers(placed), { a: 0, b: 1, c: 2 });
  // From c back to a.
  assert.deepEqual(placed.links[2]?.map(({ x }) => x), [2, 1, 0]);
  assert.equal(placed.links[3]?.length, 1);
});

test("no two stand in one place, whatever the graph", () => {
  let seed = 11;
  const random = (/** @type {number} */ below) => (seed = (seed * 48_271) % 2_147_483_647) % below;
  for (let round = 0; round < 100; round++) {
    const ids = Array.from({ length: 1 + random(20) }, (_, i) => `s${i}`);
    const pick = () => ids[random(ids.length)] ?? "s0";
    const links = Array.from({ length: random(50) }, () => ({ from: pick(), to: pick() }));
    const placed = layOut(ids, links);
    const places = [...placed.nodes.values()];
    for (const one of places) {
      assert.ok(one.y >= -1e-9 && one.y <= placed.rows - 1 + 1e-9, JSON.stringify(one));
      const near = places.filter((other) => other !== one && other.x === one.x && Math.abs(other.y - one.y) < 1 - 1e-9);
      assert.deepEqual(near, []);
    }
    links.forEach(({ from, to }, i) => {
      const points = placed.links[i] ?? [];
      assert.deepEqual([points[0], points.at(-1)], [placed.nodes.get(from), placed.nodes.get(to)]);
    });
  }
});

test("nothing is a graph, too", () => {
  assert.deepEqual([layOut([], []).layers, layOut([], []).rows], [0, 0]);
});

test("the graph of a trace has its calls and the databases behind them", () => {
  const db = /** @type {const} */ ({ key: "db.system.name", value: { type: "string", value: "postgresql" } });
  const { nodes } = buildTree([
    span("1", null, 0, 100, { service: "web" }),
    span("2", "1", 10, 40, { service: "cart", status: "error" }),
    span("3", "1", 50, 20, { service: "cart" }),
    span("4", "3", 55, 5, { service: "cart", kind: "client", attributes: [db] }),
  ]);
  const graph = traceGraph(nodes, serviceShares(nodes), null);
  assert.deepEqual(graph.nodes.map(({ name, isSystem }) => [name, isSystem]), [["web", false], ["cart", false], ["postgresql", true]]);
  assert.deepEqual(graph.edges.map(({ from, to, calls, isBad }) => [from, to, calls, isBad]), [
    ["service web", "service cart", 2, true],
    ["service cart", "system postgresql", 1, false],
  ]);
  assert.equal(traceGraph(nodes, serviceShares(nodes), new Set(["web"])).nodes[1]?.isDim, true);
});
