// What the trace page remembers of log records: those loaded, and which of them the reader looks at.

import { batch, computed, signal } from "@preact/signals";

import { NO_LOGS } from "./load-logs.js";
import { logsOf, placeLogs, rankOf } from "./placed-logs.js";

/**
 * @typedef {import("@preact/signals").ReadonlySignal<import("./decode.js").Trace>} TraceSignal
 * @typedef {import("@preact/signals").ReadonlySignal<import("./tree.js").Tree>} TreeSignal
 * @typedef {import("@preact/signals").ReadonlySignal<import("./tree.js").Node | null>} NodeSignal
 * @typedef {import("../logs/record.js").Level} Level
 * @typedef {import("./placed-logs.js").PlacedLog} PlacedLog
 * @typedef {import("./placed-logs.js").Scope} Scope
 * @typedef {ReturnType<typeof createLogView>} LogView
 *
 * @typedef {object} LoneLogs records without a trace from around a span
 * @property {string} of the key of the span
 * @property {"loading" | "here" | "failed"} state
 * @property {PlacedLog[]} logs by time
 * @property {boolean} isMore whether there may be others
 * @property {string | null} partial why not all that is stored was looked at
 * @property {string} problem why it failed
 */

/** What is below a line until it has been measured, pixels. */
const HEIGHT_GUESS = 240;

/** How many records may be unfolded: each is measured and drawn. */
const UNFOLDED_MAX = 50;

/**
 * @param {TraceSignal} trace
 * @param {TreeSignal} tree
 * @param {NodeSignal} chosen
 * @param {boolean} isShown whether the panel shows records at first
 */
export function createLogView(trace, tree, chosen, isShown) {
  const loaded = signal(NO_LOGS);
  const placed = computed(() => placeLogs(loaded.value.records, trace.value.start, tree.value.nodes));
  const scope = signal(/** @type {Scope} */ ("span"));
  const least = signal(/** @type {Level} */ ("none"));
  const lone = signal(/** @type {LoneLogs | null} */ (null));
  const severe = (/** @type {PlacedLog[]} */ logs) => {
    const rank = rankOf(least.value);
    return rank === 0 ? logs : logs.filter((log) => log.rank >= rank);
  };
  const listed = computed(() => severe(logsOf(placed.value, chosen.value, scope.value)));
  const loneOfChosen = computed(() => {
    const isOfChosen = scope.value !== "trace" && lone.value?.of === chosen.value?.key;
    return isOfChosen ? lone.value : null;
  });
  const loneListed = computed(() => severe(loneOfChosen.value?.logs ?? []));
  return {
    loaded,
    placed,
    /** Counts how often the reader asked to load them again. */
    tries: signal(0),
    /** Whether the panel shows records, and not what else is known of the span. */
    isShown: signal(isShown),
    /** Whether the list is to take the focus. */
    wantsFocus: signal(false),
    /** What the reader chose; without a span it is the trace. */
    scope,
    /** The least severity listed. */
    least,
    listed,
    /** Records without a trace, of the span they were asked for last. */
    lone,
    loneOfChosen,
    loneListed,
    /** All that the cursor moves over. */
    rows: computed(() => (loneListed.value.length === 0 ? listed.value : [...listed.value, ...loneListed.value])),
    /** The record under the cursor of the list. */
    cursor: signal(/** @type {string | null} */ (null)),
    /** Records unfolded, with the height of what is below their lines. */
    heights: signal(/** @type {ReadonlyMap<string, number>} */ (new Map())),
  };
}

/**
 * Moves the cursor of the list by a number of records.
 *
 * @param {LogView} logs
 * @param {number} by
 */
export function moveLogBy(logs, by) {
  const rows = logs.rows.peek();
  // A cursor that is not here is above the list.
  const at = rows.findIndex((log) => log.key === logs.cursor.peek());
  const index = Math.min(rows.length - 1, Math.max(0, at + by));
  logs.cursor.value = rows[index]?.key ?? null;
}

/** @param {LogView} logs @param {string} key */
export function toggleLog(logs, key) {
  const heights = new Map(logs.heights.peek());
  if (!heights.delete(key)) heights.set(key, HEIGHT_GUESS);
  if (heights.size > UNFOLDED_MAX) heights.delete(String(heights.keys().next().value));
  batch(() => {
    logs.heights.value = heights;
    logs.cursor.value = key;
  });
}

/** @param {LogView} logs @param {string} key @param {number} height */
export function measuredLog(logs, key, height) {
  const before = logs.heights.peek();
  if (!before.has(key) || before.get(key) === height) return;
  logs.heights.value = new Map(before).set(key, height);
}
