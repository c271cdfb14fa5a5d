// What the page of services shows, as it stands in its address.

import { LOOKBACKS } from "../lib/search-query.js";

/**
 * @typedef {object} ServicesQuery
 * @property {string} last how far to look back, a name of `LOOKBACKS`
 * @property {string} service empty for all
 * @property {string} name of its spans; empty for all
 * @property {string} kind of its spans; empty for requests to it
 */

export const LAST_DEFAULT = "1h";

/** @param {string} search the query part of an address @returns {ServicesQuery} */
export function readServicesQuery(search) {
  const params = new URLSearchParams(search);
  const last = params.get("last") ?? "";
  return {
    last: LOOKBACKS.some(([name]) => name === last) ? last : LAST_DEFAULT,
    service: params.get("service") ?? "",
    name: params.get("name") ?? "",
    kind: params.get("kind") === "all" ? "all" : "",
  };
}
