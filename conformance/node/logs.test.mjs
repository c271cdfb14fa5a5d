// Compares the log records that Clew keeps with those that OpenTelemetry's JavaScript SDK has emitted,
// once for each of its exporters.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { DiagLogLevel, context, diag } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { OTLPLogExporter as GrpcExporter } from "@opentelemetry/exporter-logs-otlp-grpc";
import { OTLPLogExporter as JsonExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as ProtobufExporter } from "@opentelemetry/exporter-logs-otlp-proto";

import { startBackend } from "../../ui/test/browser/support/backend.mjs";
import { emitAll } from "./emitted.mjs";

/** More than is emitted, so that one page has all. */
const PAGE_RECORDS = 1_000;

/** What Clew leaves out of an answer where there is nothing to say. */
const LEFT_OUT = { severityText: "", droppedAttributesCount: 0, eventName: "", traceId: null, spanId: null };

/** What the SDK says when it drops an attribute, as it is told to once. */
const DROPPED = "Dropping extra attributes.";

/** @type {string[]} */
let complaints = [];

before(() => {
  // Nothing but a test says how the SDK is set up, and a machine's proxy is for the packages.
  for (const name of Object.keys(process.env)) {
    if (name.startsWith("OTEL_")) delete process.env[name];
  }
  process.env.NO_PROXY = process.env.no_proxy = "localhost,127.0.0.1";
  const complain = (/** @type {unknown[]} */ ...words) => void complaints.push(words.join(" "));
  const ignore = () => {};
  const logger = { error: complain, warn: complain, info: ignore, debug: ignore, verbose: ignore };
  diag.setLogger(logger, DiagLogLevel.WARN);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});

after(() => context.disable());

test("over gRPC", () =>
  check((backend) => new GrpcExporter({ url: backend.otlpGrpc }), { isJson: false }));

test("over HTTP, in protobuf", () =>
  check((backend) => new ProtobufExporter({ url: `${backend.otlp}/v1/logs` }), { isJson: false }));

test("over HTTP, in JSON", () =>
  check((backend) => new JsonExporter({ url: `${backend.otlp}/v1/logs` }), { isJson: true }));

/**
 * Each one that was emitted is there, as often as it was, and no other; and the SDK is content.
 *
 * @param {(backend: import("../../ui/test/browser/support/backend.mjs").Backend) => any} exporter
 * @param {{isJson: boolean}} options
 */
async function check(exporter, options) {
  complaints = [];
  const backend = await startBackend();
  try {
    const emitted = (await emitAll(() => exporter(backend), options)).map(asText);
    const found = (await kept(backend.url)).map(asText);
    assert.deepEqual(complaints, [DROPPED]);
    const [lost, foreign] = [without(emitted, found), without(found, emitted)];
    assert.deepEqual({ lost, foreign }, { lost: [], foreign: [] });
  } finally {
    await backend.stop();
  }
}

/**
 * All that Clew has, each log record with its resource and its scope.
 *
 * @param {string} url
 * @returns {Promise<object[]>}
 */
async function kept(url) {
  const answer = await fetch(`${url}/api/clew/v1/logs?limit=${PAGE_RECORDS}`);
  assert.equal(answer.status, 200);
  const { records, resources, scopes, next, partial } = await answer.json();
  assert.deepEqual({ next, partial }, { next: null, partial: null });
  return records.map((/** @type {any} */ record) => ({
    ...LEFT_OUT,
    ...record,
    resource: resources[record.resource],
    scope: scopes[record.scope],
  }));
}

/**
 * What is left of the texts when each of the others has taken one that is equal.
 *
 * @param {string[]} texts @param {string[]} others
 */
function without(texts, others) {
  const left = [...texts];
  for (const other of others) {
    const index = left.indexOf(other);
    if (index >= 0) left.splice(index, 1);
  }
  return left;
}

/**
 * As JSON, with the fields of objects in one order.
 *
 * @param {unknown} record
 */
function asText(record) {
  const inOrder = (/** @type {string} */ _, /** @type {any} */ value) =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value;
  return JSON.stringify(record, inOrder);
}
