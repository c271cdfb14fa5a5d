import assert from "node:assert/strict";
import { test } from "node:test";

import { describeFlags, findTraceId, flagsHex, parseTraceParent, parseTraceState } from "../../lib/trace-context.js";

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT_ID = "00f067aa0ba902b7";

test("a traceparent is taken apart", () => {
  assert.deepEqual(parseTraceParent(`00-${TRACE_ID}-${PARENT_ID}-03`), {
    version: "00",
    traceId: TRACE_ID,
    parentId: PARENT_ID,
    flags: "03",
    sampled: true,
    random: true,
  });
  assert.equal(parseTraceParent(`00-${TRACE_ID}-${PARENT_ID}-02`)?.sampled, false);
  assert.equal(parseTraceParent(`cc-${TRACE_ID}-${PARENT_ID}-01-more`)?.version, "cc");
});

test("what is no traceparent is refused", () => {
  const zeros = "0".repeat(32);
  const refused = [
    "",
    `ff-${TRACE_ID}-${PARENT_ID}-01`,
    `00-${zeros}-${PARENT_ID}-01`,
    `00-${TRACE_ID}-${zeros.slice(16)}-01`,
    `00-${TRACE_ID.toUpperCase()}-${PARENT_ID}-01`,
    `00-${TRACE_ID}-${PARENT_ID}-01-`,
    `00-${TRACE_ID}-${PARENT_ID}-1`,
    `0-${TRACE_ID}-${PARENT_ID}-01`,
  ];
  for (const header of refused) assert.equal(parseTraceParent(header), null, header);
});

test("a tracestate is a list of members", () => {
  assert.deepEqual(parseTraceState("foo=bar, a@b=c=d ,,odd"), [
    { key: "foo", value: "bar" },
    { key: "a@b", value: "c=d" },
    { key: "odd", value: null },
  ]);
  assert.deepEqual(parseTraceState(""), []);
});

test("a trace id is found in what a reader pastes", () => {
  assert.equal(findTraceId(` ${TRACE_ID.toUpperCase()}\n`), TRACE_ID);
  assert.equal(findTraceId(PARENT_ID), PARENT_ID.padStart(32, "0"));
  assert.equal(findTraceId(`traceparent: 00-${TRACE_ID}-${PARENT_ID}-01`), TRACE_ID);
  assert.equal(findTraceId("0".repeat(32)), null);
  assert.equal(findTraceId("4bf92f"), null);
  assert.equal(findTraceId("javascript:alert(1)"), null);
});

test("the flags of a span are told in words", () => {
  const cases = /** @type {[number, string, string][]} */ ([
    [0, "00", "the sender did not say"],
    [0x100, "00", "sampled flag not set, as some SDKs leave it"],
    [0x101, "01", "sampled"],
    [0x303, "03", "sampled, random id, remote parent"],
    [0x80000001, "01", "sampled"],
  ]);
  for (const [flags, hex, words] of cases) {
    assert.equal(flagsHex(flags), hex);
    assert.equal(describeFlags(flags), words);
  }
});
