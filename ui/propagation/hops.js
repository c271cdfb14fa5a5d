// How a trace got from process to process, as the API has it.

import { list, text } from "../lib/json.js";
import { serviceName } from "../lib/text.js";

/**
 * @typedef {object} HopSpan one end of a call
 * @property {string} id
 * @property {string} service
 * @property {string} name
 *
 * @typedef {object} Header
 * @property {string} value
 * @property {boolean} isRecorded whether a span has it as an attribute; else it was put together from ids
 *
 * @typedef {object} Problem
 * @property {string} kind
 * @property {string} what
 * @property {string} likelyCause
 * @property {string} otherTraceId empty unless it leads to another trace
 *
 * @typedef {object} Hop a call from one process to another
 * @property {HopSpan | null} caller
 * @property {string} callerId what the callee says who its caller is; empty if it says nothing
 * @property {HopSpan | null} callee
 * @property {Header | null} traceparent
 * @property {Header | null} tracestate
 * @property {Problem[]} problems
 *
 * @typedef {object} TraceHops
 * @property {"none" | "loading" | "here" | "failed"} state
 * @property {Hop[]} hops by when they began
 * @property {Problem[]} findings what is not as it should be with the trace, and with no hop of it
 * @property {string} failure why they are not here
 */

/** @type {TraceHops} */
export const NO_HOPS = { state: "none", hops: [], findings: [], failure: "" };

/** What is said of a trace alone; the other findings are told where they are, at a hop. */
const OF_TRACE = ["missingParent", "severalRoots", "sharedSpanId"];

/**
 * @param {any} json
 * @returns {TraceHops}
 */
export function decodeHops(json) {
  const findings = list(json?.findings).map(decodeProblem);
  return {
    state: "here",
    hops: list(json?.hops).map(decodeHop),
    findings: findings.filter(({ kind }) => OF_TRACE.includes(kind)),
    failure: "",
  };
}

/**
 * @param {Hop[]} hops
 * @param {Problem[]} findings
 * @returns {number} at how many places propagation broke
 */
export function troubleCount(hops, findings) {
  return hops.filter(({ problems }) => problems.length > 0).length + findings.length;
}

/** @param {any} json @returns {Hop} */
function decodeHop(json) {
  return {
    caller: decodeSpan(json?.caller),
    callerId: text(json?.callerSpanId),
    callee: decodeSpan(json?.callee),
    traceparent: decodeHeader(json?.traceparent),
    tracestate: decodeHeader(json?.tracestate),
    problems: list(json?.problems).map(decodeProblem),
  };
}

/** @param {any} json @returns {HopSpan | null} */
function decodeSpan(json) {
  if (!json) return null;
  return { id: text(json.spanId), service: serviceName(json.service), name: text(json.name) };
}

/** @param {any} json @returns {Header | null} */
function decodeHeader(json) {
  return json ? { value: text(json.value), isRecorded: json.source === "recorded" } : null;
}

/** @param {any} json @returns {Problem} */
function decodeProblem(json) {
  return {
    kind: text(json?.kind),
    what: text(json?.what),
    likelyCause: text(json?.likelyCause),
    otherTraceId: text(json?.otherTraceId),
  };
}
