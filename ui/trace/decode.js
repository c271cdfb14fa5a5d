// A trace as the API has it, in the terms of the page. Times become numbers of nanoseconds after
// the start of the trace: exact, where those since 1970 have no room in a number.

import { bigint, list, number, text } from "../lib/json.js";
import { serviceName } from "../lib/text.js";
import { decodeAttributes } from "./value.js";

/**
 * @typedef {import("./value.js").Attribute} Attribute
 *
 * @typedef {object} Attributed what has attributes
 * @property {Attribute[]} attributes
 * @property {number} attributesDropped how many more the sender had
 *
 * @typedef {Attributed & {time: number, name: string}} SpanEvent time in ns after the start of the trace
 * @typedef {Attributed & {traceId: string, spanId: string, traceState: string, flags: number}} SpanLink
 * @typedef {Attributed & {schemaUrl: string}} Resource who sent spans
 * @typedef {Attributed & {name: string, version: string, schemaUrl: string}} Scope the library that made spans
 *
 * @typedef {object} SpanParts
 * @property {string} traceId
 * @property {string} spanId
 * @property {string | null} parentId
 * @property {string} name
 * @property {string} kind
 * @property {string} service
 * @property {Resource} resource one object for all spans of a sender
 * @property {Scope} scope
 * @property {number} start ns after the start of the trace
 * @property {number} duration ns
 * @property {"unset" | "ok" | "error"} status
 * @property {string} statusMessage
 * @property {string} traceState
 * @property {number} flags
 * @property {SpanEvent[]} events
 * @property {number} eventsDropped
 * @property {SpanLink[]} links
 * @property {number} linksDropped
 * @typedef {Attributed & SpanParts} Span
 *
 * @typedef {object} Finding what a trace lacks, or shows that cannot be
 * @property {string} kind
 * @property {string} what
 * @property {string} likelyCause
 * @property {number} spans how many it is about
 * @property {string[]} examples the ids of some of them
 *
 * @typedef {object} Trace
 * @property {bigint} start ns since 1970, of the earliest span
 * @property {Span[]} spans in the order sent
 * @property {Finding[]} findings
 * @property {string | null} partial why spans of it may be missing here that are stored
 */

/** @type {Trace} */
export const NO_TRACE = { start: 0n, spans: [], findings: [], partial: null };

/** OTLP's numbers of kinds and statuses. */
const KINDS = ["unspecified", "internal", "server", "client", "producer", "consumer"];
const STATUSES = /** @type {const} */ (["unset", "ok", "error"]);

/**
 * @typedef {object} Shared what spans name by number, and what their times count from
 * @property {string} traceId
 * @property {bigint} start
 * @property {Resource[]} resources
 * @property {Scope[]} scopes
 */

/**
 * @param {any} json
 * @returns {Trace} without spans if there are none
 */
export function decodeTrace(json) {
  const spans = list(json?.spans);
  if (spans.length === 0) return NO_TRACE;
  const starts = spans.map((span) => bigint(span?.startTimeUnixNano));
  const start = starts.reduce((first, each) => (each < first ? each : first));
  const shared = {
    traceId: text(json?.traceId),
    start,
    resources: list(json?.resources).map(decodeResource),
    scopes: list(json?.scopes).map(decodeScope),
  };
  return {
    start,
    spans: spans.map((span) => decodeSpan(span, shared)),
    findings: list(json?.findings).map(decodeFinding),
    partial: text(json?.partial) || null,
  };
}

/**
 * @param {any} json
 * @param {Shared} shared
 * @returns {Span}
 */
function decodeSpan(json, shared) {
  const started = bigint(json?.startTimeUnixNano);
  const resource = shared.resources[number(json?.resource)] ?? decodeResource(null);
  return {
    traceId: shared.traceId,
    spanId: text(json?.spanId),
    parentId: text(json?.parentSpanId) || null,
    name: text(json?.name),
    kind: KINDS[number(json?.kind)] ?? `kind ${number(json?.kind)}`,
    service: serviceOf(resource),
    resource,
    scope: shared.scopes[number(json?.scope)] ?? decodeScope(null),
    start: Number(started - shared.start),
    duration: Number(bigint(json?.endTimeUnixNano) - started),
    status: STATUSES[number(json?.status?.code)] ?? "unset",
    statusMessage: text(json?.status?.message),
    traceState: text(json?.traceState),
    flags: number(json?.flags),
    ...decodeAttributed(json),
    events: list(json?.events).map((event) => decodeEvent(event, shared.start)),
    eventsDropped: number(json?.droppedEventsCount),
    links: list(json?.links).map(decodeLink),
    linksDropped: number(json?.droppedLinksCount),
  };
}

/** @param {any} json @returns {Attributed} */
export function decodeAttributed(json) {
  return {
    attributes: decodeAttributes(json?.attributes),
    attributesDropped: number(json?.droppedAttributesCount),
  };
}

/** @param {any} json @returns {Resource} */
export function decodeResource(json) {
  return { ...decodeAttributed(json), schemaUrl: text(json?.schemaUrl) };
}

/** @param {Resource} resource */
export function serviceOf({ attributes }) {
  return serviceName(attributes.find(({ key }) => key === "service.name")?.value.value);
}

/** @param {any} json @returns {Scope} */
export function decodeScope(json) {
  return {
    name: text(json?.name),
    version: text(json?.version),
    ...decodeAttributed(json),
    schemaUrl: text(json?.schemaUrl),
  };
}

/** @param {any} json @param {bigint} start @returns {SpanEvent} */
function decodeEvent(json, start) {
  return {
    time: Number(bigint(json?.timeUnixNano) - start),
    name: text(json?.name),
    ...decodeAttributed(json),
  };
}

/** @param {any} json @returns {SpanLink} */
function decodeLink(json) {
  return {
    traceId: text(json?.traceId),
    spanId: text(json?.spanId),
    traceState: text(json?.traceState),
    ...decodeAttributed(json),
    flags: number(json?.flags),
  };
}

/** @param {any} json @returns {Finding} */
function decodeFinding(json) {
  return {
    kind: text(json?.kind),
    what: text(json?.what),
    likelyCause: text(json?.likelyCause),
    spans: number(json?.spans),
    examples: list(json?.examples).map(text),
  };
}
