/**
 * Waits, but no longer than until `signal` ends it; a page that is hidden waits until it is seen.
 *
 * @param {number} ms
 * @param {AbortSignal} signal
 */
export async function pause(ms, signal) {
  await until(signal, (done) => {
    const timer = setTimeout(done, ms);
    return () => clearTimeout(timer);
  });
  if (!document.hidden) return;
  await until(signal, (done) => {
    document.addEventListener("visibilitychange", done);
    return () => document.removeEventListener("visibilitychange", done);
  });
}

/**
 * @param {AbortSignal} signal
 * @param {(done: () => void) => () => void} begin starts to wait, answers how to stop
 * @returns {Promise<void>}
 */
function until(signal, begin) {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = () => {
      stop();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const stop = begin(done);
    signal.addEventListener("abort", done);
  });
}
