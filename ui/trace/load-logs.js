// Fetching the log records of a trace, and those near a span that name no trace.

import { fetchLogCounts, fetchLogs } from "../lib/api.js";
import { list, number, text } from "../lib/json.js";
import { pause } from "../lib/pause.js";
import { ApiError } from "../lib/receive.js";
import { serviceName } from "../lib/text.js";
import { decodeLogPage } from "../logs/record.js";

/**
 * @typedef {import("../logs/record.js").LogRecord} LogRecord
 * @typedef {import("../lib/api.js").Answers} Answers
 *
 * @typedef {object} FoundLogs
 * @property {LogRecord[]} records the oldest first
 * @property {boolean} isMore whether there are others
 * @property {string | null} partial why not all that is stored was looked at
 *
 * @typedef {object} TraceLogs
 * @property {"loading" | "here" | "failed" | "none kept"} state
 * @property {LogRecord[]} records the oldest first
 * @property {number} total how many there are, loaded or not
 * @property {string | null} partial
 * @property {string} problem why it failed
 */

/** @type {TraceLogs} */
export const NO_LOGS = { state: "loading", records: [], total: 0, partial: null, problem: "" };

const PAGE_RECORDS = 1_000;
/** How many records of a trace are loaded: more would not be looked at one by one. */
const TRACE_PAGES_MAX = 5;
/** How many records without a trace are listed. */
const LONE_RECORDS_MAX = 200;
/** How many records are looked through for them. */
const LONE_PAGES_MAX = 5;

/** Waits between looks for records that come late. */
const WAITS_MS = [1_000, 2_000, 3_000, 5_000];
const WAIT_MAX_MS = 10_000;
/** A trace that got no new record for so long is taken as complete. */
const QUIET_MS = 60_000;

/** How much time around a span counts as its own: a part of its duration within bounds, ns. */
const PAD_PART = 0.1;
const PAD_MIN_NANOS = 10_000_000;
const PAD_MAX_NANOS = 1_000_000_000;

/**
 * Loads the records of a trace, then again whenever there are more, until `signal` ends it.
 *
 * @param {string} traceId
 * @param {(logs: TraceLogs) => void} onLogs
 * @param {AbortSignal} signal
 * @param {Answers} [answers] where the first answers are kept
 */
export async function followLogs(traceId, onLogs, signal, answers) {
  let logs = await tried(() => loadTraceLogs(traceId, signal, answers), signal, (error) => {
    // A server that keeps no records does not know the address.
    onLogs({ ...NO_LOGS, state: error.status === 404 ? "none kept" : "failed", problem: error.message });
  });
  let changed = performance.now();
  for (let tries = 0; logs && !signal.aborted && performance.now() - changed <= QUIET_MS; tries++) {
    onLogs(logs);
    await pause(WAITS_MS[tries] ?? WAIT_MAX_MS, signal);
    // What is here stays, whether or not the server still answers.
    const newer = await tried(() => newerLogs(traceId, logs ?? NO_LOGS, signal), signal);
    if (!newer || newer.total === logs.total) continue;
    logs = newer;
    changed = performance.now();
    tries = 0;
  }
}

/**
 * @param {string} traceId
 * @param {TraceLogs} logs
 * @param {AbortSignal} signal
 * @returns {Promise<TraceLogs>} the same if there are no others by now
 */
async function newerLogs(traceId, logs, signal) {
  const total = await countLogs(traceId, signal);
  if (total === logs.total) return logs;
  const isFull = logs.records.length >= TRACE_PAGES_MAX * PAGE_RECORDS;
  return isFull ? { ...logs, total } : loadTraceLogs(traceId, signal);
}

/**
 * @template T
 * @param {() => Promise<T>} load
 * @param {AbortSignal} signal
 * @param {(error: ApiError) => void} [onFailure]
 * @returns {Promise<T | null>} `null` if it failed or nobody waits for it any more
 */
async function tried(load, signal, onFailure = () => {}) {
  try {
    const found = await load();
    return signal.aborted ? null : found;
  } catch (error) {
    if (signal.aborted) return null;
    if (!(error instanceof ApiError)) throw error;
    onFailure(error);
    return null;
  }
}

/**
 * @param {string} traceId
 * @param {AbortSignal} signal
 * @param {Answers} [answers]
 * @returns {Promise<TraceLogs>}
 */
async function loadTraceLogs(traceId, signal, answers) {
  const found = await loadPages({ trace: traceId }, signal, { pages: TRACE_PAGES_MAX, answers });
  const { records, partial } = found;
  const total = found.isMore ? await countLogs(traceId, signal, answers) : records.length;
  return { state: "here", records, total: Math.max(total, records.length), partial, problem: "" };
}

/** @param {string} traceId @param {AbortSignal} signal @param {Answers} [answers] @returns {Promise<number>} */
async function countLogs(traceId, signal, answers) {
  const counts = /** @type {any} */ (await fetchLogCounts(new URLSearchParams({ trace: traceId }), signal, answers));
  return list(counts?.cells).reduce((sum, cell) => sum + number(cell?.records), 0);
}

/**
 * @typedef {{service: string, start: bigint, end: bigint}} Around times in ns since 1970
 *
 * @param {{service: string, start: number, duration: number}} span start in ns after that of the trace
 * @param {bigint} traceStart ns since 1970
 * @returns {Around} a little more than the time of the span
 */
export function aroundSpan({ service, start, duration }, traceStart) {
  const pad = Math.round(Math.min(PAD_MAX_NANOS, Math.max(PAD_MIN_NANOS, PAD_PART * duration)));
  const from = traceStart + BigInt(start - pad);
  return { service, start: from > 0n ? from : 0n, end: traceStart + BigInt(start + Math.max(0, duration) + pad) };
}

/**
 * The records of a service within a time that name no trace.
 *
 * @param {Around} around
 * @param {AbortSignal} signal
 * @returns {Promise<FoundLogs>}
 */
export async function loadLoneLogs({ service, start, end }, signal) {
  // Nothing can be asked for by a name that it does not have.
  const named = /** @type {Record<string, string>} */ (service === serviceName("") ? {} : { service });
  const query = { ...named, start: String(start), end: String(end) };
  const isLone = (/** @type {LogRecord} */ record) => record.service === service && text(record.json?.traceId) === "";
  const options = { pages: LONE_PAGES_MAX, keep: isLone, max: LONE_RECORDS_MAX };
  const { records, isMore, partial } = await loadPages(query, signal, options);
  return { records: records.slice(0, LONE_RECORDS_MAX), isMore: isMore || records.length > LONE_RECORDS_MAX, partial };
}

/**
 * @param {Record<string, string>} query
 * @param {AbortSignal} signal
 * @param {{pages: number, keep?: (record: LogRecord) => boolean, max?: number, answers?: Answers}} options
 * @returns {Promise<FoundLogs>}
 */
async function loadPages(query, signal, { pages, keep = () => true, max = Infinity, answers }) {
  const params = new URLSearchParams({ ...query, order: "oldest", limit: String(PAGE_RECORDS) });
  /** @type {LogRecord[]} */
  const records = [];
  /** @type {string | null} */
  let partial = null;
  for (let count = 0; count < pages; count++) {
    const page = decodeLogPage(await fetchLogs(params, signal, answers));
    for (const record of page.records) if (keep(record)) records.push(record);
    partial ??= page.partial;
    if (page.next === null) return { records, isMore: false, partial };
    if (records.length > max) break;
    params.set("after", page.next);
  }
  return { records, isMore: true, partial };
}
