// What the result list needs to know of a trace.

import { decodeTrace } from "../trace/decode.js";

/**
 * @typedef {import("../trace/decode.js").Span} Span
 * @typedef {{service: string, spans: number, errors: number}} ServiceCount
 *
 * @typedef {object} Summary
 * @property {string} traceId
 * @property {string} rootService
 * @property {string} rootName
 * @property {boolean} rootMissing whether the earliest span names a parent that is not there
 * @property {number} start epoch µs
 * @property {number} duration µs, from the first start to the last end
 * @property {number} spans
 * @property {number} errors how many of them failed
 * @property {ServiceCount[]} services in the order of their first span
 */

/**
 * @param {unknown} json one trace
 * @returns {Summary | null} `null` if it has no spans
 */
export function summarize(json) {
  const spans = decodeTrace(json).sort((a, b) => a.start - b.start);
  const [first] = spans;
  if (!first) return null;
  const root = spans.find((span) => span.parentId === null) ?? first;
  return {
    traceId: first.traceId,
    rootService: root.process.service,
    rootName: root.name,
    rootMissing: root.parentId !== null,
    start: first.start,
    duration: spans.reduce((end, span) => Math.max(end, span.start + span.duration), first.start) - first.start,
    spans: spans.length,
    errors: spans.filter((span) => span.status === "error").length,
    services: countServices(spans),
  };
}

/** @param {Span[]} spans @returns {ServiceCount[]} */
function countServices(spans) {
  /** @type {Map<string, ServiceCount>} */
  const counts = new Map();
  for (const { process, status } of spans) {
    const count = counts.get(process.service) ?? { service: process.service, spans: 0, errors: 0 };
    count.spans += 1;
    if (status === "error") count.errors += 1;
    counts.set(process.service, count);
  }
  return [...counts.values()];
}

/** @type {Record<import("../lib/search-query.js").Order, (a: Summary, b: Summary) => number>} */
const ORDERS = {
  newest: (a, b) => b.start - a.start,
  longest: (a, b) => b.duration - a.duration,
  spans: (a, b) => b.spans - a.spans,
  errors: (a, b) => b.errors - a.errors || b.start - a.start,
};

/**
 * @param {Summary[]} summaries
 * @param {import("../lib/search-query.js").Order} order
 * @returns {Summary[]}
 */
export function sorted(summaries, order) {
  return [...summaries].sort(ORDERS[order]);
}
