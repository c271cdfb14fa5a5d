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
    name: "GET /bands/{id}",
    attributes: 'http.route=/ a="b c"',
    kind: "server",
    status: "error",
    minDuration: "1.5ms",
    maxDuration: "2s",
    lookback: "7d",
    limit: "100",
    order: "slowest",
  };
  const href = writeSearch(query);
  assert.match(href, /^\/search\?/);
  assert.deepEqual(readSearch(href.split("?")[1] ?? ""), query);
  assert.equal(writeSearch(DEFAULT_QUERY), "/");
  assert.deepEqual(readSearch(""), DEFAULT_QUERY);
});

test("what an address cannot mean becomes the default", () => {
  const query = readSearch("lookback=1000y&limit=-3&order=__proto__&kind=x&status=__proto__&unknown=1");
  assert.deepEqual(query, DEFAULT_QUERY);
  assert.equal(readSearch("limit=1001").limit, "50");
});

test("bookmarks with Jaeger's names mean what they meant", () => {
  const cases = /** @type {[string, Partial<import("../../lib/search-query.js").SearchQuery>][]} */ ([
    ["operation=GET&limit=100", { name: "GET", limit: "100" }],
    ["sort=longest", { order: "slowest" }],
    ["sort=errors", {}],
    ["tags=error%3Dtrue+a%3D%22b+c%22+span.kind%3Dclient", { status: "error", kind: "client", attributes: 'a="b c"' }],
    ["tags=error%3Dtimeout", { attributes: "error=timeout" }],
    ["tags=broken", { attributes: "broken" }],
  ]);
  for (const [search, expected] of cases) {
    assert.deepEqual(readSearch(search), { ...DEFAULT_QUERY, ...expected }, search);
  }
});

test("durations are read as the API reads them", () => {
  const cases = /** @type {[string, number | null][]} */ ([
    ["", null],
    ["1.5ms", 1_500_000],
    ["2s", 2_000_000_000],
    ["1m30s", 90_000_000_000],
    ["1 h", 3_600_000_000_000],
    ["10µs", 10_000],
    ["10us", 10_000],
    ["500ns", 500],
  ]);
  for (const [text, expected] of cases) assert.equal(parseDuration(text), expected, text);
  for (const text of ["100", "fast", "-1s", "1.s", "1d", "s"]) {
    assert.throws(() => parseDuration(text), DurationError, text);
  }
  assert.throws(() => parseDuration("100"), /needs a unit: 100ms, 100s or 100m/);
});

test("each field says what is wrong with it", () => {
  assert.deepEqual(problemsOf(DEFAULT_QUERY), {});
  const problems = problemsOf({ ...DEFAULT_QUERY, attributes: "x", minDuration: "5", maxDuration: "1s" });
  assert.deepEqual(Object.keys(problems), ["attributes", "minDuration"]);
  const crossed = problemsOf({ ...DEFAULT_QUERY, minDuration: "2s", maxDuration: "1s" });
  assert.match(crossed.maxDuration ?? "", /below the shortest \(2s\)/);
});

test("the request has what the form says", () => {
  const query = {
    ...DEFAULT_QUERY,
    service: "a",
    name: " GET ",
    status: "error",
    attributes: "k=1 k=2=3 __proto__=x",
    minDuration: "1 ms",
    lookback: "1h",
  };
  assert.deepEqual([...apiParams(query, 7_200_000_000_007n, "1f-2a")], [
    ["start", "3600000000007"],
    ["order", "newest"],
    ["limit", "50"],
    ["service", "a"],
    ["name", "GET"],
    ["status", "error"],
    ["attribute", "k=1"],
    ["attribute", "k=2=3"],
    ["attribute", "__proto__=x"],
    ["minDuration", "1ms"],
    ["after", "1f-2a"],
  ]);
  assert.equal(apiParams(DEFAULT_QUERY, 0n).has("service"), false);
  assert.equal(apiParams(DEFAULT_QUERY, 5n).get("start"), "0", "by a clock that is far off");
});

test("a link to a value finds that value", () => {
  const href = searchHref({ service: "s", attributes: [{ key: "k", value: 'a "b"' }] });
  const query = readSearch(href.split("?")[1] ?? "");
  assert.equal(query.service, "s");
  assert.equal(query.attributes, String.raw`k="a \"b\""`);
});
