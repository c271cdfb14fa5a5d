import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import { fetchLogServices, fetchLogs } from "../lib/api.js";
import { now } from "../lib/format.js";
import { arrival } from "../lib/navigation.js";
import { logParams, logProblemsOf, writeLogQuery } from "../lib/log-query.js";
import { ApiError } from "../lib/receive.js";
import { withFirstPage, withNextPage } from "./loaded.js";
import { decodeLogPage } from "./record.js";

/**
 * @typedef {import("./loaded.js").Loaded} Loaded
 * @typedef {import("../lib/api.js").NameCount} NameCount
 * @typedef {import("../lib/log-query.js").LogQuery} LogQuery
 * @typedef {"never" | "soon" | "asked"} Retry when what failed is tried again: asked, by the reader
 * @typedef {{text: string, isMissing: boolean, retry: Retry}} Problem isMissing: the server keeps no
 *   log records
 */

/** The first page is to be there soon, those after it are to come before the reader does. */
const FIRST_LIMIT = 200;
const NEXT_LIMIT = 1_000;

/** What was loaded last, for the way back from a trace. @type {Loaded | null} */
let last = null;
/** @type {NameCount[] | null} */
let lastServices = null;

/**
 * Loads log records: a page at once, and others when asked.
 *
 * @param {LogQuery} query
 * @param {number} tries counts how often the reader asked
 */
export function useLogs(query, tries) {
  const asked = askedOf(query);
  const loaded = useSignal(last && askedOf(last.query) === asked ? last : null);
  const services = useSignal(lastServices);
  const problem = useSignal(/** @type {Problem | null} */ (null));
  const isLoading = useSignal(false);
  const stop = useRef(new AbortController());
  const show = (/** @type {Loaded} */ found) => {
    last = found;
    loaded.value = found;
    problem.value = null;
  };
  /** @param {AbortSignal} signal @param {Retry} retry @param {() => Promise<void>} load */
  const attempt = async (signal, retry, load) => {
    isLoading.value = true;
    try {
      await load();
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      // What the server refuses, it would refuse again.
      const isFinal = error.status >= 400 && error.status < 500 && error.status !== 429;
      problem.value = { text: error.message, isMissing: error.status === 404, retry: isFinal ? "never" : retry };
    } finally {
      if (!signal.aborted) isLoading.value = false;
    }
  };

  useEffect(() => {
    // A link may say what the form would not let through.
    const [wrong] = Object.values(logProblemsOf(query));
    problem.value = wrong === undefined ? null : { text: wrong, isMissing: false, retry: "never" };
    isLoading.value = false;
    if (wrong !== undefined) return undefined;
    const stopping = new AbortController();
    const { signal } = stopping;
    stop.current = stopping;
    // Who comes back finds the list as it was.
    const isLeft = arrival.isBack && loaded.peek() !== null && askedOf(loaded.peek()?.query ?? query) === asked;
    arrival.isBack = false;
    if (isLeft) return () => stopping.abort();
    attempt(signal, "soon", async () => {
      const asOf = now();
      const page = await firstPage(query, asOf, signal);
      const found = await fetchLogServices(signal);
      if (signal.aborted) return;
      lastServices = found;
      services.value = found;
      show(withFirstPage(query, asOf, page));
    });
    return () => stopping.abort();
  }, [asked, tries]);

  const loadMore = () => {
    const before = loaded.peek();
    const { signal } = stop.current;
    if (!before || before.next === null || isLoading.peek() || askedOf(before.query) !== asked) return;
    const { next } = before;
    attempt(signal, "asked", async () => {
      const page = await nextPage(before, next, signal);
      const after = loaded.peek();
      // New records may have pushed this end out meanwhile.
      if (after && after.next === next && !signal.aborted) show(withNextPage(after, page));
    });
  };
  return { loaded, services, problem, isLoading, show, loadMore };
}

/**
 * @param {LogQuery} query
 * @param {bigint} asOf ns since 1970
 * @param {AbortSignal} signal
 */
async function firstPage(query, asOf, signal) {
  const params = logParams(query, asOf);
  params.set("order", query.order);
  params.set("limit", String(FIRST_LIMIT));
  return decodeLogPage(await fetchLogs(params, signal));
}

/**
 * @param {Loaded} loaded
 * @param {string} next where the page begins
 * @param {AbortSignal} signal
 */
async function nextPage({ query, now: asOf }, next, signal) {
  const params = logParams(query, asOf);
  params.set("order", query.order);
  params.set("limit", String(NEXT_LIMIT));
  params.set("after", next);
  return decodeLogPage(await fetchLogs(params, signal));
}

/** What is asked of the API, whether live or not. @param {LogQuery} query */
export function askedOf(query) {
  return writeLogQuery({ ...query, live: "" });
}
