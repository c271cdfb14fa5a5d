import assert from "node:assert/strict";
import { test } from "node:test";

import {
  DEFAULT_QUERY,
  DurationError,
  apiParams,
  parseDuration,
  problemsOf,
  readSearch,
  searchHref,
  writeSearch,
} from "../../lib/search-query.js";

test("the address keeps the whole search", () => {
  const query = {
    service: "bands & reviews",
    operation: "GET /bands/{id}",
    tags: 'error=true a="b c"',
    minDuration: "1.5ms",
    maxDuration: "2s",
    lookback: "7d",
    limit: "100",
    sort: /** @type {const} */ ("longest"),
  };
  const href = writeSearch(query);
  assert.match(href, /^\/search\?/);
  assert.deepEqual(readSearch(href.split("?")[1] ?? ""), query);
  assert.equal(writeSearch(DEFAULT_QUERY), "/");
  assert.deepEqual(readSearch(""), DEFAULT_QUERY);
});

test("what an address cannot mean becomes the default", () => {
  const query = readSearch("lookback=1000y&limit=-3&sort=__proto__&unknown=1");
  assert.deepEqual(query, DEFAULT_QUERY);
});

test("durations are read as the API reads them", () => {
  const cases = /** @type {[string, number | null][]} */ ([
    ["", null],
    ["1.5ms", 1_500],
    ["2s", 2_000_000],
    ["1m30s", 90_000_000],
    ["1 h", 3_600_000_000],
    ["10µs", 10],
    ["10us", 10],
    ["500ns", 0.5],
  ]);
  for (const [text, expected] of cases) assert.equal(parseDuration(text), expected, text);
  for (const text of ["100", "fast", "-1s", "1.s", "1d", "s"]) {
    assert.throws(() => parseDuration(text), DurationError, text);
  }
  assert.throws(() => parseDuration("100"), /needs a unit: 100ms, 100s or 100m/);
});

test("each field says what is wrong with it", () => {
  assert.deepEqual(problemsOf(DEFAULT_QUERY), {});
  const problems = problemsOf({ ...DEFAULT_QUERY, tags: "x", minDuration: "5", maxDuration: "1s" });
  assert.deepEqual(Object.keys(problems), ["tags", "minDuration"]);
  const crossed = problemsOf({ ...DEFAULT_QUERY, minDuration: "2s", maxDuration: "1s" });
  assert.match(crossed.maxDuration ?? "", /below the shortest \(2s\)/);
});

test("the request has what the form says", () => {
  const query = { ...DEFAULT_QUERY, service: "a", operation: " GET ", tags: "k=1 k=2 __proto__=x", minDuration: "1 ms" };
  const params = apiParams({ ...query, lookback: "1h" }, 7_200_000_000);
  assert.deepEqual([...params], [
    ["start", "3600000000"],
    ["limit", "20"],
    ["service", "a"],
    ["operation", "GET"],
    ["tags", '{"k":"1"}'],
    ["tags", '{"k":"2"}'],
    ["tags", '{"__proto__":"x"}'],
    ["minDuration", "1ms"],
  ]);
  assert.equal(apiParams(DEFAULT_QUERY, 0).has("service"), false);
});

test("a link to a value finds that value", () => {
  const href = searchHref({ service: "s", tags: [{ key: "k", value: 'a "b"' }] });
  const query = readSearch(href.split("?")[1] ?? "");
  assert.equal(query.service, "s");
  assert.equal(query.tags, String.raw`k="a \"b\""`);
});
