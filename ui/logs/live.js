// New log records as they arrive, over server-sent events.

import { liveLogsHref } from "../lib/api.js";
import { pause } from "../lib/pause.js";
import { decodeLiveRecord } from "./record.js";

/**
 * @typedef {import("./record.js").LogRecord} LogRecord
 * @typedef {"connecting" | "open" | "lost" | "refused"} LiveState lost: the browser tries again by
 *   itself; refused: the server answered something else, and is asked again after a while
 *
 * @typedef {object} LiveReport
 * @property {(state: LiveState) => void} onState
 * @property {(records: LogRecord[]) => void} onRecords in the order of their arrival
 * @property {(records: number | null) => void} onSkipped so many came too fast to be sent; `null` if
 *   nobody counted them
 */

/** Records are handed on so often: each time costs a drawing of the list. */
const FLUSH_MS = 200;
/** How long to wait after an answer that is no stream. */
const RETRY_MS = 10_000;
/** Records kept for the next handing on: who sends more in that time is not read anyway. */
const BUFFER_MAX = 5_000;

/**
 * Follows until `signal` ends it. While the page is hidden nothing is open.
 *
 * @param {URLSearchParams} conditions
 * @param {LiveReport} report
 * @param {AbortSignal} signal
 */
export async function followLive(conditions, report, signal) {
  while (!signal.aborted) {
    if (!document.hidden) await connection(conditions, report, signal);
    // Waits until the page is seen again, too.
    await pause(document.hidden ? 0 : RETRY_MS, signal);
  }
}

/**
 * One connection, until it is refused, the page is hidden, or `signal` ends it.
 *
 * @param {URLSearchParams} conditions
 * @param {LiveReport} report
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function connection(conditions, report, signal) {
  return new Promise((resolve) => {
    report.onState("connecting");
    const source = new EventSource(liveLogsHref(conditions));
    const buffer = createBuffer(report);
    const done = () => {
      source.close();
      buffer.close();
      signal.removeEventListener("abort", done);
      document.removeEventListener("visibilitychange", onVisibility);
      resolve();
    };
    const onVisibility = () => {
      if (document.hidden) done();
    };
    source.addEventListener("open", () => report.onState("open"));
    source.addEventListener("error", () => {
      const isRefused = source.readyState === EventSource.CLOSED;
      report.onState(isRefused ? "refused" : "lost");
      if (isRefused) done();
    });
    source.addEventListener("record", (event) => buffer.add(event.data));
    source.addEventListener("skipped", (event) => report.onSkipped(skippedOf(parse(event.data))));
    signal.addEventListener("abort", done);
    document.addEventListener("visibilitychange", onVisibility);
  });
}

/** @param {LiveReport} report */
function createBuffer(report) {
  /** @type {LogRecord[]} */
  let records = [];
  let skipped = 0;
  let timer = 0;
  const flush = () => {
    timer = 0;
    const [ready, lost] = [records, skipped];
    records = [];
    skipped = 0;
    if (ready.length > 0) report.onRecords(ready);
    if (lost > 0) report.onSkipped(lost);
  };
  return {
    /** @param {string} data */
    add(data) {
      const json = parse(data);
      if (json === null) return;
      if (records.length < BUFFER_MAX) records.push(decodeLiveRecord(json));
      else skipped++;
      if (timer === 0) timer = window.setTimeout(flush, FLUSH_MS);
    },
    close() {
      clearTimeout(timer);
      flush();
    },
  };
}

/**
 * @param {any} json of an event that says that records were left out
 * @returns {number | null} how many; `null` if the server did not count them
 */
export function skippedOf(json) {
  return Number.isInteger(json?.records) ? json.records : null;
}

/** @param {string} data @returns {any} `null` if it is no JSON */
function parse(data) {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}
