// Spans for tests, with defaults for all that does not matter there.

/** @typedef {import("../../trace/decode.js").Span} Span */

const processes = new Map();

/** @param {string} service one process per name */
function processOf(service) {
  if (!processes.has(service)) processes.set(service, { key: service, service, resource: [] });
  return processes.get(service);
}

/**
 * @param {string} spanId
 * @param {string | null} parentId
 * @param {number} start µs
 * @param {number} duration µs
 * @param {Partial<Span> & {service?: string}} [more]
 * @returns {Span}
 */
export function span(spanId, parentId, start, duration, { service = "a", ...more } = {}) {
  return {
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    spanId,
    parentId,
    name: `name of ${spanId}`,
    kind: "internal",
    process: processOf(service),
    start,
    duration,
    status: "unset",
    statusMessage: "",
    scopeName: "",
    scopeVersion: "",
    traceState: "",
    attributes: [],
    events: [],
    links: [],
    warnings: [],
    ...more,
  };
}
