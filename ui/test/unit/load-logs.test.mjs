import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { followLogs, loadLoneLogs } from "../../trace/load-logs.js";

const fetchReally = globalThis.fetch;
/** @type {any} */ (globalThis).document = { hidden: false };

afterEach(() => {
  globalThis.fetch = fetchReally;
});

/**
 * Answers in place of the server.
 *
 * @param {(path: string, query: URLSearchParams) => {status?: number, json: any}} answer
 * @returns {string[]} what was asked for
 */
function serve(answer) {
  /** @type {string[]} */
  const asked = [];
  globalThis.fetch = async (url) => {
    asked.push(String(url));
    const { pathname, searchParams } = new URL(String(url), "http://localhost");
    const { status = 200, json } = answer(pathname, searchParams);
    return new Response(JSON.stringify(json), { status });
  };
  return asked;
}

/** @param {number} from @param {number} count @param {string | null} next @param {any} [more] of each record */
function pageOf(from, count, next, more = {}) {
  const records = Array.from({ length: count }, (_, i) => ({ timeUnixNano: String(1 + from + i), resource: 0, scope: 0, ...more }));
  const resources = [{ attributes: [{ key: "service.name", value: { stringValue: "pay" } }] }, {}];
  return { records, resources, scopes: [{}], next, partial: null };
}

/** @param {AbortController} stop @returns {Promise<import("../../trace/load-logs.js").TraceLogs>} the first that is told */
function firstLogs(stop) {
  return new Promise((resolve) => {
    void followLogs("t", (logs) => {
      stop.abort();
      resolve(logs);
    }, stop.signal);
  });
}

test("the records of a trace come page by page, up to a bound, with how many there are", async () => {
  const asked = serve((path, query) => {
    if (path.endsWith("/counts")) return { json: { cells: [{ records: 7_000 }, { records: 5_345 }] } };
    const from = Number(query.get("after") ?? 0);
    return { json: pageOf(from, 1_000, String(from + 1_000)) };
  });
  const logs = await firstLogs(new AbortController());
  assert.deepEqual([logs.state, logs.records.length, logs.total], ["here", 5_000, 12_345]);
  assert.equal(asked[0], "/api/clew/v1/logs?trace=t&order=oldest&limit=1000");
  assert.equal(asked[1], "/api/clew/v1/logs?trace=t&order=oldest&limit=1000&after=1000");
  assert.equal(asked.length, 6);
});

test("a server that keeps no records is told from one that fails", async () => {
  serve(() => ({ status: 404, json: {} }));
  assert.equal((await firstLogs(new AbortController())).state, "none kept");
  serve(() => ({ status: 503, json: { error: { message: "too busy" } } }));
  const logs = await firstLogs(new AbortController());
  assert.deepEqual([logs.state, logs.problem], ["failed", "too busy"]);
});

test("records without a trace are those of the service and the time that name none", async () => {
  const asked = serve((_, query) => ({
    json: query.has("after") ? pageOf(3, 2, null) : pageOf(0, 3, "3", { traceId: "0af7651916cd43dd8448eb211c80319c" }),
  }));
  const found = await loadLoneLogs({ service: "pay", start: 5n, end: 9n }, new AbortController().signal);
  assert.deepEqual([found.records.length, found.isMore], [2, false]);
  assert.equal(asked[0], "/api/clew/v1/logs?service=pay&start=5&end=9&order=oldest&limit=1000");
});

test("records without a trace are listed and looked for within bounds", async () => {
  const signal = new AbortController().signal;
  const all = serve(() => ({ json: pageOf(0, 1_000, "more") }));
  const found = await loadLoneLogs({ service: "pay", start: 5n, end: 9n }, signal);
  assert.deepEqual([found.records.length, found.isMore, all.length], [200, true, 1]);
  const none = serve(() => ({ json: pageOf(0, 1_000, "more", { traceId: "a" }) }));
  const nothing = await loadLoneLogs({ service: "pay", start: 5n, end: 9n }, signal);
  assert.deepEqual([nothing.records.length, nothing.isMore, none.length], [0, true, 5]);
});

test("of a service without a name are those whose service has none", async () => {
  const asked = serve(() => ({
    json: { ...pageOf(0, 2, null), records: [{ timeUnixNano: "1", resource: 0 }, { timeUnixNano: "2", resource: 1 }] },
  }));
  const { records } = await loadLoneLogs({ service: "unknown_service", start: 5n, end: 9n }, new AbortController().signal);
  assert.deepEqual(records.map(({ json }) => json.timeUnixNano), ["2"]);
  assert.equal(asked[0], "/api/clew/v1/logs?start=5&end=9&order=oldest&limit=1000");
});
