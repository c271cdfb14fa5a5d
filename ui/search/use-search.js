import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import { ApiError } from "../lib/receive.js";
import { problemsOf, writeSearch } from "../lib/search-query.js";
import { caughtUp, withFirstPage, withNextPage } from "./found.js";
import { searchPage, watchSearch } from "./watch.js";

/**
 * @typedef {import("./found.js").Found} Found
 * @typedef {import("../lib/search-query.js").SearchQuery} SearchQuery
 * @typedef {{text: string, isRetried: boolean}} Problem why nothing new is found
 */

/** The last search, so that the way back from a trace shows it at once. @type {Found | null} */
let last = null;

/**
 * Searches, and goes on searching while the page is open.
 *
 * @param {SearchQuery} query
 */
export function useSearch(query) {
  const asked = writeSearch(query);
  const found = useSignal(last && isOf(last, query) ? last : null);
  const fresh = useSignal(/** @type {ReadonlySet<string>} */ (new Set()));
  const problem = useSignal(/** @type {Problem | null} */ (null));
  const isLoading = useSignal(false);
  const stop = useRef(new AbortController());
  const show = (/** @type {Found} */ now) => {
    last = now;
    found.value = now;
    problem.value = null;
  };
  const onProblem = (/** @type {string} */ text) => (problem.value = { text, isRetried: true });

  useEffect(() => {
    // A link may say what the form would not let through.
    const [wrong] = Object.values(problemsOf(query));
    problem.value = wrong === undefined ? null : { text: wrong, isRetried: false };
    isLoading.value = false;
    if (wrong !== undefined) return undefined;
    stop.current = new AbortController();
    /** @type {Parameters<typeof watchSearch>[1]["onPage"]} */
    const onPage = (search, page) => {
      const before = found.peek();
      const same = before && isOf(before, query) ? before : null;
      const now = withFirstPage(same, search, page);
      fresh.value = same ? newcomers(same, now) : new Set();
      show(now);
    };
    watchSearch(query, { onPage, onProblem }, stop.current.signal);
    return () => stop.current.abort();
  }, [asked]);

  const loadMore = async () => {
    const before = found.peek();
    const { signal } = stop.current;
    if (!before || before.next === null || isLoading.peek()) return;
    isLoading.value = true;
    // At once, so that a look at the first page meanwhile keeps the end that this one joins.
    show({ ...before, isExtended: true });
    try {
      const page = await searchPage(query, before.now, before.next, signal);
      const now = found.peek();
      if (now && !signal.aborted) show(withNextPage(now, page));
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      onProblem(error.message);
    } finally {
      if (!signal.aborted) isLoading.value = false;
    }
  };
  const catchUp = () => {
    const before = found.peek();
    if (before) show(caughtUp(before));
  };
  return {
    found: found.value,
    fresh: fresh.value,
    problem: problem.value,
    isLoading: isLoading.value,
    loadMore,
    catchUp,
  };
}

/** @param {Found} found @param {SearchQuery} query */
export function isOf(found, query) {
  return writeSearch(found.query) === writeSearch(query);
}

/**
 * @param {Found} before
 * @param {Found} now
 * @returns {ReadonlySet<string>} trace ids
 */
function newcomers(before, now) {
  const old = new Set(before.results.map((result) => result.traceId));
  return new Set(now.results.map((result) => result.traceId).filter((id) => !old.has(id)));
}
