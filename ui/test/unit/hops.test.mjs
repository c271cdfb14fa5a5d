import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeHops, troubleCount } from "../../propagation/hops.js";

const PROBLEM = { kind: "calleeMissing", what: "Nobody.", likelyCause: "None." };

test("hops are decoded, whatever is missing", () => {
  const { state, hops } = decodeHops({
    hops: [
      {
        caller: { spanId: "01", service: "web", name: "GET" },
        callerSpanId: "01",
        callee: null,
        traceparent: { value: "00-…", source: "recorded" },
        tracestate: { value: "a=b", source: "reconstructed" },
        problems: [{ ...PROBLEM, otherTraceId: "07" }],
      },
      {},
      null,
    ],
  });
  assert.equal(state, "here");
  assert.deepEqual(hops[0], {
    caller: { id: "01", service: "web", name: "GET" },
    callerId: "01",
    callee: null,
    traceparent: { value: "00-…", isRecorded: true },
    tracestate: { value: "a=b", isRecorded: false },
    problems: [{ ...PROBLEM, otherTraceId: "07" }],
  });
  const nothing = { caller: null, callerId: "", callee: null, traceparent: null, tracestate: null, problems: [] };
  assert.deepEqual(hops.slice(1), [nothing, nothing]);
  assert.deepEqual(decodeHops(undefined).hops, []);
});

test("a trouble is a hop that is not well, or a finding that no hop tells", () => {
  const { hops, findings } = decodeHops({
    hops: [{ problems: [PROBLEM, PROBLEM] }, {}],
    findings: [{ kind: "severalRoots" }, { kind: "clockSkew" }, { kind: "missingCaller" }],
  });
  assert.deepEqual(findings.map(({ kind }) => kind), ["severalRoots"]);
  assert.equal(troubleCount(hops, findings), 2);
});
