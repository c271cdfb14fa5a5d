import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeTrace } from "../../trace/decode.js";

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";

/** @param {string} key @param {string} value */
const sent = (key, value) => ({ key, value: { stringValue: value } });
/** @param {string} key @param {string} value */
const read = (key, value) => ({ key, value: { type: "string", value } });

test("a span is decoded with all that it has", () => {
  const trace = decodeTrace({
    traceId: TRACE_ID,
    spans: [
      {
        spanId: "b7ad6b7169203331",
        parentSpanId: "00f067aa0ba902b7",
        traceState: "foo=bar",
        flags: 0x301,
        name: "GET /bands/{id}",
        kind: 2,
        startTimeUnixNano: "1764000000000000003",
        endTimeUnixNano: "1764000000000000045",
        status: { code: 2, message: "no answer" },
        attributes: [sent("a", "b")],
        droppedAttributesCount: 3,
        events: [{ timeUnixNano: "1764000000000000005", name: "exception", attributes: [sent("c", "d")] }],
        droppedEventsCount: 1,
        links: [{ traceId: "5".repeat(32), spanId: "6".repeat(16), attributes: [sent("e", "f")], flags: 1 }],
        droppedLinksCount: 2,
        resource: 1,
        scope: 0,
      },
      { spanId: "00f067aa0ba902b7", kind: 0, startTimeUnixNano: "1764000000000000001", resource: 0, scope: 0 },
    ],
    resources: [{ attributes: [] }, { attributes: [sent("service.name", "bands-api")], schemaUrl: "https://x/1" }],
    scopes: [{ name: "telemetry", version: "0.1.0", attributes: [], droppedAttributesCount: 4 }],
    findings: [{ kind: "clockSkew", what: "w", likelyCause: "c", spans: 9, examples: ["b7ad6b7169203331"] }],
  });
  assert.equal(trace.start, 1_764_000_000_000_000_001n);
  assert.deepEqual(trace.findings, [
    { kind: "clockSkew", what: "w", likelyCause: "c", spans: 9, examples: ["b7ad6b7169203331"] },
  ]);
  assert.equal(trace.partial, null);
  assert.deepEqual(trace.spans[0], {
    traceId: TRACE_ID,
    spanId: "b7ad6b7169203331",
    parentId: "00f067aa0ba902b7",
    name: "GET /bands/{id}",
    kind: "server",
    service: "bands-api",
    resource: { attributes: [read("service.name", "bands-api")], attributesDropped: 0, schemaUrl: "https://x/1" },
    scope: { name: "telemetry", version: "0.1.0", attributes: [], attributesDropped: 4, schemaUrl: "" },
    start: 2,
    duration: 42,
    status: "error",
    statusMessage: "no answer",
    traceState: "foo=bar",
    flags: 0x301,
    attributes: [read("a", "b")],
    attributesDropped: 3,
    events: [{ time: 4, name: "exception", attributes: [read("c", "d")], attributesDropped: 0 }],
    eventsDropped: 1,
    links: [
      {
        traceId: "5".repeat(32),
        spanId: "6".repeat(16),
        traceState: "",
        attributes: [read("e", "f")],
        attributesDropped: 0,
        flags: 1,
      },
    ],
    linksDropped: 2,
  });
  const [, root] = trace.spans;
  assert.deepEqual([root?.kind, root?.parentId, root?.service], ["unspecified", null, "unknown_service"]);
});

test("spans of one sender share its resource", () => {
  const { spans } = decodeTrace({ spans: [{ resource: 0 }, { resource: 0 }], resources: [{}] });
  assert.equal(spans[0]?.resource, spans[1]?.resource);
});

test("kinds and statuses of a later version are no reason to fail", () => {
  const [span] = decodeTrace({ spans: [{ kind: 9, status: { code: 7 } }] }).spans;
  assert.deepEqual([span?.kind, span?.status], ["kind 9", "unset"]);
});

test("a trace of which something cannot be read says why", () => {
  const spans = [{ spanId: "00f067aa0ba902b7" }];
  assert.equal(decodeTrace({ spans, partial: "a file is damaged" }).partial, "a file is damaged");
});

test("whatever comes is decoded without an exception", () => {
  for (const json of [null, 1, "x", [], {}, { spans: {} }, { spans: [], resources: null }]) {
    assert.deepEqual(decodeTrace(json).spans, []);
  }
  const odd = { attributes: [null], startTimeUnixNano: "now", events: [null], links: [null], resource: "length" };
  const { spans, findings } = decodeTrace({ spans: [null, odd], resources: {}, findings: [null] });
  assert.equal(spans.length, 2);
  assert.equal(spans[1]?.start, 0);
  assert.equal(spans[1]?.service, "unknown_service");
  assert.deepEqual(findings, [{ kind: "", what: "", likelyCause: "", spans: 0, examples: [] }]);
});
