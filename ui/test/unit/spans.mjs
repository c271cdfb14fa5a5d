// Spans for tests, with defaults for all that does not matter there.

import { buildTree } from "../../trace/tree.js";

/** @typedef {import("../../trace/decode.js").Span} Span */

/** @type {Map<string, import("../../trace/decode.js").Resource>} */
const resources = new Map();

/** @param {string} service one resource per name */
function resourceOf(service) {
  const resource = resources.get(service) ?? { attributes: [], attributesDropped: 0, schemaUrl: "" };
  resources.set(service, resource);
  return resource;
}

/**
 * @param {string} spanId
 * @param {string | null} parentId
 * @param {number} start ns
 * @param {number} duration ns
 * @param {Partial<Span> & {service?: string}} [more]
 * @returns {Span}
 */
export function span(spanId, parentId, start, duration, { service = "a", ...more } = {}) {
  return {
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    spanId,
    parentId,
    parent: null,
    isRepeated: false,
    isWhole: true,
    name: `name of ${spanId}`,
    kind: "internal",
    service,
    resource: resourceOf(service),
    scope: { name: "", version: "", attributes: [], attributesDropped: 0, schemaUrl: "" },
    start,
    duration,
    status: "unset",
    statusMessage: "",
    traceState: "",
    flags: 0,
    attributes: [],
    attributesDropped: 0,
    events: [],
    eventsDropped: 0,
    links: [],
    linksDropped: 0,
    ...more,
  };
}

/**
 * The tree of spans, of which each says its parent by id alone.
 *
 * @param {Span[]} spans
 * @param {{alignClocks?: boolean}} [options]
 */
export function treeOf(spans, options) {
  /** @type {Map<string, number>} */
  const places = new Map();
  for (const [place, { spanId }] of spans.entries()) if (!places.has(spanId)) places.set(spanId, place);
  const linked = spans.map((each, place) => ({
    ...each,
    parent: places.get(each.parentId ?? "") ?? null,
    isRepeated: places.get(each.spanId) !== place,
  }));
  return buildTree(linked, options);
}
