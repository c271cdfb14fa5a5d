import assert from "node:assert/strict";
import { test } from "node:test";

import {
  DEFAULT_LOG_QUERY,
  logParams,
  logProblemsOf,
  logsHref,
  parseMoment,
  readLogQuery,
  windowOf,
  writeLogQuery,
  writeMoment,
} from "../../lib/log-query.js";

const NOW = 1_795_889_359_746_000_777n;
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

test("the address keeps the whole query", () => {
  const query = {
    service: "bands & reviews",
    text: "card refused",
    severity: "warn",
    attributes: 'card.id=5 a="b c"',
    lookback: "1h",
    start: "2026-11-22T12:37:00.000Z",
    end: "2026-11-22T12:38:00.000Z",
    trace: TRACE,
    span: "00f067aa0ba902b7",
    order: "oldest",
    live: "",
  };
  const href = writeLogQuery(query);
  assert.match(href, /^\/logs\?/);
  assert.deepEqual(readLogQuery(href.split("?")[1] ?? ""), query);
  assert.equal(writeLogQuery(DEFAULT_LOG_QUERY), "/logs");
  assert.deepEqual(readLogQuery(""), DEFAULT_LOG_QUERY);
  assert.equal(writeLogQuery(readLogQuery("live=on")), "/logs?live=on");
});

test("what an address cannot mean becomes the default", () => {
  assert.deepEqual(readLogQuery("severity=loud&lookback=1y&order=slowest&live=maybe&x=1"), DEFAULT_LOG_QUERY);
  assert.equal(readLogQuery("severity=WARN").severity, "warn");
  assert.equal(readLogQuery("severity=__proto__").severity, "");
});

test("what is live is the newest, and has no end", () => {
  assert.equal(readLogQuery("live=on&order=oldest").live, "");
  assert.equal(readLogQuery("live=on&end=2026-11-22T12:38:00Z").live, "");
});

test("the records of a trace are looked for in all time, unless the address says otherwise", () => {
  assert.equal(logsHref({ trace: TRACE }), `/logs?trace=${TRACE}`);
  assert.equal(readLogQuery(`trace=${TRACE}`).lookback, "all");
  assert.equal(readLogQuery(`trace=${TRACE}&lookback=24h`).lookback, "24h");
  assert.equal(writeLogQuery(readLogQuery(`trace=${TRACE}&lookback=24h`)), `/logs?lookback=24h&trace=${TRACE}`);
});

test("attributes go into an address as they are read back", () => {
  const href = logsHref({ service: "pay", attributes: [{ key: "note", value: 'a "b"' }] });
  assert.equal(readLogQuery(href.split("?")[1] ?? "").attributes, 'note="a \\"b\\""');
});

test("a moment is written and read to the millisecond", () => {
  assert.equal(writeMoment(NOW), "2026-11-28T18:09:19.746Z");
  assert.equal(parseMoment("2026-11-28T18:09:19.746Z"), 1_795_889_359_746_000_000n);
  assert.equal(writeMoment(-5n), "1970-01-01T00:00:00.000Z");
  assert.equal(parseMoment("soon"), null);
  assert.equal(parseMoment("1969-12-31T00:00:00Z"), null);
});

test("the window counts back from now, or is the one chosen", () => {
  assert.deepEqual(windowOf({ ...DEFAULT_LOG_QUERY, lookback: "5m" }, NOW), { start: NOW - 300_000_000_000n, end: null });
  assert.deepEqual(windowOf({ ...DEFAULT_LOG_QUERY, lookback: "all" }, NOW), { start: null, end: null });
  const chosen = { ...DEFAULT_LOG_QUERY, start: "1970-01-01T00:00:01Z", end: "1970-01-01T00:00:02Z" };
  assert.deepEqual(windowOf(chosen, NOW), { start: 1_000_000_000n, end: 2_000_000_000n });
  assert.deepEqual(windowOf({ ...DEFAULT_LOG_QUERY, lookback: "30d" }, 5n), { start: null, end: null });
});

test("the API is asked for the conditions and the window, whose end it includes", () => {
  const query = {
    ...DEFAULT_LOG_QUERY,
    text: " card ",
    severity: "error",
    attributes: "a=1 b=2",
    start: "1970-01-01T00:00:01Z",
    end: "1970-01-01T00:00:02Z",
  };
  assert.deepEqual([...logParams(query, NOW)], [
    ["text", "card"],
    ["severity", "error"],
    ["attribute", "a=1"],
    ["attribute", "b=2"],
    ["start", "1000000000"],
    ["end", "1999999999"],
  ]);
});

test("problems are told field by field", () => {
  assert.deepEqual(logProblemsOf(DEFAULT_LOG_QUERY), {});
  const problems = logProblemsOf({ ...DEFAULT_LOG_QUERY, attributes: "a", start: "soon" });
  assert.deepEqual(problems, {
    attributes: "“a” has no value. Write a=value.",
    start: "“soon” is not a time such as 2026-11-22T12:37:00Z.",
  });
  const backwards = { ...DEFAULT_LOG_QUERY, start: "2026-11-22T12:37:00Z", end: "2026-11-22T12:36:00Z" };
  assert.deepEqual(logProblemsOf(backwards), { end: "The time window ends before it begins." });
});
