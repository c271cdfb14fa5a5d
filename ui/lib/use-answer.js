import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { pause } from "./pause.js";
import { ApiError } from "./receive.js";

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
 * @param {number} [everyMs] from an answer to the next question; 0 for once
 * @returns {Asked<T>}
 */
export function useAnswer(ask, inputs, everyMs = 0) {
  const asked = useSignal(/** @type {Asked<T>} */ ({ value: null, problem: null }));
  useEffect(() => {
    const stop = new AbortController();
    asked.value = { value: null, problem: null };
    void keepAsking(ask, everyMs, stop.signal, (answer) => {
      asked.value = { ...asked.peek(), ...answer };
    });
    return () => stop.abort();
  }, inputs);
  return asked.value;
}

/**
 * Asks until `signal` ends it, and never before the last answer is here: of two questions at a time, the
 * older could be answered last.
 *
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} ask
 * @param {number} everyMs 0 for once
 * @param {AbortSignal} signal
 * @param {(answer: {value?: T, problem: string | null}) => void} onAnswer hears nothing once `signal` ended it
 */
export async function keepAsking(ask, everyMs, signal, onAnswer) {
  do {
    try {
      const value = await ask(signal);
      if (!signal.aborted) onAnswer({ value, problem: null });
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      onAnswer({ problem: error.message });
    }
    if (everyMs > 0) await pause(everyMs, signal);
  } while (everyMs > 0 && !signal.aborted);
}
