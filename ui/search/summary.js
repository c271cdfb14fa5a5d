// A page of a search as the API has it, in the terms of the result list.

import { bigint, list, number, text } from "../lib/json.js";
import { serviceName } from "../lib/text.js";

/**
 * @typedef {{service: string, spans: number, errors: number}} ServiceCount
 *
 * @typedef {object} Summary
 * @property {string} traceId
 * @property {string} rootService
 * @property {string} rootName
 * @property {boolean} rootMissing whether the earliest span names a parent that is not there
 * @property {bigint} start ns since 1970
 * @property {number} duration ns, from the first start to the last end
 * @property {number} spans
 * @property {number} errors how many of them failed
 * @property {ServiceCount[]} services in the order of their first span
 * @property {number} servicesLeftOut how many more there are
 *
 * @typedef {object} Page
 * @property {Summary[]} results in the order asked for
 * @property {string | null} next where the next page begins; `null` if this is the last one
 * @property {string | null} partial why not all that is stored was looked at, if it was not
 */

/**
 * @param {any} json
 * @returns {Page}
 */
export function decodePage(json) {
  return {
    results: list(json?.traces).map(decodeSummary),
    next: text(json?.next) || null,
    partial: text(json?.partial) || null,
  };
}

/** @param {any} json @returns {Summary} */
function decodeSummary(json) {
  return {
    traceId: text(json?.traceId),
    rootService: serviceName(json?.root?.service),
    rootName: text(json?.root?.name),
    rootMissing: json?.root?.isMissing === true,
    start: bigint(json?.startTimeUnixNano),
    duration: Number(bigint(json?.durationNano)),
    spans: number(json?.spans),
    errors: number(json?.errors),
    services: list(json?.services).map((service) => ({
      service: serviceName(service?.name),
      spans: number(service?.spans),
      errors: number(service?.errors),
    })),
    servicesLeftOut: number(json?.servicesLeftOut),
  };
}
