// The views of a trace, one at a time on its page: each has an address and a key.

/**
 * @typedef {"timeline" | "flame" | "spans" | "services" | "propagation"} Mode
 */

/** The first is shown unless the address names another. */
export const MODES = /** @type {const} */ ([
  { mode: "timeline", name: "Timeline", key: "t", says: "When each span was at work" },
  { mode: "flame", name: "Flame graph", key: "f", says: "Where the time was spent, what is alike together" },
  { mode: "spans", name: "Spans", key: "s", says: "The spans as a table, with their self time" },
  { mode: "services", name: "Services", key: "g", says: "Which service called which" },
  { mode: "propagation", name: "Propagation", key: "p", says: "How the trace got from process to process" },
]);

/**
 * @param {string | null} asked what an address says
 * @returns {Mode}
 */
export function modeOf(asked) {
  return MODES.find(({ mode }) => mode === asked)?.mode ?? MODES[0].mode;
}
