// Spans to the backend, as OTLP protobuf over HTTP. Written here from the protocol's definition
// (opentelemetry-proto, trace/v1), so that the tests need no exporter and can send what none would.

/**
 * @typedef {string | number | boolean | null | Uint8Array | Value[] | {[key: string]: Value}} Value whole
 *   numbers go as int, others as double; `null` as a value that was not sent
 * @typedef {Record<string, Value> | [string, Value][]} Attributes
 *
 * @typedef {object} SpanToSend
 * @property {string} service
 * @property {string} name
 * @property {string} id 16 hex digits
 * @property {string} [parent]
 * @property {number} at µs after the start of the trace
 * @property {number} lasts µs
 * @property {"internal" | "server" | "client" | "producer" | "consumer"} [kind]
 * @property {Attributes} [attributes]
 * @property {{at: number, name: string, attributes?: Attributes}[]} [events]
 * @property {{trace: string, span: string, state?: string, attributes?: Attributes, flags?: number}[]} [links]
 * @property {{attributes?: number, events?: number, links?: number}} [dropped] how many of each the sender dropped
 * @property {number} [flags]
 * @property {string} [state] the tracestate
 * @property {string} [error] the message of a failure, may be empty
 */

const KINDS = ["unspecified", "internal", "server", "client", "producer", "consumer"];
const STATUS_ERROR = 2;
const RANDOM_AND_SAMPLED = 3;

/**
 * @typedef {object} TraceToSend
 * @property {string} traceId
 * @property {number} start epoch ms
 * @property {SpanToSend[]} spans
 * @property {{attributes?: Attributes, schemaUrl?: string, dropped?: number}} [scope] what the scope has beside its name
 * @property {string} [schemaUrl] of the resources
 */

/**
 * @param {string} endpoint base URL of the receiver for OTLP over HTTP
 * @param {TraceToSend} trace
 */
export async function sendTrace(endpoint, trace) {
  const response = await fetch(`${endpoint}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/x-protobuf" },
    body: encodeRequest(trace),
  });
  if (!response.ok) throw new Error(`OTLP: HTTP ${response.status} ${await response.text()}`);
}

/** @param {TraceToSend} trace */
function encodeRequest({ traceId, start, spans, scope = {}, schemaUrl = "" }) {
  const services = [...new Set(spans.map((span) => span.service))];
  const encodedScope = Buffer.concat([
    text(1, "clew-telemetry"),
    text(2, "0.1.0"),
    keyValues(3, scope.attributes ?? {}),
    number(4, scope.dropped ?? 0),
  ]);
  return Buffer.concat(
    services.map((service) => {
      const own = spans.filter((span) => span.service === service);
      const resource = keyValues(1, { "service.name": service, "service.version": "0.1.0", "host.name": "ariadne" });
      const scopeSpans = [
        bytes(1, encodedScope),
        ...own.map((span) => bytes(2, encodeSpan(span, traceId, start))),
        text(3, scope.schemaUrl ?? ""),
      ];
      return bytes(1, Buffer.concat([bytes(1, resource), bytes(2, Buffer.concat(scopeSpans)), text(3, schemaUrl)]));
    }),
  );
}

/** @param {SpanToSend} span @param {string} traceId @param {number} start epoch ms */
function encodeSpan(span, traceId, start) {
  const time = (/** @type {number} */ micros) => BigInt(start) * 1_000_000n + BigInt(Math.round(micros * 1_000));
  const parts = [
    bytes(1, Buffer.from(traceId, "hex")),
    bytes(2, Buffer.from(span.id, "hex")),
    text(3, span.state ?? ""),
    bytes(4, Buffer.from(span.parent ?? "", "hex")),
    text(5, span.name),
    number(6, KINDS.indexOf(span.kind ?? "internal")),
    fixed64(7, time(span.at)),
    fixed64(8, time(span.at + span.lasts)),
    keyValues(9, span.attributes ?? {}),
    number(10, span.dropped?.attributes ?? 0),
    ...(span.events ?? []).map((event) =>
      bytes(11, Buffer.concat([fixed64(1, time(event.at)), text(2, event.name), keyValues(3, event.attributes ?? {})])),
    ),
    number(12, span.dropped?.events ?? 0),
    ...(span.links ?? []).map((link) => bytes(13, encodeLink(link))),
    number(14, span.dropped?.links ?? 0),
    fixed32(16, span.flags ?? RANDOM_AND_SAMPLED),
  ];
  if (span.error !== undefined) {
    parts.push(bytes(15, Buffer.concat([text(2, span.error), number(3, STATUS_ERROR)])));
  }
  return Buffer.concat(parts);
}

/** @param {NonNullable<SpanToSend["links"]>[number]} link */
function encodeLink(link) {
  return Buffer.concat([
    bytes(1, Buffer.from(link.trace, "hex")),
    bytes(2, Buffer.from(link.span, "hex")),
    text(3, link.state ?? ""),
    keyValues(4, link.attributes ?? {}),
    fixed32(6, link.flags ?? 0),
  ]);
}

/** @param {number} field @param {Attributes} attributes */
function keyValues(field, attributes) {
  const pairs = Array.isArray(attributes) ? attributes : Object.entries(attributes);
  return Buffer.concat(pairs.map(([key, value]) => bytes(field, Buffer.concat([text(1, key), bytes(2, anyValue(value))]))));
}

/** @param {Value} value @returns {Buffer} */
function anyValue(value) {
  if (value === null) return Buffer.alloc(0);
  if (typeof value === "string") return bytes(1, Buffer.from(value));
  if (typeof value === "boolean") return number(2, value ? 1 : 0);
  if (Array.isArray(value)) return bytes(5, Buffer.concat(value.map((each) => bytes(1, anyValue(each)))));
  if (value instanceof Uint8Array) return bytes(7, Buffer.from(value));
  if (typeof value === "object") return bytes(6, keyValues(1, value));
  return Number.isInteger(value) ? number(3, value) : double(4, value);
}

/** @param {number} field @param {string} value */
function text(field, value) {
  return value === "" ? Buffer.alloc(0) : bytes(field, Buffer.from(value));
}

/** @param {number} field @param {Buffer} value */
function bytes(field, value) {
  return Buffer.concat([varint(BigInt(field * 8 + 2)), varint(BigInt(value.length)), value]);
}

/** @param {number} field @param {number} value */
function number(field, value) {
  return Buffer.concat([varint(BigInt(field * 8)), varint(BigInt.asUintN(64, BigInt(value)))]);
}

/** @param {number} field @param {bigint} value */
function fixed64(field, value) {
  const encoded = Buffer.alloc(8);
  encoded.writeBigUInt64LE(value);
  return Buffer.concat([varint(BigInt(field * 8 + 1)), encoded]);
}

/** @param {number} field @param {number} value */
function double(field, value) {
  const encoded = Buffer.alloc(8);
  encoded.writeDoubleLE(value);
  return Buffer.concat([varint(BigInt(field * 8 + 1)), encoded]);
}

/** @param {number} field @param {number} value */
function fixed32(field, value) {
  const encoded = Buffer.alloc(4);
  encoded.writeUInt32LE(value);
  return Buffer.concat([varint(BigInt(field * 8 + 5)), encoded]);
}

/** @param {bigint} value */
function varint(value) {
  const encoded = [];
  let rest = value;
  while (rest > 0x7fn) {
    encoded.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  encoded.push(Number(rest));
  return Buffer.from(encoded);
}
