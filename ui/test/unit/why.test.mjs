import assert from "node:assert/strict";
import { test } from "node:test";

import { criticalPath } from "../../trace/critical-path.js";
import { mainRoot } from "../../trace/tree.js";
import { failureText, firstFailure, slowestPart } from "../../trace/why.js";
import { span, treeOf } from "./spans.mjs";

/** @param {import("../../trace/decode.js").Span[]} spans */
function slowest(...spans) {
  const tree = treeOf(spans);
  const found = slowestPart(tree, criticalPath(mainRoot(tree)));
  return found && [found.node.key, found.count, found.time, found.whole];
}

/** @param {import("../../trace/decode.js").Span[]} spans */
function failed(...spans) {
  const found = firstFailure(treeOf(spans).nodes);
  return found && [found.node.key, found.others];
}

test("the time went into what was waited for itself, and not into what waited", () => {
  assert.deepEqual(slowest(span("a", null, 0, 100), span("b", "a", 10, 80), span("c", "b", 20, 5)), ["b", 1, 75, 100]);
});

test("spans alike one after another are told as one, by the longest", () => {
  const queries = [0, 1, 2, 3].map((i) => span(`q${i}`, "a", 20 * i, i === 2 ? 20 : 15, { name: "SELECT" }));
  assert.deepEqual(slowest(span("a", null, 0, 100), ...queries), ["q2", 4, 65, 100]);
});

test("where nothing took much of it, and of a span alone, nothing is said", () => {
  const parts = [0, 1, 2, 3].map((i) => span(`p${i}`, "a", 25 * i, 25));
  assert.equal(slowest(span("a", null, 0, 100), ...parts), null);
  assert.equal(slowest(span("a", null, 0, 100)), null);
  assert.equal(slowest(), null);
});

test("it failed first where no span below failed, and that ended first", () => {
  const error = /** @type {const} */ ({ status: "error" });
  const passedOn = [span("a", null, 0, 100, error), span("b", "a", 10, 80, error)];
  assert.deepEqual(failed(...passedOn, span("c", "b", 20, 60, error), span("d", "b", 15, 5)), ["c", 0]);
  assert.deepEqual(failed(...passedOn, span("c", "b", 20, 60, error), span("d", "a", 15, 5, error)), ["d", 1]);
  assert.equal(failed(span("a", null, 0, 100)), null);
});

test("a failure says what its span says, or its exception, or its HTTP status", () => {
  const text = (/** @type {string} */ key, /** @type {string} */ value) => ({ key, value: /** @type {const} */ ({ type: "string", value }) });
  const exception = { time: 0, name: "exception", attributes: [text("exception.type", "IOError"), text("exception.message", "disk full")], attributesDropped: 0 };
  const status = { key: "http.response.status_code", value: /** @type {const} */ ({ type: "int", value: "502" }) };
  const of = (/** @type {Partial<import("../../trace/decode.js").Span>} */ more) => failureText(span("a", null, 0, 1, more));
  assert.equal(of({ statusMessage: "declined", events: [exception] }), "declined");
  assert.equal(of({ events: [exception], attributes: [status] }), "disk full");
  assert.equal(of({ attributes: [status] }), "HTTP 502");
  assert.equal(of({ attributes: [text("error.type", "timeout")] }), "timeout");
  assert.equal(of({}), "");
});
