import assert from "node:assert/strict";
import { test } from "node:test";

import { sortRows, tableRows, valueOf } from "../../table/groups.js";
import { criticalPath } from "../../trace/critical-path.js";
import { selfDuration } from "../../trace/tree.js";
import { span, treeOf } from "./spans.mjs";

const TREE = treeOf([
  span("1", null, 0, 100, { name: "root", service: "web" }),
  span("2", "1", 10, 20, { name: "work", service: "cart" }),
  span("3", "1", 40, 30, { name: "work", service: "cart", status: "error" }),
  span("4", "3", 45, 10, { name: "query", service: "cart" }),
]);

/** @param {import("../../table/groups.js").By} by */
function rows(by) {
  return tableRows(TREE.nodes, by, selfDuration, criticalPath(TREE.roots[0]));
}

/** @param {import("../../table/groups.js").TableRow[]} all @param {import("../../table/groups.js").Column[]} columns */
function drawn(all, ...columns) {
  return all.map((row) => [row.service, row.name, ...columns.map((column) => (column === "name" ? "" : valueOf(row, column)))]);
}

test("rows are for a name, a service or a span", () => {
  assert.deepEqual(drawn(rows("name"), "count", "total", "self", "critical", "mean", "longest", "errors"), [
    ["web", "root", 1, 100, 50, 50, 100, 100, 0],
    ["cart", "work", 2, 50, 40, 40, 25, 30, 1],
    ["cart", "query", 1, 10, 10, 10, 10, 10, 0],
  ]);
  assert.deepEqual(drawn(rows("service"), "count", "self"), [["web", "", 1, 50], ["cart", "", 3, 50]]);
  assert.deepEqual(drawn(rows("span"), "start").map((each) => each[2]), [0, 10, 40, 45]);
});

test("rows sort by any column, both ways", () => {
  const names = (/** @type {import("../../table/groups.js").TableRow[]} */ all) => all.map(({ name }) => name);
  assert.deepEqual(names(sortRows(rows("name"), "self", false)), ["root", "work", "query"]);
  assert.deepEqual(names(sortRows(rows("name"), "self", true)), ["query", "work", "root"]);
  assert.deepEqual(names(sortRows(rows("name"), "name", true)), ["query", "work", "root"]);
});
