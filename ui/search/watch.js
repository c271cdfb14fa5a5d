// A search that stays up to date while its page is looked at.

import { fetchPage, fetchServices } from "../lib/api.js";
import { now } from "../lib/format.js";
import { pause } from "../lib/pause.js";
import { ApiError } from "../lib/receive.js";
import { apiParams } from "../lib/search-query.js";
import { decodePage } from "./summary.js";

/**
 * @typedef {import("./found.js").Found} Found
 * @typedef {import("./found.js").NameCount} NameCount
 * @typedef {import("./summary.js").Page} Page
 * @typedef {import("../lib/search-query.js").SearchQuery} SearchQuery
 */

/** How long to wait between looks. */
const WAIT_MS = 3_000;
/** … and how much longer than the last look took, so that a heavy search does not weigh on anyone. */
const WAIT_RATIO = 10;
/** The services change seldom, and to count their spans costs more than a page of a search. */
const SERVICES_MS = 30_000;

/**
 * Asks for the first page again and again until `signal` ends it.
 *
 * @param {SearchQuery} query without problems
 * @param {object} report
 * @param {(search: Pick<Found, "query" | "services" | "now">, page: Page) => void} report.onPage
 * @param {(problem: string) => void} report.onProblem
 * @param {AbortSignal} signal
 */
export async function watchSearch(query, { onPage, onProblem }, signal) {
  /** @type {NameCount[]} */
  let services = [];
  let servicesAt = -Infinity;
  while (!signal.aborted) {
    const began = performance.now();
    let wait = WAIT_MS;
    try {
      if (services.length === 0 || began - servicesAt > SERVICES_MS) {
        services = await fetchServices(signal);
        servicesAt = began;
      }
      const asked = now();
      const page = await searchPage(query, asked, null, signal);
      wait = Math.max(WAIT_MS, WAIT_RATIO * (performance.now() - began));
      if (!signal.aborted) onPage({ query, services, now: asked }, page);
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
 * @param {bigint} now ns since 1970
 * @param {string | null} after where the page before ended
 * @param {AbortSignal} signal
 * @returns {Promise<Page>}
 */
export async function searchPage(query, now, after, signal) {
  return decodePage(await fetchPage(apiParams(query, now, after), signal));
}
