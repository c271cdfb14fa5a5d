// The keyboard in the list of log records.

import { isField } from "../trace/keys.js";
import { foldAll, moveBy, openTrace, selectedOf, toggle } from "./view.js";

/** @typedef {import("./view.js").View} View */

const PAGE_ROWS = 15;

/** What each key does, for the reader. */
export const KEYS = /** @type {const} */ ([
  { shown: "↓ j", says: "next record" },
  { shown: "↑ k", says: "previous record" },
  { shown: "Home", says: "first record" },
  { shown: "End", says: "last one loaded" },
  { shown: "Enter", says: "all that a record says" },
  { shown: "t", says: "its trace" },
  { shown: "l", says: "live, or not" },
  { shown: "/", says: "search the text" },
  { shown: "?", says: "show these keys" },
  { shown: "Esc", says: "fold all" },
]);

/** @type {Record<string, (view: View) => void>} */
const ACTIONS = {
  ArrowDown: (view) => moveBy(view, 1),
  j: (view) => moveBy(view, 1),
  ArrowUp: (view) => moveBy(view, -1),
  k: (view) => moveBy(view, -1),
  PageDown: (view) => moveBy(view, PAGE_ROWS),
  PageUp: (view) => moveBy(view, -PAGE_ROWS),
  Home: (view) => moveBy(view, -Infinity),
  End: (view) => moveBy(view, Infinity),
  Enter: (view) => {
    const record = selectedOf(view) ?? view.records.peek()[0];
    if (record) toggle(view, record.seq);
  },
  t: openTrace,
  Escape: foldAll,
};

/**
 * Acts on a key wherever it is pressed on the page, so that the reader need not click first.
 *
 * @param {View} view
 * @param {HTMLElement} list
 * @param {KeyboardEvent} event
 */
export function onKey(view, list, event) {
  const { key, target } = event;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isField(target)) return;
  const nowhere = target === document.body;
  // Whatever stands in the list beside it, such as a link, has its own use for most keys.
  const isClaimed = !nowhere && target !== list;
  if (isClaimed && (key.length > 1 || key === " ") && key !== "Escape") return;
  const action = Object.hasOwn(ACTIONS, key) ? ACTIONS[key] : undefined;
  if (!action) return;
  event.preventDefault();
  // Only a list with the focus can tell a screen reader where its cursor is.
  if (nowhere) list.focus({ preventScroll: true });
  action(view);
}
