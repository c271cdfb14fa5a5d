// Log records to the backend, as OTLP's JSON over HTTP.

/**
 * @typedef {import("./otlp.mjs").Value} Value
 * @typedef {import("./otlp.mjs").Attributes} Attributes
 *
 * @typedef {object} LogToSend
 * @property {number} at epoch ms
 * @property {"trace" | "debug" | "info" | "warn" | "error" | "fatal"} [level]
 * @property {Value} body
 * @property {string} [service]
 * @property {Attributes} [attributes]
 * @property {string} [trace]
 * @property {string} [span]
 * @property {string} [event]
 */

const NUMBERS = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 };

/**
 * @param {string} endpoint base URL of the receiver for OTLP over HTTP
 * @param {LogToSend[]} logs
 */
export async function sendLogs(endpoint, logs) {
  const services = [...new Set(logs.map((log) => log.service ?? "shop"))];
  const resourceLogs = services.map((service) => ({
    resource: { attributes: keyValues({ "service.name": service, "host.name": "ariadne" }) },
    scopeLogs: [
      {
        scope: { name: "clew-logs", version: "0.1.0" },
        logRecords: logs.filter((log) => (log.service ?? "shop") === service).map(recordOf),
      },
    ],
  }));
  const response = await fetch(`${endpoint}/v1/logs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resourceLogs }),
  });
  if (!response.ok) throw new Error(`OTLP: HTTP ${response.status} ${await response.text()}`);
}

/**
 * A record in OTLP's JSON, which the API gives back as it is.
 *
 * @param {LogToSend} log
 */
export function recordOf({ at, level, body, attributes = {}, trace, span, event }) {
  const nanos = BigInt(Math.round(at * 1_000)) * 1_000n;
  return {
    timeUnixNano: String(nanos),
    observedTimeUnixNano: String(nanos + 180_000_000n),
    ...(level === undefined ? {} : { severityNumber: NUMBERS[level], severityText: level.toUpperCase() }),
    body: anyValue(body),
    attributes: keyValues(attributes),
    ...(trace === undefined ? {} : { traceId: trace, flags: 1 }),
    ...(span === undefined ? {} : { spanId: span }),
    ...(event === undefined ? {} : { eventName: event }),
  };
}

/** @param {Attributes} attributes */
function keyValues(attributes) {
  const pairs = Array.isArray(attributes) ? attributes : Object.entries(attributes);
  return pairs.map(([key, value]) => ({ key, value: anyValue(value) }));
}

/** @param {Value} value @returns {any} */
function anyValue(value) {
  if (value === null) return {};
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString("base64") };
  return { kvlistValue: { values: keyValues(value) } };
}
