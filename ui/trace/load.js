// Fetching a trace that may not be there yet, or not be complete yet.

import { pause } from "../lib/pause.js";
import { ApiError } from "../lib/receive.js";
import { openTrace } from "./reader.js";

/**
 * @typedef {import("./decode.js").Trace} Trace
 * @typedef {{tries: number, error: string | null}} Waiting why there is nothing to show
 */

/** Waits between looks. Services send their spans in batches, mostly within 5 s. */
const WAITS_MS = [300, 500, 1_000, 2_000, 3_000, 5_000];
const WAIT_MAX_MS = 10_000;
/** … and how much longer than the last look took: a large trace is read and sent as a whole each time. */
const WAIT_RATIO = 10;
/** A trace of so many spans is shown before the rest of them is here. Of a smaller one all comes at once. */
const EARLY_SPANS_MIN = 2_000;
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
  let shown = { count: 0, isWhole: true };
  let tries = 0;
  let changed = performance.now();
  const show = (/** @type {Trace} */ trace) => {
    if (!signal.aborted) onTrace(trace);
  };
  while (!signal.aborted) {
    const began = performance.now();
    const looked = await look(traceId, shown, show, signal);
    if (signal.aborted) return;
    tries += 1;
    if (looked.count > shown.count) {
      tries = 0;
      changed = performance.now();
    }
    shown = looked;
    if (shown.count === 0) onWaiting({ tries, error: looked.error });
    else if (performance.now() - changed > QUIET_MS) return;
    await pause(Math.max(WAITS_MS[tries] ?? WAIT_MAX_MS, WAIT_RATIO * (performance.now() - began)), signal);
  }
}

/**
 * @typedef {object} Shown
 * @property {number} count of spans
 * @property {boolean} isWhole whether the rest of them is here as well
 *
 * @param {string} traceId
 * @param {Shown} shown what is
 * @param {(trace: Trace) => void} show what there is more
 * @param {AbortSignal} signal
 * @returns {Promise<Shown & {error: string | null}>} what is shown now
 */
async function look(traceId, shown, show, signal) {
  let { count, isWhole } = shown;
  /** @type {Trace | undefined} */
  let early;
  try {
    const reader = await openTrace(traceId, signal);
    const trace = await reader?.outline();
    if (!reader || !trace || (trace.spans.length <= count && isWhole)) {
      await reader?.stop();
      return { ...shown, error: null };
    }
    const isEarly = count === 0 && trace.spans.length >= EARLY_SPANS_MIN;
    if (isEarly) {
      early = trace;
      show(trace);
      ({ count, isWhole } = { count: trace.spans.length, isWhole: false });
    }
    await reader.rest(trace);
    if (!isEarly) show(trace);
    return { count: trace.spans.length, isWhole: true, error: null };
  } catch (error) {
    if (error instanceof ApiError) {
      early?.rest.fail(error.message);
      return { count, isWhole, error: error.message };
    }
    if (signal.aborted) return { count, isWhole, error: null };
    throw error;
  }
}
