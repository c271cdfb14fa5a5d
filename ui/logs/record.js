// Log records as the API has them, in the terms of the page. A hundred thousand may be loaded, so
// that each is read no further than it is looked at: its line when it is drawn, all when unfolded.

import { bigint, list, number, text } from "../lib/json.js";
import { LEVELS } from "../lib/log-query.js";
import { oneLine } from "../lib/text.js";
import { decodeAttributed, decodeResource, decodeScope, serviceOf } from "../trace/decode.js";
import { decodeValue, valueText } from "../trace/value.js";

/**
 * @typedef {import("../trace/decode.js").Resource} Resource
 * @typedef {import("../trace/decode.js").Scope} Scope
 * @typedef {(typeof LEVELS)[number] | "none"} Level
 *
 * @typedef {object} LogRecord
 * @property {any} json
 * @property {Resource} resource one object for all records of a sender
 * @property {Scope} scope
 * @property {string} service
 * @property {number} seq its place in the list: each record has one more than the one above it
 * @property {Line} [line] once it was drawn
 *
 * @typedef {object} Line
 * @property {bigint} time ns since 1970
 * @property {Level} level
 * @property {string} body on one line, safe to look at
 * @property {string} traceId empty if it is of no trace
 * @property {string} spanId
 *
 * @typedef {object} LogPage
 * @property {LogRecord[]} records in the order asked for
 * @property {string | null} next where the next page begins; `null` if this is the last one
 * @property {string | null} partial why not all that is stored was looked at, if it was not
 */

/** How much of a body a line has: none is so wide that more is seen. */
const LINE_MAX = 1_000;

/**
 * @param {any} json
 * @returns {LogPage}
 */
export function decodeLogPage(json) {
  const resources = list(json?.resources).map(decodeResource);
  const scopes = list(json?.scopes).map(decodeScope);
  const services = resources.map(serviceOf);
  return {
    records: list(json?.records).map((record) => {
      const of = number(record?.resource);
      const resource = resources[of] ?? decodeResource(null);
      const scope = scopes[number(record?.scope)] ?? decodeScope(null);
      return { json: record, resource, scope, service: services[of] ?? serviceOf(resource), seq: 0 };
    }),
    next: text(json?.next) || null,
    partial: text(json?.partial) || null,
  };
}

/**
 * A record that came by itself: with all that it shares with others.
 *
 * @param {any} json
 * @returns {LogRecord}
 */
export function decodeLiveRecord(json) {
  const resource = decodeResource(json?.resource);
  return { json, resource, scope: decodeScope(json?.scope), service: text(json?.service) || serviceOf(resource), seq: 0 };
}

/**
 * When a record is from; the sender may know only when it saw it.
 *
 * @param {LogRecord} record
 * @returns {bigint} ns since 1970
 */
export function timeOf({ json }) {
  return bigint(json?.timeUnixNano) || bigint(json?.observedTimeUnixNano);
}

/**
 * What stands of a record in the list.
 *
 * @param {LogRecord} record
 * @returns {Line}
 */
export function lineOf(record) {
  record.line ??= {
    time: timeOf(record),
    level: levelOf(record.json?.level),
    body: oneLine(bodyText(record.json).slice(0, LINE_MAX + 1), LINE_MAX),
    traceId: text(record.json?.traceId),
    spanId: text(record.json?.spanId),
  };
  return record.line;
}

/** @param {unknown} name as the API has it @returns {Level} */
export function levelOf(name) {
  return LEVELS.find((level) => level === name) ?? "none";
}

/** What a record says, or else what happened. @param {any} json */
function bodyText(json) {
  return valueText(decodeValue(json?.body)) || text(json?.eventName);
}

/**
 * All that a record says.
 *
 * @param {LogRecord} record
 */
export function detailsOf({ json, resource, scope, service }) {
  return {
    body: decodeValue(json?.body),
    time: bigint(json?.timeUnixNano),
    observed: bigint(json?.observedTimeUnixNano),
    severityNumber: number(json?.severityNumber),
    severityText: text(json?.severityText),
    eventName: text(json?.eventName),
    traceId: text(json?.traceId),
    spanId: text(json?.spanId),
    flags: number(json?.flags),
    own: decodeAttributed(json),
    resource,
    scope,
    service,
  };
}

/**
 * Two records with the same are one record that was seen twice, as far as a reader can tell.
 *
 * @param {LogRecord} record
 * @returns {string}
 */
export function fingerprint({ json, service }) {
  const { timeUnixNano, observedTimeUnixNano, severityNumber, body, attributes, traceId, spanId, eventName } = json ?? {};
  const own = [timeUnixNano, observedTimeUnixNano, severityNumber, body, attributes, traceId, spanId, eventName];
  return JSON.stringify([service, ...own]);
}
