import { useEffect } from "preact/hooks";

import { fetchHops } from "../lib/api.js";
import { ApiError } from "../lib/receive.js";
import { NO_HOPS, decodeHops } from "./hops.js";

/** @typedef {import("../trace/view.js").View} View */

/** The hops of a larger trace are asked for only when somebody looks: the backend reads all of it again. */
const EAGER_SPANS_MAX = 5_000;

/**
 * Keeps the hops of the trace, and asks again when more of its spans arrive.
 *
 * @param {View} view
 * @param {string} traceId
 */
export function useHops(view, traceId) {
  const spans = view.trace.value.spans.length;
  const isWanted = spans > 0 && (spans <= EAGER_SPANS_MAX || view.mode.value === "propagation");
  useEffect(() => {
    if (!isWanted) return undefined;
    const stop = new AbortController();
    void load(view, traceId, stop.signal);
    return () => stop.abort();
  }, [view, traceId, spans, isWanted]);
}

/** @param {View} view @param {string} traceId @param {AbortSignal} signal */
async function load(view, traceId, signal) {
  // What is shown already stays until there is more to show.
  if (view.hops.peek().state !== "here") view.hops.value = { ...NO_HOPS, state: "loading" };
  try {
    const json = await fetchHops(traceId, signal);
    if (signal.aborted) return;
    view.hops.value = decodeHops(json);
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof ApiError)) throw error;
    view.hops.value = { ...NO_HOPS, state: "failed", failure: error.message };
  }
}
