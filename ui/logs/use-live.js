import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { fetchLogs } from "../lib/api.js";
import { logConditions, windowOf } from "../lib/log-query.js";
import { ApiError } from "../lib/receive.js";
import { followLive } from "./live.js";
import { newestFirst, notAmong, withNews } from "./loaded.js";
import { decodeLogPage, fingerprint, timeOf } from "./record.js";
import { askedOf } from "./use-logs.js";

/**
 * @typedef {import("./live.js").LiveState} LiveState
 * @typedef {import("./record.js").LogRecord} LogRecord
 * @typedef {import("./view.js").View} View
 * @typedef {import("../lib/log-query.js").LogQuery} LogQuery
 * @typedef {ReturnType<typeof import("./use-logs.js").useLogs>} Logs
 */

/** Records that wait for a reader who has scrolled away. */
const WAITING_MAX = 10_000;

/** Records that came and are not listed: those that were counted, and whether there were others. */
const NONE_SKIPPED = { count: 0, isMore: false };

/** How many records are looked up that came while nothing was connected. */
const CATCH_UP_LIMIT = 1_000;

/** So long after a look-up, a record may come that it has found already. */
const TWICE_MS = 10_000;

/**
 * Takes in new records while the query is live.
 *
 * @param {LogQuery} query
 * @param {Logs} logs
 * @param {View} view
 */
export function useLive(query, logs, view) {
  const state = useSignal(/** @type {LiveState | null} */ (null));
  const waiting = useSignal(/** @type {LogRecord[]} */ ([]));
  const skipped = useSignal(NONE_SKIPPED);
  const asked = askedOf(query);
  const isReady = logs.loaded.value !== null && askedOf(logs.loaded.value.query) === asked;

  const flush = () => {
    const found = logs.loaded.peek();
    const news = waiting.peek();
    if (!found || news.length === 0) return;
    waiting.value = [];
    logs.show(withNews(found, news));
  };
  const skip = (/** @type {number | null} */ records) => {
    const { count, isMore } = skipped.peek();
    if (records !== 0) skipped.value = { count: count + (records ?? 0), isMore: isMore || records === null };
  };
  const take = (/** @type {LogRecord[]} */ news) => {
    const all = [...news, ...waiting.peek()];
    skip(Math.max(0, all.length - WAITING_MAX));
    waiting.value = all.slice(0, WAITING_MAX);
    if (!isHeld(view)) flush();
  };

  useEffect(() => {
    state.value = null;
    waiting.value = [];
    skipped.value = NONE_SKIPPED;
    if (query.live === "" || !isReady) return undefined;
    const stop = new AbortController();
    const lookedUp = createLookUp(query, logs, () => waiting.peek(), stop.signal);
    /** @type {import("./live.js").LiveReport} */
    const report = {
      onState(now) {
        if (stop.signal.aborted) return;
        state.value = now;
        if (now === "open") lookedUp.run(take, () => skip(null));
      },
      onRecords: (records) => !stop.signal.aborted && take(newestFirst(lookedUp.without(records))),
      onSkipped: (records) => !stop.signal.aborted && skip(records),
    };
    followLive(logConditions(query), report, stop.signal);
    return () => stop.abort();
  }, [asked, query.live, isReady]);

  // A reader who comes back to the top sees what came.
  useSignalEffect(() => {
    const held = !view.isAtTop.value || view.heights.value.size > 0;
    if (!held && waiting.value.length > 0) flush();
  });
  return { state, waiting, skipped, flush };
}

/** Whether the reader is at what must not move away. @param {View} view */
function isHeld(view) {
  return !view.isAtTop.peek() || view.heights.peek().size > 0;
}

/**
 * Finds what came while nothing was connected: before the first connection, and between two.
 *
 * @param {LogQuery} query
 * @param {Logs} logs
 * @param {() => LogRecord[]} waiting
 * @param {AbortSignal} signal
 */
function createLookUp(query, logs, waiting, signal) {
  let found = new Set();
  let foundAt = -Infinity;
  return {
    /** @param {(news: LogRecord[]) => void} onNews @param {() => void} onMore there is more than is asked for */
    async run(onNews, onMore) {
      const known = () => [...waiting(), ...(logs.loaded.peek()?.records ?? [])];
      const [newest] = known();
      const loaded = logs.loaded.peek();
      const start = newest ? timeOf(newest) : loaded && windowOf(query, loaded.now).start;
      const params = logConditions(query);
      if (start) params.set("start", String(start));
      params.set("limit", String(CATCH_UP_LIMIT));
      try {
        const page = decodeLogPage(await fetchLogs(params, signal));
        if (signal.aborted) return;
        found = new Set(page.records.map(fingerprint));
        foundAt = performance.now();
        if (page.records.length > 0) onNews(newestFirst(notAmong(page.records, known())));
        if (page.next !== null && newest) onMore();
      } catch (error) {
        // The connection goes on; what came meanwhile is found by the next search.
        if (!signal.aborted && !(error instanceof ApiError)) throw error;
      }
    },
    /** @param {LogRecord[]} records */
    without(records) {
      if (performance.now() - foundAt > TWICE_MS) return records;
      return records.filter((record) => !found.has(fingerprint(record)));
    },
  };
}
