// What the API has of traces, in the terms of the page. Times become numbers of nanoseconds after
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
 * @typedef {object} OutlineParts what comes first, of all spans
 * @property {string} traceId
 * @property {string} spanId
 * @property {string | null} parentId
 * @property {number | null} parent its parent's place among the spans; `null` without one, or if it is not here
 * @property {boolean} isRepeated whether an earlier span has its id
 * @property {string} name
 * @property {string} kind
 * @property {string} service
 * @property {Resource} resource one object for all spans of a sender
 * @property {Scope} scope
 * @property {number} start ns after the start of the trace
 * @property {number} duration ns
 * @property {"unset" | "ok" | "error"} status
 *
 * @typedef {object} RestParts what may come later
 * @property {string} statusMessage
 * @property {string} traceState
 * @property {number} flags
 * @property {SpanEvent[]} events
 * @property {number} eventsDropped
 * @property {SpanLink[]} links
 * @property {number} linksDropped
 * @typedef {Attributed & RestParts} SpanRest
 *
 * @typedef {OutlineParts & SpanRest & {isWhole: boolean}} Span isWhole: whether the rest of it is here
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
 * @property {Span[]} spans in the order of their start
 * @property {import("./rest.js").Rest} rest what is not in the outline
 * @property {string | null} partial why spans of it may be missing here that are stored
 */

/** @param {any} json a span @param {bigint} start of its trace @returns {SpanRest} */
export function decodeRest(json, start) {
  return {
    statusMessage: text(json?.status?.message),
    traceState: text(json?.traceState),
    flags: number(json?.flags),
    ...decodeAttributed(json),
    events: list(json?.events).map((event) => decodeEvent(event, start)),
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
export function decodeFinding(json) {
  return {
    kind: text(json?.kind),
    what: text(json?.what),
    likelyCause: text(json?.likelyCause),
    spans: number(json?.spans),
    examples: list(json?.examples).map(text),
  };
}
