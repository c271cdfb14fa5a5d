import assert from "node:assert/strict";
import { test } from "node:test";

import { brushed, moved } from "../../logs/brush.js";
import { axisTicks, layCells, stepOf, tickText } from "../../logs/cells.js";
import { skippedOf } from "../../logs/live.js";
import { newestFirst, notAmong, withFirstPage, withNews, withNextPage } from "../../logs/loaded.js";
import { indexAt, topOf } from "../../logs/places.js";
import { decodeLiveRecord, decodeLogPage, detailsOf, lineOf } from "../../logs/record.js";
import { DEFAULT_LOG_QUERY, LOG_LOOKBACKS } from "../../lib/log-query.js";

const S = 1_000_000_000n;
const HOUR = 3_600n * S;

/** @param {number} from @param {number} count @param {string | null} [next] */
function pageOf(from, count, next = null) {
  const records = Array.from({ length: count }, (_, i) => ({
    timeUnixNano: String(BigInt(1_000_000 - from - i) * S),
    body: { stringValue: `record ${from + i}` },
    resource: 0,
    scope: 0,
  }));
  const resources = [{ attributes: [{ key: "service.name", value: { stringValue: "pay" } }] }];
  return decodeLogPage({ records, resources, scopes: [{ name: "log" }], next, partial: null });
}

/** @param {import("../../logs/record.js").LogRecord[]} records */
const bodies = (records) => records.map((record) => lineOf(record).body);

test("a record is decoded with all that it says", () => {
  const page = decodeLogPage({
    records: [
      {
        timeUnixNano: "5",
        observedTimeUnixNano: "7",
        severityNumber: 17,
        severityText: "ERROR",
        level: "error",
        body: { kvlistValue: { values: [{ key: "a", value: { intValue: "1" } }] } },
        attributes: [{ key: "card.id", value: { intValue: "5" } }],
        droppedAttributesCount: 2,
        flags: 1,
        traceId: "t",
        spanId: "s",
        eventName: "refused",
        resource: 1,
        scope: 0,
      },
    ],
    resources: [{}, { attributes: [{ key: "service.name", value: { stringValue: "pay" } }] }],
    scopes: [{ name: "log", version: "1" }],
    next: "5-1-0",
    partial: "a part is damaged",
  });
  const [record] = page.records;
  assert.ok(record);
  assert.deepEqual(lineOf(record), { time: 5n, level: "error", body: '{"a":1}', traceId: "t", spanId: "s" });
  const all = detailsOf(record);
  assert.equal(all.service, "pay");
  assert.equal(all.scope.name, "log");
  assert.deepEqual([all.observed, all.severityNumber, all.severityText, all.eventName, all.flags], [7n, 17, "ERROR", "refused", 1]);
  assert.deepEqual(all.own, { attributes: [{ key: "card.id", value: { type: "int", value: "5" } }], attributesDropped: 2 });
  assert.deepEqual([page.next, page.partial], ["5-1-0", "a part is damaged"]);
});

test("what is not as expected becomes empty", () => {
  assert.deepEqual(decodeLogPage(null), { records: [], next: null, partial: null });
  const [record] = decodeLogPage({ records: [null, 5] }).records;
  assert.ok(record);
  assert.deepEqual(lineOf(record), { time: 0n, level: "none", body: "", traceId: "", spanId: "" });
  assert.equal(record.service, "unknown_service");
});

test("a line is of bounded length, on one line, and without what steers the layout", () => {
  const of = (/** @type {string} */ text) => lineOf(decodeLiveRecord({ body: { stringValue: text } })).body;
  assert.equal(of("a\n\tb\u202ec"), "a b⟨U+202E⟩c");
  assert.equal(of("x".repeat(5_000)).length, 1_001);
  assert.equal(lineOf(decodeLiveRecord({ eventName: "refused" })).body, "refused");
  assert.equal(lineOf(decodeLiveRecord({ observedTimeUnixNano: "7" })).time, 7n);
});

test("a record that came by itself brings what it shares", () => {
  const record = decodeLiveRecord({
    body: { stringValue: "x" },
    service: "pay",
    resource: { attributes: [{ key: "host.name", value: { stringValue: "a" } }] },
    scope: { name: "log" },
  });
  assert.equal(record.service, "pay");
  assert.equal(record.resource.attributes.length, 1);
  assert.equal(record.scope.name, "log");
});

test("records that were left out are counted, or not", () => {
  assert.equal(skippedOf({ records: 40 }), 40);
  assert.equal(skippedOf({ records: "some" }), null);
  assert.equal(skippedOf(null), null);
});

test("pages follow each other, and new records stand before them", () => {
  let loaded = withFirstPage(DEFAULT_LOG_QUERY, 0n, pageOf(0, 3, "a"));
  loaded = withNextPage(loaded, pageOf(3, 2, "b"));
  loaded = withNews(loaded, pageOf(-2, 2).records);
  assert.deepEqual(bodies(loaded.records), [-2, -1, 0, 1, 2, 3, 4].map((i) => `record ${i}`));
  assert.deepEqual(loaded.records.map(({ seq }) => seq), [-2, -1, 0, 1, 2, 3, 4]);
  assert.equal(loaded.next, "b");
});

test("what is too much goes at the end, where a page began, and can be asked for again", () => {
  let loaded = withFirstPage(DEFAULT_LOG_QUERY, 0n, pageOf(0, 3, "a"));
  loaded = withNextPage(loaded, pageOf(3, 3, "b"));
  loaded = withNews(loaded, pageOf(-2, 2).records, 7);
  assert.deepEqual([loaded.records.length, loaded.next, loaded.isCut], [5, "a", false]);
  const again = withNextPage(loaded, pageOf(3, 3, "b"));
  assert.deepEqual(again.records.map(({ seq }) => seq), [-2, -1, 0, 1, 2, 3, 4, 5]);
  loaded = withNews(loaded, pageOf(-12, 10).records, 7);
  assert.deepEqual([loaded.records.length, loaded.next, loaded.isCut], [7, null, true]);
});

test("records seen already are known again", () => {
  const known = pageOf(0, 5).records;
  const found = notAmong(pageOf(-2, 4).records, known);
  assert.deepEqual(bodies(found), ["record -2", "record -1"]);
  assert.deepEqual(notAmong([], known), []);
});

test("what came in any order is shown with the newest first", () => {
  const { records } = pageOf(0, 4);
  assert.deepEqual(bodies(newestFirst([...records].reverse())), bodies(records));
});

test("lines stand below what is unfolded above them", () => {
  const unfolded = [
    { index: 2, height: 100 },
    { index: 5, height: 50 },
  ];
  assert.deepEqual([0, 2, 3, 5, 6].map((index) => topOf(index, 10, unfolded)), [0, 20, 130, 150, 210]);
  for (const index of [0, 1, 2, 3, 4, 5, 6, 40]) {
    assert.equal(indexAt(topOf(index, 10, unfolded), 10, unfolded), index);
    assert.equal(indexAt(topOf(index, 10, unfolded) + 9, 10, unfolded), index);
  }
  assert.deepEqual([30, 129, 160, 209].map((top) => indexAt(top, 10, unfolded)), [2, 2, 5, 5]);
});

test("every window has a readable number of cells", () => {
  const now = 1_795_889_359_746_000_777n;
  for (const [name, , seconds] of LOG_LOOKBACKS) {
    if (seconds === 0) continue;
    const from = now - BigInt(seconds) * S;
    const step = stepOf(from, now);
    const { cells } = layCells({}, { from, to: now, step });
    assert.ok(cells.length >= 50 && cells.length <= 121, `${name}: ${cells.length}`);
    assert.ok((cells[0]?.start ?? 0n) <= from && (cells.at(-1)?.start ?? 0n) + step >= now, name);
  }
  assert.equal(stepOf(0n, 1n), 1_000_000n);
  const all = layCells({}, { from: 0n, to: now, step: stepOf(0n, now) });
  assert.ok(all.cells.length <= 121);
});

test("counts are laid into cells; what lies outside counts in the total alone", () => {
  const found = layCells(
    {
      cells: [
        { startTimeUnixNano: String(10n * S), records: 5, levels: { info: 3, error: 2 } },
        { startTimeUnixNano: String(14n * S), records: 1, levels: { none: 1 } },
        { startTimeUnixNano: String(500n * S), records: 7, levels: { info: 7 } },
      ],
      partial: null,
    },
    { from: 11n * S, to: 15n * S, step: 2n * S },
  );
  assert.deepEqual(found.cells.map(({ start, records }) => [start / S, records]), [[10n, 5], [12n, 0], [14n, 1]]);
  assert.deepEqual([found.total, found.highest], [13, 5]);
  assert.deepEqual(found.totals, { error: 2, info: 10, none: 1 });
});

test("the axis has as many marks as have room, at round moments", () => {
  const from = 1_795_889_359n * S;
  for (const length of [S, 300n * S, HOUR, 24n * HOUR, 720n * HOUR, 20_000n * HOUR]) {
    const ticks = axisTicks(from, from + length, 8);
    assert.ok(ticks.length >= 1 && ticks.length <= 8, `${length}: ${ticks.length}`);
    assert.ok(ticks.every(({ moment }) => moment > from && moment < from + length));
    assert.equal(new Set(ticks.map(tickText)).size, ticks.length, ticks.map(tickText).join(" "));
  }
});

test("the brush begins at the newest, moves, and grows with Shift", () => {
  const key = (/** @type {string} */ name, shiftKey = false) => ({ key: name, shiftKey });
  const first = moved(null, key("ArrowLeft"), 60);
  assert.deepEqual(first, { anchor: 59, at: 59 });
  const grown = moved(moved(first, key("ArrowLeft", true), 60), key("PageDown", true), 60);
  assert.deepEqual(grown, { anchor: 59, at: 48 });
  assert.deepEqual(brushed(grown ?? { anchor: 0, at: 0 }), { from: 48, to: 60 });
  assert.deepEqual(moved(grown, key("Home"), 60), { anchor: 0, at: 0 });
  assert.deepEqual(moved(grown, key("End", true), 60), { anchor: 59, at: 59 });
  assert.equal(moved(grown, key("x"), 60), null);
  assert.equal(moved(grown, key("__proto__"), 60), null);
});
