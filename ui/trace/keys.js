// The keyboard in the waterfall.

import { showNextError, toggleLogs } from "./log-actions.js";
import { foldAll, moveBy, moveIn, moveOut, moveToNext, select, toggleFold, unfoldAll } from "./view.js";

/** @typedef {import("./view.js").View} View */

const PAGE_ROWS = 15;

/** What each key does, for the handler and for the reader. */
export const KEYS = /** @type {const} */ ([
  { keys: ["ArrowDown", "j"], shown: "↓ j", says: "next span" },
  { keys: ["ArrowUp", "k"], shown: "↑ k", says: "previous span" },
  { keys: ["ArrowRight"], shown: "→", says: "unfold, or first child" },
  { keys: ["ArrowLeft"], shown: "←", says: "fold, or parent" },
  { keys: ["Enter"], shown: "Enter", says: "show details" },
  { keys: [" "], shown: "Space", says: "fold or unfold" },
  { keys: ["e"], shown: "e", says: "next error" },
  { keys: ["l"], shown: "l", says: "log records" },
  { keys: ["E"], shown: "E", says: "next error in the logs" },
  { keys: ["n"], shown: "n", says: "next match" },
  { keys: ["N"], shown: "N", says: "previous match" },
  { keys: ["["], shown: "[", says: "fold all" },
  { keys: ["]"], shown: "]", says: "unfold all" },
  { keys: ["/"], shown: "/", says: "find in this trace" },
  { keys: ["t"], shown: "t", says: "timeline" },
  { keys: ["f"], shown: "f", says: "flame graph" },
  { keys: ["s"], shown: "s", says: "table of spans" },
  { keys: ["g"], shown: "g", says: "graph of services" },
  { keys: ["p"], shown: "p", says: "propagation" },
  { keys: ["?"], shown: "?", says: "show these keys" },
  { keys: ["Escape"], shown: "Esc", says: "close" },
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
  ArrowRight: moveIn,
  ArrowLeft: moveOut,
  Enter: (view) => {
    const node = view.selected.peek() ?? view.rows.peek()[0];
    if (node) select(view, node, { open: true });
  },
  " ": (view) => {
    const node = view.selected.peek();
    if (node) toggleFold(view, node);
  },
  e: (view) => moveToNext(view, failedNodes(view), 1),
  l: (view) => toggleLogs(view, { focus: true }),
  E: showNextError,
  n: (view) => moveToNext(view, view.matches.peek(), 1),
  N: (view) => moveToNext(view, view.matches.peek(), -1),
  "[": foldAll,
  "]": unfoldAll,
  Escape: (view) => {
    view.detailsOpen.value = false;
  },
};

/** Keys that do the same in every view of the trace. */
const ANYWHERE = ["e", "l", "E", "n", "N", "Escape"];

/**
 * Acts on a key in a view without rows to move over.
 *
 * @param {View} view
 * @param {string} key
 * @returns {boolean} whether it has a meaning there
 */
export function onKeyAnywhere(view, key) {
  if (!ANYWHERE.includes(key)) return false;
  ACTIONS[key]?.(view);
  // Without rows a cursor shows itself by what it is on.
  if (["e", "n", "N"].includes(key) && view.selected.peek()) view.detailsOpen.value = true;
  return true;
}

/** @param {View} view */
export function failedNodes(view) {
  return view.tree.peek().nodes.filter((node) => node.span.status === "error");
}

/** @param {EventTarget | null} target @returns {boolean} whether keys go into a field there */
export function isField(target) {
  return target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
}

/**
 * Acts on a key wherever it is pressed on the page, so that the reader need not click first.
 *
 * @param {View} view
 * @param {HTMLElement} waterfall
 * @param {KeyboardEvent} event
 */
export function onKey(view, waterfall, event) {
  const { key, target } = event;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isField(target)) return;
  const nowhere = target === document.body;
  const inWaterfall = target instanceof Node && waterfall.contains(target);
  if (!nowhere && !inWaterfall && !isUnclaimed(key)) return;
  if (target instanceof HTMLButtonElement && (key === "Enter" || key === " ")) return;
  const action = Object.hasOwn(ACTIONS, key) ? ACTIONS[key] : undefined;
  if (!action) return;
  event.preventDefault();
  // Only a waterfall with the focus can tell a screen reader where its cursor is.
  if (nowhere) waterfall.focus({ preventScroll: true });
  action(view);
}

/**
 * Links, buttons and panels need the other keys themselves, to press and to scroll.
 *
 * @param {string} key
 * @returns {boolean} whether it can have no other meaning than the waterfall's
 */
function isUnclaimed(key) {
  return key.length === 1 && key !== " ";
}
