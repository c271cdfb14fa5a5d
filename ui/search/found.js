// What a search has found so far: pages that a reader asked for, and traces that came since.

/**
 * @typedef {import("../lib/api.js").NameCount} NameCount
 * @typedef {import("../lib/search-query.js").SearchQuery} SearchQuery
 * @typedef {import("./summary.js").Page} Page
 *
 * @typedef {object} Found
 * @property {SearchQuery} query what was searched for
 * @property {NameCount[]} services all that are known, those of the most spans first
 * @property {import("./summary.js").Summary[]} results
 * @property {string | null} next where the page after the last one begins
 * @property {string | null} partial why not all that is stored was looked at
 * @property {boolean} isExtended whether the reader asked for more than the first page
 * @property {Page | null} ahead the first page of now, if what was loaded does not join it
 * @property {bigint} now when the first page was asked for, ns since 1970
 */

/** How many traces are listed: more would make the page slow, and no one reads so far. */
export const RESULTS_MAX = 2_000;

/**
 * The first page of now, joined with what was loaded before. Traces that came since stand at the
 * beginning; what the reader asked for stays below them.
 *
 * @param {Found | null} before of the same query, if any
 * @param {Pick<Found, "query" | "services" | "now">} search
 * @param {Page} page
 * @returns {Found}
 */
export function withFirstPage(before, search, page) {
  const alone = { ...search, ...page, isExtended: false, ahead: null };
  if (!before?.isExtended) return alone;
  const arrived = new Set(page.results.map((result) => result.traceId));
  const older = before.results.filter((result) => !arrived.has(result.traceId));
  const joins = page.next === null || older.length < before.results.length;
  if (!joins || page.results.length + older.length > RESULTS_MAX) return { ...before, ...search, ahead: page };
  return { ...before, ...search, results: [...page.results, ...older], ahead: null };
}

/**
 * @param {Found} before
 * @param {Page} page the one after the last
 * @returns {Found}
 */
export function withNextPage(before, page) {
  const known = new Set(before.results.map((result) => result.traceId));
  const more = page.results.filter((result) => !known.has(result.traceId));
  return {
    ...before,
    results: [...before.results, ...more],
    next: page.next,
    partial: before.partial ?? page.partial,
  };
}

/**
 * @param {Found} before
 * @param {Found} now
 * @returns {boolean} whether all that was listed stands where it stood
 */
export function holdsStill(before, now) {
  return before.results.every((result, i) => result.traceId === now.results[i]?.traceId);
}

/**
 * Starts again with the newest, for a reader who wants them rather than what was loaded.
 *
 * @param {Found} before
 * @returns {Found}
 */
export function caughtUp(before) {
  return before.ahead ? withFirstPage(null, before, before.ahead) : before;
}
