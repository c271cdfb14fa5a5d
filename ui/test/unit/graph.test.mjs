import assert from "node:assert/strict";
import { test } from "node:test";

import { EDGES_MAX, NODES_MAX, drawnPart, leftOutWords } from "../../graph/drawn.js";
import { layOut } from "../../graph/layout.js";
import { traceGraph } from "../../graph/trace-graph.js";
import { serviceShares } from "../../trace/tree.js";
import { span, treeOf } from "./spans.mjs";

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
  const { nodes } = treeOf([
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

test("of a graph of any size as much is drawn as can be read, what has the most to do", () => {
  const nodes = Array.from({ length: 100_000 }, (_, i) => ({ id: `s${i}`, weight: i }));
  const drawn = nodes.slice(-NODES_MAX);
  const edges = drawn.flatMap(({ id: from }, i) => drawn.map(({ id: to }, j) => ({ from, to, calls: i * NODES_MAX + j })));
  const part = drawnPart({ nodes, edges: [{ from: "s0", to: "s1", calls: 1e9 }, ...edges] }, ({ weight }) => weight);
  assert.deepEqual(part.nodes, drawn);
  assert.deepEqual(part.edges, edges.slice(-EDGES_MAX));
  assert.deepEqual(part.leftOut, { nodes: 99_940, edges: 3_300 });
  assert.equal(leftOutWords(part.leftOut), "Not drawn: 99,940 more with less to do, 3,300 arrows of fewer calls.");
  assert.equal(leftOutWords({ nodes: 0, edges: 1 }), "Not drawn: 1 arrow of fewer calls.");
  assert.equal(leftOutWords({ nodes: 0, edges: 0 }), "");
});

test("of a trace with more services than can be drawn are those of the most spans, and the systems called most", () => {
  const chain = Array.from({ length: 2_000 }, (_, i) => span(`c${i}`, i > 0 ? `c${i - 1}` : null, i, 5_000 - i, { service: `s${i}` }));
  const busy = Array.from({ length: 3 }, (_, i) => span(`b${i}`, "c1998", 2_000 + i, 1, { service: "s1999" }));
  const called = Array.from({ length: 2 }, (_, i) => {
    const attributes = [/** @type {const} */ ({ key: "db.system.name", value: { type: "string", value: "postgresql" } })];
    return span(`d${i}`, "c1999", 2_001, 1, { service: "s1999", kind: "client", attributes });
  });
  const { nodes } = treeOf([...chain, ...busy, ...called]);
  const began = performance.now();
  const graph = traceGraph(nodes, serviceShares(nodes), null);
  const names = graph.nodes.map(({ name }) => name);
  assert.deepEqual(names, [...Array.from({ length: NODES_MAX - 2 }, (_, i) => `s${i}`), "s1999", "postgresql"]);
  assert.deepEqual(graph.leftOut, { nodes: 2_001 - NODES_MAX, edges: 0 });
  assert.equal(layOut(graph.nodes.map(({ id }) => id), graph.edges).layers, NODES_MAX - 2);
  assert.ok(performance.now() - began < 2_000);
});

test("as many links as are drawn are laid out at once, however far they go", () => {
  const ids = Array.from({ length: NODES_MAX }, (_, i) => `s${i}`);
  const chain = ids.slice(1).map((to, i) => ({ from: `s${i}`, to }));
  const far = Array.from({ length: EDGES_MAX - chain.length }, (_, i) => ({ from: `s${i % 10}`, to: `s${NODES_MAX - 1 - (i % 20)}` }));
  const began = performance.now();
  assert.equal(layOut(ids, [...chain, ...far]).layers, NODES_MAX);
  assert.ok(performance.now() - began < 2_000);
});
