// Jaeger's JSON of a trace into the terms of OpenTelemetry. The tags that Jaeger's format needs for
// what OpenTelemetry has as fields (kind, status, scope, tracestate) become fields again.

/**
 * @typedef {string | number | boolean} Value int64 beyond ±2^53 stays text; arrays, maps are JSON text
 * @typedef {{key: string, type: string, value: Value}} Attribute
 * @typedef {{time: number, name: string, attributes: Attribute[]}} SpanEvent time in epoch µs
 * @typedef {{traceId: string, spanId: string}} SpanLink
 * @typedef {"internal" | "server" | "client" | "producer" | "consumer"} Kind
 *
 * @typedef {object} Process who sent spans
 * @property {string} key as in the JSON: `p1`
 * @property {string} service
 * @property {Attribute[]} resource
 *
 * @typedef {object} Span
 * @property {string} traceId
 * @property {string} spanId
 * @property {string | null} parentId
 * @property {string} name
 * @property {Kind} kind
 * @property {Process} process
 * @property {number} start epoch µs
 * @property {number} duration µs
 * @property {"unset" | "ok" | "error"} status
 * @property {string} statusMessage
 * @property {string} scopeName
 * @property {string} scopeVersion
 * @property {string} traceState
 * @property {Attribute[]} attributes
 * @property {SpanEvent[]} events
 * @property {SpanLink[]} links
 * @property {string[]} warnings
 */

/** What is shown where a service gave no name. */
const UNKNOWN_SERVICE = "unknown_service";

/** Tags that are read into fields; all others are attributes. */
const FIELD_TAGS = new Set([
  "otel.scope.name",
  "otel.scope.version",
  "span.kind",
  "otel.status_code",
  "otel.status_description",
  "w3c.tracestate",
  "error",
]);

const KINDS = new Set(["internal", "server", "client", "producer", "consumer"]);

/**
 * @param {any} json one element of `data`
 * @returns {Span[]} in the order sent; empty if there are none
 */
export function decodeTrace(json) {
  const processes = decodeProcesses(json?.processes);
  const unknown = { key: "", service: UNKNOWN_SERVICE, resource: [] };
  return list(json?.spans).map((span) => {
    return decodeSpan(span, processes.get(text(span?.processID)) ?? unknown);
  });
}

/**
 * @param {any} json
 * @returns {Map<string, Process>}
 */
function decodeProcesses(json) {
  return new Map(
    Object.entries(json ?? {}).map(([key, process]) => {
      const service = text(process?.serviceName) || UNKNOWN_SERVICE;
      return [key, { key, service, resource: decodeAttributes(process?.tags) }];
    }),
  );
}

/**
 * @param {any} json
 * @param {Process} process
 * @returns {Span}
 */
function decodeSpan(json, process) {
  const tags = decodeAttributes(json?.tags);
  const fields = new Map(tags.filter(isField).map((tag) => [tag.key, String(tag.value)]));
  const traceId = fullTraceId(text(json?.traceID));
  return {
    traceId,
    spanId: text(json?.spanID),
    ...decodeReferences(list(json?.references), traceId),
    name: text(json?.operationName),
    kind: decodeKind(fields.get("span.kind")),
    process,
    start: number(json?.startTime),
    duration: number(json?.duration),
    status: decodeStatus(fields),
    statusMessage: fields.get("otel.status_description") ?? "",
    scopeName: fields.get("otel.scope.name") ?? "",
    scopeVersion: fields.get("otel.scope.version") ?? "",
    traceState: fields.get("w3c.tracestate") ?? "",
    attributes: tags.filter((tag) => !isField(tag)),
    events: list(json?.logs).map(decodeEvent),
    warnings: list(json?.warnings).map(text),
  };
}

/** @param {Attribute} tag `error` is a field only as Jaeger writes it: a bool */
function isField(tag) {
  return FIELD_TAGS.has(tag.key) && (tag.key !== "error" || typeof tag.value === "boolean");
}

/**
 * @param {Map<string, string>} fields
 * @returns {Span["status"]}
 */
function decodeStatus(fields) {
  const code = fields.get("otel.status_code");
  if (code === "ERROR" || fields.get("error") === "true") return "error";
  return code === "OK" ? "ok" : "unset";
}

/**
 * @param {string | undefined} kind
 * @returns {Kind}
 */
function decodeKind(kind) {
  return /** @type {Kind} */ (KINDS.has(kind ?? "") ? kind : "internal");
}

/**
 * The first CHILD_OF of the same trace is the parent, all other references are links.
 *
 * @param {any[]} references
 * @param {string} traceId
 * @returns {{parentId: string | null, links: SpanLink[]}}
 */
function decodeReferences(references, traceId) {
  let parentId = null;
  const links = [];
  for (const reference of references) {
    const link = { traceId: fullTraceId(text(reference?.traceID)), spanId: text(reference?.spanID) };
    if (parentId === null && reference?.refType === "CHILD_OF" && link.traceId === traceId) {
      parentId = link.spanId;
    } else {
      links.push(link);
    }
  }
  return { parentId, links };
}

/**
 * @param {any} json
 * @returns {SpanEvent}
 */
function decodeEvent(json) {
  const fields = decodeAttributes(json?.fields);
  const name = fields.find((field) => field.key === "event");
  return {
    time: number(json?.timestamp),
    name: name ? String(name.value) : "event",
    attributes: fields.filter((field) => field !== name),
  };
}

/**
 * @param {any} json
 * @returns {Attribute[]}
 */
function decodeAttributes(json) {
  return list(json).map((tag) => ({
    key: text(tag?.key),
    type: text(tag?.type) || "string",
    value: ["string", "number", "boolean"].includes(typeof tag?.value) ? tag.value : "",
  }));
}

/**
 * Jaeger writes 16 hex digits where the high half is zero; W3C headers always have 32.
 *
 * @param {string} id
 * @returns {string}
 */
export function fullTraceId(id) {
  return id.toLowerCase().padStart(32, "0");
}

/** @param {unknown} value @returns {any[]} */
function list(value) {
  return Array.isArray(value) ? value : [];
}

/** @param {unknown} value */
function text(value) {
  return typeof value === "string" ? value : "";
}

/** @param {unknown} value */
function number(value) {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}
