import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { ApiError } from "./api.js";

/**
 * @template T
 * @typedef {object} Asked
 * @property {T | null} value the last answer
 * @property {string | null} problem why there is no newer one
 */

/**
 * Asks the backend, again whenever what it is asked changes, and from time to time while the page is in
 * sight if it is to.
 *
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} ask
 * @param {unknown[]} inputs what the question is made of
 * @param {number} [everyMs] from one time to the next; 0 for once
 * @returns {Asked<T>}
 */
export function useAnswer(ask, inputs, everyMs = 0) {
  const asked = useSignal(/** @type {Asked<T>} */ ({ value: null, problem: null }));
  useEffect(() => {
    const stop = new AbortController();
    const look = async () => {
      try {
        asked.value = { value: await ask(stop.signal), problem: null };
      } catch (error) {
        if (stop.signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        asked.value = { ...asked.peek(), problem: error.message };
      }
    };
    asked.value = { value: null, problem: null };
    void look();
    const timer = everyMs > 0 && setInterval(() => !document.hidden && void look(), everyMs);
    return () => {
      stop.abort();
      if (timer) clearInterval(timer);
    };
  }, inputs);
  return asked.value;
}
