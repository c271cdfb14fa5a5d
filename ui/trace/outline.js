// The outline of a trace: what its rows and its tree need of all spans, which comes before the rest of them.

import { bigint, list, number, object, text } from "../lib/json.js";
import { serviceName } from "../lib/text.js";
import { decodeResource, decodeScope, serviceOf } from "./decode.js";
import { Rest } from "./rest.js";

/**
 * @typedef {import("./decode.js").Span} Span
 * @typedef {import("./decode.js").Trace} Trace
 */

/** @type {Trace} */
export const NO_TRACE = { start: 0n, spans: [], rest: new Rest(0n), partial: null };

/** OTLP's numbers of kinds and statuses. */
const KINDS = ["unspecified", "internal", "server", "client", "producer", "consumer"];
const STATUSES = /** @type {const} */ (["unset", "ok", "error"]);
/** How many digits a span id has. */
const ID_DIGITS = 16;

/**
 * @param {any} json the outline
 * @returns {Trace} whose rest is to come
 */
export function decodeOutline(json) {
  const columns = new Columns(json);
  const start = bigint(json?.startTimeUnixNano);
  const rest = new Rest(start);
  const count = Math.floor(columns.spanIds.length / ID_DIGITS);
  const spans = Array.from({ length: count }, (_, place) => new ListedSpan(columns, rest, place));
  for (const place of list(json?.repeatedIds)) {
    const span = spans[place];
    if (span) span.isRepeated = true;
  }
  return { start, spans, rest, partial: text(json?.partial) || null };
}

/** The outline, in lists by the place of a span. */
class Columns {
  /** @param {any} json */
  constructor(json) {
    const columns = object(json?.columns);
    this.traceId = text(json?.traceId);
    this.spanIds = text(columns.spanIds);
    this.parents = list(columns.parents);
    this.names = list(columns.names);
    this.kinds = list(columns.kinds);
    this.starts = list(columns.startNanos);
    this.durations = list(columns.durationNanos);
    this.statuses = list(columns.statuses);
    this.resourceNumbers = list(columns.resources);
    this.scopeNumbers = list(columns.scopes);
    this.missingParents = list(json?.missingParents);
    this.nameTexts = list(json?.names).map(text);
    this.resources = list(json?.resources).map(decodeResource);
    this.services = this.resources.map(serviceOf);
    this.scopes = list(json?.scopes).map(decodeScope);
    this.count = this.spanIds.length / ID_DIGITS;
  }

  /** @param {number} place */
  idAt(place) {
    return this.spanIds.slice(ID_DIGITS * place, ID_DIGITS * (place + 1));
  }
}

/** What is said of nobody. */
const NO_RESOURCE = decodeResource(null);
const NO_SCOPE = decodeScope(null);

/**
 * A span that finds in the outline what is asked seldom, and decodes its rest when that is asked for: of
 * 100,000 spans a reader looks at some.
 *
 * @implements {Span}
 */
class ListedSpan {
  /** @param {Columns} columns @param {Rest} rest @param {number} place */
  constructor(columns, rest, place) {
    this.columns = columns;
    this.rest = rest;
    this.place = place;
    const parent = columns.parents[place];
    this.parent = Number.isInteger(parent) && parent >= 0 && parent < columns.count ? parent : null;
    this.isRepeated = false;
    this.spanId = columns.idAt(place);
    this.name = columns.nameTexts[columns.names[place]] ?? "";
    const kind = number(columns.kinds[place]);
    this.kind = KINDS[kind] ?? `kind ${kind}`;
    const resource = number(columns.resourceNumbers[place]);
    this.service = columns.services[resource] ?? serviceName(undefined);
    this.resource = columns.resources[resource] ?? NO_RESOURCE;
    this.start = number(columns.starts[place]);
    this.duration = number(columns.durations[place]);
    /** @type {Span["status"]} */
    this.status = STATUSES[number(columns.statuses[place])] ?? "unset";
  }

  get traceId() {
    return this.columns.traceId;
  }

  get parentId() {
    if (this.parent !== null) return this.columns.idAt(this.parent);
    return text(this.columns.missingParents[number(this.columns.parents[this.place]) - this.columns.count]) || null;
  }

  get scope() {
    return this.columns.scopes[number(this.columns.scopeNumbers[this.place])] ?? NO_SCOPE;
  }

  get isWhole() {
    return this.rest.isHere;
  }

  get statusMessage() {
    return this.rest.of(this.place, this.spanId).statusMessage;
  }

  get traceState() {
    return this.rest.of(this.place, this.spanId).traceState;
  }

  get flags() {
    return this.rest.of(this.place, this.spanId).flags;
  }

  get attributes() {
    return this.rest.of(this.place, this.spanId).attributes;
  }

  get attributesDropped() {
    return this.rest.of(this.place, this.spanId).attributesDropped;
  }

  get events() {
    return this.rest.of(this.place, this.spanId).events;
  }

  get eventsDropped() {
    return this.rest.of(this.place, this.spanId).eventsDropped;
  }

  get links() {
    return this.rest.of(this.place, this.spanId).links;
  }

  get linksDropped() {
    return this.rest.of(this.place, this.spanId).linksDropped;
  }
}
