import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeComparison, shownRows, speedWords } from "../../compare/comparison.js";

/** @param {number} depth @param {string} name @param {string} [change] */
function row(depth, name, change = "same") {
  return { depth, name, change, service: "shop", before: { spanId: "01", offsetNano: "1", durationNano: "5" }, after: null };
}

/** @param {any[]} rows */
function rowsOf(...rows) {
  return decodeComparison({ rows }).rows;
}

/** @param {ReturnType<typeof shownRows>} shown */
function drawn(shown) {
  return shown.map((row) => `${"  ".repeat(row.depth)}${row.name}${row.alike.length > 0 ? ` ×${row.alike.length + 1}` : ""}`);
}

test("a comparison is decoded, whatever is missing", () => {
  const { before, counts, explanations, rows } = decodeComparison({
    before: { traceId: "07", spans: 3, durationNano: "6505000000" },
    totals: { new: 1, gone: 2 },
    explanations: [{ row: 0, rows: 2, selfTimeDifferenceNano: "-7" }, { row: 9 }],
    rows: [row(0, "GET", "gone"), {}],
  });
  assert.deepEqual(before, { traceId: "07", spans: 3, duration: 6_505_000_000 });
  assert.deepEqual(counts, { new: 1, gone: 2, slower: 0, faster: 0, same: 0 });
  assert.deepEqual(explanations.map(({ row, rows, difference }) => [row.name, rows, difference]), [["GET", 2, -7]]);
  assert.deepEqual(rows[0]?.before, { spanId: "01", offset: 1, duration: 5, isError: false });
  assert.deepEqual([rows[1]?.change, rows[1]?.before], ["same", null]);
  assert.deepEqual(decodeComparison(null).rows, []);
});

test("what is above a row that is wanted stays", () => {
  const rows = rowsOf(row(0, "a"), row(1, "b"), row(2, "c", "gone"), row(1, "d"), row(2, "e"), row(1, "f", "gone"));
  assert.deepEqual(drawn(shownRows(rows, "gone")), ["a", "  b", "    c", "  f"]);
  assert.deepEqual(drawn(shownRows(rows, "changed")), ["a", "  b", "    c", "  f"]);
  assert.deepEqual(drawn(shownRows(rows, "new")), []);
  assert.equal(shownRows(rows, null).length, 6);
});

test("four rows alike with nothing below them are one", () => {
  const queries = Array.from({ length: 5 }, () => row(1, "SELECT", "gone"));
  assert.deepEqual(drawn(shownRows(rowsOf(row(0, "a"), ...queries, row(1, "b")), null)), ["a", "  SELECT ×5", "  b"]);
  assert.deepEqual(drawn(shownRows(rowsOf(row(0, "a"), ...queries.slice(0, 3)), null)).length, 4);
  // The last has a child, which would not be seen.
  const parent = shownRows(rowsOf(row(0, "a"), ...queries, row(2, "child")), null);
  assert.deepEqual(drawn(parent), ["a", "  SELECT ×4", "  SELECT", "    child"]);
});

test("how fast it is is said in words", () => {
  assert.equal(speedWords(6_505, 27), "241 times faster");
  assert.equal(speedWords(100, 150), "50 % slower");
  assert.equal(speedWords(100, 250), "2.5 times slower");
  assert.equal(speedWords(100, 100), "as long as before");
  assert.equal(speedWords(1_000, 1_001), "about as long as before");
  assert.equal(speedWords(0, 5), "slower");
});
