// A search that stays up to date while its page is looked at.

import { ApiError, fetchServices, fetchTraces } from "../lib/api.js";
import { pause } from "../lib/pause.js";
import { apiParams } from "../lib/search-query.js";
import { summarize } from "./summary.js";

/**
 * @typedef {import("./summary.js").Summary} Summary
 * @typedef {import("../lib/search-query.js").SearchQuery} SearchQuery
 *
 * @typedef {object} Found
 * @property {SearchQuery} query what was searched for
 * @property {string[]} services all that are known
 * @property {Summary[]} results
 * @property {number} nowMicros when the search was made, epoch µs
 */

/** How long to wait between looks. */
const WAIT_MS = 3_000;
/** … and how much longer than the last look took, so that a heavy search does not weigh on anyone. */
const WAIT_RATIO = 10;

/**
 * Searches again and again until `signal` ends it.
 *
 * @param {SearchQuery} query without problems
 * @param {object} report
 * @param {(found: Found) => void} report.onFound
 * @param {(problem: string) => void} report.onProblem
 * @param {AbortSignal} signal
 */
export async function watchSearch(query, { onFound, onProblem }, signal) {
  while (!signal.aborted) {
    const began = performance.now();
    let wait = WAIT_MS;
    try {
      const found = await search(query, signal);
      wait = Math.max(WAIT_MS, WAIT_RATIO * (performance.now() - began));
      if (!signal.aborted) onFound(found);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      onProblem(error.message);
    }
    await pause(wait, signal);
  }
}

/**
 * @param {SearchQuery} query
 * @param {AbortSignal} signal
 * @returns {Promise<Found>}
 */
async function search(query, signal) {
  const nowMicros = Date.now() * 1_000;
  const services = await fetchServices(signal);
  if (services.length === 0) return { query, services, results: [], nowMicros };
  const traces = await fetchTraces(apiParams(query, nowMicros), signal);
  const results = traces.map(summarize).filter((summary) => summary !== null);
  return { query, services, results, nowMicros };
}
