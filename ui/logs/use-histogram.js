import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { fetchLogCounts, fetchLogs } from "../lib/api.js";
import { now } from "../lib/format.js";
import { logConditions, logParams, windowOf } from "../lib/log-query.js";
import { pause } from "../lib/pause.js";
import { ApiError } from "../lib/receive.js";
import { layCells, stepOf } from "./cells.js";
import { decodeLogPage, timeOf } from "./record.js";

/**
 * @typedef {import("./cells.js").Histogram} Histogram
 * @typedef {import("./loaded.js").Loaded} Loaded
 *
 * @typedef {object} Counted
 * @property {Histogram} histogram
 * @property {Loaded["query"]} list what was counted, as `Loaded` has it
 */

/** How long to wait between counts while records come in … */
const WAIT_MS = 4_000;
/** … and how much longer than the last count took. */
const WAIT_RATIO = 10;
const MS = 1_000_000n;

/**
 * Counts what was loaded, and goes on counting while it is live.
 *
 * @param {Loaded | null} loaded
 * @param {boolean} isLive
 */
export function useHistogram(loaded, isLive) {
  const counted = useSignal(/** @type {Counted | null} */ (null));
  useEffect(() => {
    if (!loaded) return undefined;
    const stop = new AbortController();
    const show = (/** @type {Histogram} */ histogram) => (counted.value = { histogram, list: loaded.query });
    keepCounting(loaded, isLive, show, stop.signal);
    return () => stop.abort();
    // A page more, or a record more, is no other question.
  }, [loaded?.query, isLive]);
  return counted.value;
}

/**
 * @param {Loaded} loaded
 * @param {boolean} isLive
 * @param {(histogram: Histogram) => void} onCounted
 * @param {AbortSignal} signal
 */
async function keepCounting(loaded, isLive, onCounted, signal) {
  let asOf = loaded.now;
  while (!signal.aborted) {
    const began = performance.now();
    try {
      const counted = await count(loaded, asOf, signal);
      if (!signal.aborted && counted) onCounted(counted);
    } catch (error) {
      // The list says what is wrong with the server; it is asked the same.
      if (!signal.aborted && !(error instanceof ApiError)) throw error;
    }
    if (!isLive) return;
    await pause(Math.max(WAIT_MS, WAIT_RATIO * (performance.now() - began)), signal);
    asOf = now();
  }
}

/**
 * @param {Loaded} loaded
 * @param {bigint} asOf ns since 1970
 * @param {AbortSignal} signal
 * @returns {Promise<Histogram | null>} nothing, if there is no record in any time
 */
async function count({ query, records }, asOf, signal) {
  const { start, end } = windowOf(query, asOf);
  const from = start ?? (await oldestOf(query, signal));
  if (from === null) return null;
  const [first, last] = [records[0], records.at(-1)].map((each) => (each ? timeOf(each) : 0n));
  const newest = (first ?? 0n) > (last ?? 0n) ? first : last;
  // Without a beginning, time since the newest would press all records to the left.
  const to = end ?? (start === null && newest ? newest + MS : asOf);
  const window = { from, to: to > from ? to : from + MS };
  const step = stepOf(window.from, window.to);
  const params = logParams(query, asOf);
  params.set("step", `${step / MS}ms`);
  return layCells(await fetchLogCounts(params, signal), { ...window, step });
}

/**
 * @param {import("../lib/log-query.js").LogQuery} query
 * @param {AbortSignal} signal
 * @returns {Promise<bigint | null>} when the oldest record is from, ns since 1970
 */
async function oldestOf(query, signal) {
  const params = logConditions(query);
  params.set("order", "oldest");
  params.set("limit", "1");
  const [oldest] = decodeLogPage(await fetchLogs(params, signal)).records;
  return oldest ? timeOf(oldest) : null;
}
