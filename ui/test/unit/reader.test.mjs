import assert from "node:assert/strict";
import { test } from "node:test";

import { effect } from "@preact/signals-core";

import { TraceReader } from "../../trace/reader.js";

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";

/** @param {string} key @param {string} value */
const sent = (key, value) => ({ key, value: { stringValue: value } });
/** @param {string} key @param {string} value */
const decoded = (key, value) => ({ key, value: { type: "string", value } });

/** @param {unknown[]} lines */
const bytesOf = (lines) => new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));

/** @param {Uint8Array} bytes @param {number} length of the pieces in which they come */
async function* inPieces(bytes, length) {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

/** @param {unknown[]} lines @param {number} [length] */
async function read(lines, length = 1_000) {
  const reader = new TraceReader(inPieces(bytesOf(lines), length));
  const trace = await reader.outline();
  await reader.rest(trace);
  return trace;
}

const OUTLINE = {
  traceId: TRACE_ID,
  startTimeUnixNano: "1764000000000000001",
  columns: {
    spanIds: "00f067aa0ba902b7b7ad6b7169203331b7ad6b7169203331",
    parents: [null, 0, 3],
    names: [0, 1, 1],
    kinds: [0, 2, 9],
    startNanos: [0, 2, 3],
    durationNanos: [50, 42, -1],
    statuses: [0, 2, 7],
    resources: [0, 1, 1],
    scopes: [0, 0, 8],
  },
  missingParents: ["53ce929d0e0e4736"],
  repeatedIds: [2],
  names: ["fetch_band", "GET /bands/{id}"],
  resources: [{ attributes: [] }, { attributes: [sent("service.name", "bands-api")], schemaUrl: "https://x/1" }],
  scopes: [{ name: "telemetry", version: "0.1.0", attributes: [], droppedAttributesCount: 4 }],
  partial: null,
};

const FULL = {
  spanId: "b7ad6b7169203331",
  traceState: "foo=bar",
  flags: 0x301,
  status: { code: 2, message: "no answer é" },
  attributes: [sent("a", "b")],
  droppedAttributesCount: 3,
  events: [{ timeUnixNano: "1764000000000000005", name: "exception", attributes: [sent("c", "d")] }],
  droppedEventsCount: 1,
  links: [{ traceId: "5".repeat(32), spanId: "6".repeat(16), attributes: [sent("e", "f")], flags: 1 }],
  droppedLinksCount: 2,
};

const FINDINGS = [{ kind: "clockSkew", what: "w", likelyCause: "c", spans: 9, examples: ["b7ad6b7169203331"] }];

test("a span has what the outline says and what its line says, in whatever pieces they come", async () => {
  for (const length of [1, 7, 64, 100_000]) {
    const trace = await read([OUTLINE, null, FULL, { ...FULL, spanId: "of another" }, { findings: FINDINGS, partial: null }], length);
    assert.equal(trace.start, 1_764_000_000_000_000_001n);
    assert.deepEqual(trace.rest.findings, FINDINGS);
    assert.equal(trace.partial, null);
    const [root, span, third] = trace.spans;
    assert.deepEqual([root?.spanId, root?.name, root?.kind, root?.parentId, root?.parent], ["00f067aa0ba902b7", "fetch_band", "unspecified", null, null]);
    assert.deepEqual([root?.service, root?.start, root?.duration, root?.status], ["unknown_service", 0, 50, "unset"]);
    assert.deepEqual([span?.traceId, span?.spanId, span?.parentId, span?.parent], [TRACE_ID, "b7ad6b7169203331", "00f067aa0ba902b7", 0]);
    assert.deepEqual([span?.name, span?.kind, span?.service, span?.status, span?.isRepeated], ["GET /bands/{id}", "server", "bands-api", "error", false]);
    assert.deepEqual(span?.resource, { attributes: [decoded("service.name", "bands-api")], attributesDropped: 0, schemaUrl: "https://x/1" });
    assert.deepEqual(span?.scope, { name: "telemetry", version: "0.1.0", attributes: [], attributesDropped: 4, schemaUrl: "" });
    assert.deepEqual([span?.statusMessage, span?.traceState, span?.flags], ["no answer é", "foo=bar", 0x301]);
    assert.deepEqual([span?.attributes, span?.attributesDropped], [[decoded("a", "b")], 3]);
    assert.deepEqual([span?.events, span?.eventsDropped], [[{ time: 4, name: "exception", attributes: [decoded("c", "d")], attributesDropped: 0 }], 1]);
    assert.equal(span?.linksDropped, 2);
    assert.deepEqual(span?.links, [
      { traceId: "5".repeat(32), spanId: "6".repeat(16), traceState: "", attributes: [decoded("e", "f")], attributesDropped: 0, flags: 1 },
    ]);
    // One of a later version, whose parent is not here.
    assert.deepEqual([third?.parent, third?.parentId, third?.isRepeated], [null, "53ce929d0e0e4736", true]);
    // What is said of another span is not taken for it.
    assert.deepEqual([root?.traceState, third?.traceState, third?.attributes.length], ["", "", 0]);
    assert.deepEqual([third?.kind, third?.status, third?.duration, third?.scope.name], ["kind 9", "unset", -1, ""]);
    assert.equal(span?.resource, third?.resource);
  }
});

test("what is not here yet is empty, and whoever looked is told when it comes", async () => {
  const bytes = bytesOf([OUTLINE, null, FULL, { ...FULL, spanId: "of another" }, { findings: FINDINGS, partial: null }]);
  const reader = new TraceReader(inPieces(bytes, 100));
  const trace = await reader.outline();
  /** @type {unknown[]} */
  const seen = [];
  effect(() => {
    const [, span] = trace.spans;
    seen.push([span?.isWhole, span?.attributes.length, span?.traceState, trace.rest.findings.length]);
  });
  await reader.rest(trace);
  assert.deepEqual(seen, [[false, 0, "", 0], [true, 1, "foo=bar", 1]]);
});

test("a reader that stops ends the request", async () => {
  let isStopped = false;
  async function* pieces() {
    try {
      yield bytesOf([OUTLINE]);
      assert.fail("asked for more");
    } finally {
      isStopped = true;
    }
  }
  const reader = new TraceReader(pieces());
  assert.equal((await reader.outline()).spans.length, 3);
  await reader.stop();
  assert.ok(isStopped);
});

test("a trace of which something cannot be read says why", async () => {
  const { partial } = await read([{ ...OUTLINE, partial: "a file is damaged" }]);
  assert.equal(partial, "a file is damaged");
  const { rest } = await read([OUTLINE, null, null, null, { findings: [], partial: "another file is" }]);
  assert.equal(rest.partial, "another file is");
});

test("whatever comes is decoded without an exception", async () => {
  for (const json of [null, 1, "x", [], {}, { columns: null }, { columns: { spanIds: 7 } }, { repeatedIds: [9, "x"] }]) {
    assert.deepEqual((await read([json])).spans, []);
  }
  const { spans: none } = await read([]);
  assert.deepEqual(none, []);
  const page = new TextEncoder().encode("<!doctype html>\n<title>Log in</title>\n");
  await assert.rejects(new TraceReader(inPieces(page, 9)).outline(), /something that is not JSON/);
  const odd = { columns: { spanIds: "a".repeat(32), parents: ["0", 9], startNanos: ["now"], resources: ["length"] }, resources: {} };
  const strange = { spanId: "a".repeat(16), attributes: [null], events: [null], links: [null] };
  const { spans, rest } = await read([odd, null, strange, { findings: [null] }]);
  assert.deepEqual(spans.map(({ parent, parentId, start, service, name }) => [parent, parentId, start, service, name]), [
    [null, null, 0, "unknown_service", ""],
    [null, null, 0, "unknown_service", ""],
  ]);
  assert.deepEqual(spans.map(({ attributes, events }) => [attributes.length, events.length]), [[0, 0], [1, 1]]);
  assert.deepEqual(rest.findings, [{ kind: "", what: "", likelyCause: "", spans: 0, examples: [] }]);
});
