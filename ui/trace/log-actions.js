// What the reader does with the log records of a trace.

import { batch } from "@preact/signals";

import { nextError, rankOf } from "./placed-logs.js";
import { select } from "./view.js";

/**
 * @typedef {import("./placed-logs.js").PlacedLog} PlacedLog
 * @typedef {import("./view.js").View} View
 */

/** @param {View} view @returns {boolean} whether there is a list of records to open */
export function hasLogs({ logs }) {
  return logs.loaded.value.state === "here";
}

/**
 * Shows a record in the list, and its span.
 *
 * @param {View} view
 * @param {PlacedLog} log
 */
export function showLog(view, log) {
  const { logs } = view;
  const isOfTrace = logs.isShown.peek() && view.detailsOpen.peek() && view.selected.peek() === null;
  batch(() => {
    // A list of the whole trace stays one.
    if (isOfTrace) logs.scope.value = "trace";
    if (log.node) select(view, log.node, { open: true });
    else logs.scope.value = "trace";
    if (log.rank < rankOf(logs.least.peek())) logs.least.value = "none";
    openLogs(view);
    logs.cursor.value = log.key;
  });
}

/**
 * Shows the records of a span in the list.
 *
 * @param {View} view
 * @param {import("./tree.js").Node} node
 * @param {import("./placed-logs.js").Scope} scope
 */
export function showLogsOf(view, node, scope) {
  batch(() => {
    select(view, node);
    view.logs.scope.value = scope;
    openLogs(view);
  });
}

/** @param {View} view */
export function openLogs(view) {
  if (!hasLogs(view)) return;
  batch(() => {
    view.logs.isShown.value = true;
    view.detailsOpen.value = true;
  });
}

/**
 * Opens the list, or closes it.
 *
 * @param {View} view
 * @param {{focus?: boolean}} [options] whether the keyboard goes on in the list
 */
export function toggleLogs(view, { focus = false } = {}) {
  const isOpen = view.detailsOpen.peek() && view.logs.isShown.peek();
  if (isOpen) view.detailsOpen.value = false;
  else openLogs(view);
  view.logs.wantsFocus.value = focus && !isOpen;
}

/** For the keyboard, which then goes on in the list. @param {View} view */
export function showNextError(view) {
  const { placed, cursor, wantsFocus } = view.logs;
  const next = nextError(placed.peek().all, cursor.peek());
  if (!next) return;
  showLog(view, next);
  wantsFocus.value = true;
}
