import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeTrace } from "../../trace/decode.js";

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";

/** @param {string} key @param {unknown} value @param {string} [type] */
const tag = (key, value, type = "string") => ({ key, type, value });

test("Jaeger's tags become the fields of OpenTelemetry again", () => {
  const [span] = decodeTrace({
    traceID: TRACE_ID,
    processes: { p1: { serviceName: "bands-api", tags: [tag("host.name", "h")] } },
    spans: [
      {
        traceID: TRACE_ID,
        spanID: "b7ad6b7169203331",
        operationName: "GET /bands/{id}",
        references: [{ refType: "CHILD_OF", traceID: TRACE_ID, spanID: "00f067aa0ba902b7" }],
        startTime: 1_764_000_000_000_001,
        duration: 42,
        tags: [
          tag("otel.scope.name", "telemetry"),
          tag("otel.scope.version", "0.1.0"),
          tag("http.response.status_code", 502, "int64"),
          tag("error", "timeout"),
          tag("span.kind", "server"),
          tag("otel.status_code", "ERROR"),
          tag("error", true, "bool"),
          tag("otel.status_description", "no answer"),
          tag("w3c.tracestate", "foo=bar"),
        ],
        logs: [{ timestamp: 1_764_000_000_000_005, fields: [tag("event", "exception"), tag("a", "b")] }],
        processID: "p1",
        warnings: null,
      },
    ],
  });
  assert.ok(span);
  const { process, ...rest } = span;
  assert.equal(process.service, "bands-api");
  assert.deepEqual(process.resource, [tag("host.name", "h")]);
  assert.deepEqual(rest, {
    traceId: TRACE_ID,
    spanId: "b7ad6b7169203331",
    parentId: "00f067aa0ba902b7",
    links: [],
    name: "GET /bands/{id}",
    kind: "server",
    start: 1_764_000_000_000_001,
    duration: 42,
    status: "error",
    statusMessage: "no answer",
    scopeName: "telemetry",
    scopeVersion: "0.1.0",
    traceState: "foo=bar",
    // An attribute `error` of the service's own is text, Jaeger's mark is a bool.
    attributes: [tag("http.response.status_code", 502, "int64"), tag("error", "timeout")],
    events: [{ time: 1_764_000_000_000_005, name: "exception", attributes: [tag("a", "b")] }],
    warnings: [],
  });
});

test("references beyond the parent are links", () => {
  const other = "0af7651916cd43dd8448eb211c80319c";
  const [span] = decodeTrace({
    spans: [
      {
        traceID: TRACE_ID,
        references: [
          { refType: "FOLLOWS_FROM", traceID: TRACE_ID, spanID: "1111111111111111" },
          { refType: "CHILD_OF", traceID: other, spanID: "2222222222222222" },
          { refType: "CHILD_OF", traceID: TRACE_ID, spanID: "3333333333333333" },
        ],
      },
    ],
  });
  assert.equal(span?.parentId, "3333333333333333");
  assert.deepEqual(span?.links, [
    { traceId: TRACE_ID, spanId: "1111111111111111" },
    { traceId: other, spanId: "2222222222222222" },
  ]);
});

test("short trace ids are the same as long ones", () => {
  const [span] = decodeTrace({
    spans: [
      {
        traceID: "a3ce929d0e0e4736",
        references: [{ refType: "CHILD_OF", traceID: "0000000000000000a3ce929d0e0e4736", spanID: "1" }],
      },
    ],
  });
  assert.equal(span?.traceId, "0000000000000000a3ce929d0e0e4736");
  assert.equal(span?.parentId, "1");
});

test("whatever comes is decoded without an exception", () => {
  for (const json of [null, 1, "x", [], {}, { spans: {} }, { spans: [], processes: null }]) {
    assert.deepEqual(decodeTrace(json), []);
  }
  const odd = { spans: [null, { tags: [null, { key: 1, value: {} }], startTime: "now", logs: [null] }] };
  const spans = decodeTrace({ ...odd, processes: { ["__proto__"]: { serviceName: "x" } } });
  assert.equal(spans.length, 2);
  assert.equal(spans[1]?.start, 0);
  assert.equal(spans[1]?.process.service, "unknown_service");
  assert.equal(/** @type {any} */ ({}).serviceName, undefined);
});
