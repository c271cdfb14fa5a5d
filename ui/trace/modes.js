// The views of a trace, one at a time on its page: each has an address and a key.

/**
 * @typedef {"timeline" | "flame" | "spans" | "services" | "propagation"} Mode
 */

/** The first is shown unless the address names another. `short` is for narrow screens. */
export const MODES = /** @type {const} */ ([
  { mode: "timeline", name: "Timeline", short: "Timeline", key: "t", says: "When each span was at work" },
  { mode: "flame", name: "Flame graph", short: "Flame", key: "f", says: "Where the time was spent, what is alike together" },
  { mode: "spans", name: "Spans", short: "Spans", key: "s", says: "The spans as a table, with their self time" },
  { mode: "services", name: "Services", short: "Services", key: "g", says: "Which service called which" },
  { mode: "propagation", name: "Propagation", short: "Propagation", key: "p", says: "How the trace got from process to process" },
]);

/**
 * @param {string | null} asked what an address says
 * @returns {Mode}
 */
export function modeOf(asked) {
  return MODES.find(({ mode }) => mode === asked)?.mode ?? MODES[0].mode;
}
