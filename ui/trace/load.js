// Fetching a trace that may not be there yet, or not be complete yet.

import { ApiError, fetchTrace } from "../lib/api.js";
import { pause } from "../lib/pause.js";
import { list } from "../lib/json.js";
import { decodeTrace } from "./decode.js";

/**
 * @typedef {import("./decode.js").Trace} Trace
 * @typedef {{tries: number, error: string | null}} Waiting why there is nothing to show
 */

/** Waits between looks. Services send their spans in batches, mostly within 5 s. */
const WAITS_MS = [300, 500, 1_000, 2_000, 3_000, 5_000];
const WAIT_MAX_MS = 10_000;
/** … and how much longer than the last look took: a large trace is read and sent as a whole each time. */
const WAIT_RATIO = 10;
/** A trace that got no new span for so long is taken as complete. */
const QUIET_MS = 60_000;

/**
 * Looks for the trace until it is there, then for spans that come late, until `signal` ends it.
 *
 * @param {string} traceId
 * @param {object} report
 * @param {(trace: Trace) => void} report.onTrace first and whenever there are more spans
 * @param {(waiting: Waiting) => void} report.onWaiting after each look without success
 * @param {AbortSignal} signal
 */
export async function followTrace(traceId, { onTrace, onWaiting }, signal) {
  let count = 0;
  let tries = 0;
  let changed = performance.now();
  while (!signal.aborted) {
    const began = performance.now();
    const { json, error } = await look(traceId, signal);
    if (signal.aborted) return;
    tries += 1;
    const found = list(json?.spans).length;
    if (found > count) {
      count = found;
      tries = 0;
      changed = performance.now();
      onTrace(decodeTrace(json));
    } else if (count === 0) {
      onWaiting({ tries, error });
    }
    if (count > 0 && performance.now() - changed > QUIET_MS) return;
    await pause(Math.max(WAITS_MS[tries] ?? WAIT_MAX_MS, WAIT_RATIO * (performance.now() - began)), signal);
  }
}

/**
 * @param {string} traceId
 * @param {AbortSignal} signal
 * @returns {Promise<{json: any, error: string | null}>} json: the trace as the API has it, if it is there
 */
async function look(traceId, signal) {
  try {
    return { json: await fetchTrace(traceId, signal), error: null };
  } catch (error) {
    if (error instanceof ApiError) return { json: null, error: error.message };
    if (signal.aborted) return { json: null, error: null };
    throw error;
  }
}
