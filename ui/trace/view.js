// What the trace page remembers: the spans, and what the reader folded, chose, searched and zoomed.

import { batch, computed, signal } from "@preact/signals";

import { NO_HOPS } from "../propagation/hops.js";
import { criticalPath } from "./critical-path.js";
import { findNodes, withinReach } from "./find.js";
import { createLogView } from "./log-view.js";
import { NO_TRACE } from "./outline.js";
import { membersOf } from "./repeats.js";
import { buildTree, mainRoot, visibleNodes } from "./tree.js";

/**
 * @typedef {import("./decode.js").Trace} Trace
 * @typedef {import("./tree.js").Node} Node
 * @typedef {ReturnType<typeof createView>} View
 */

/** A zoom to less than this would only show rounding. */
const RANGE_MIN_NANOS = 10;

/**
 * @param {string | null} selected the key of the span that the address names
 * @param {import("./modes.js").Mode} mode the view that it names
 * @param {boolean} withLogs whether it opens the log records
 */
export function createView(selected, mode, withLogs) {
  const trace = signal(NO_TRACE);
  const alignClocks = signal(false);
  const tree = computed(() => buildTree(trace.value.spans, { alignClocks: alignClocks.value }));
  const folded = signal(/** @type {ReadonlySet<string>} */ (new Set()));
  const open = signal(/** @type {ReadonlySet<string>} */ (new Set()));
  const query = signal("");
  const matches = computed(() => findNodes(tree.value.nodes, query.value));
  const onlyMatches = signal(false);
  const rows = computed(() => {
    const unfolded = visibleNodes(tree.value.nodes, folded.value, open.value);
    return onlyMatches.value && query.value.trim() !== "" ? withinReach(unfolded, matches.value) : unfolded;
  });
  const byKey = computed(() => new Map(tree.value.nodes.map((node) => [node.key, node])));
  const selectedKey = signal(selected);
  const zoom = signal(/** @type {import("./layout.js").Range | null} */ (null));
  // A table of all keys is made for whoever looks one up, and not to show the trace.
  const chosen = computed(() => (selectedKey.value === null ? null : (byKey.value.get(selectedKey.value) ?? null)));
  return {
    /** Which view is shown. */
    mode: signal(mode),
    trace,
    alignClocks,
    tree,
    folded,
    /** The first of each many alike that are shown one by one, by key. */
    open,
    rows,
    /** What the trace waited for. */
    critical: computed(() => criticalPath(mainRoot(tree.value))),
    query,
    matches,
    /** Whether what a search does not find is left out. */
    onlyMatches,
    matchKeys: computed(() => new Set(matches.value.map((node) => node.key))),
    byKey,
    selectedKey,
    /** The span under the cursor, if it has arrived. */
    selected: chosen,
    detailsOpen: signal(selected !== null || withLogs),
    logs: createLogView(trace, tree, chosen, withLogs),
    /** How the trace got from process to process. */
    hops: signal(NO_HOPS),
    /** Where the pointer is on the time line, as a part of its width. */
    pointed: signal(/** @type {number | null} */ (null)),
    zoom,
    /** What the time line shows. */
    range: computed(() => zoom.value ?? { start: tree.value.start, end: tree.value.end }),
  };
}

/**
 * Shows a trace, or more of it.
 *
 * @param {View} view
 * @param {Trace} trace
 */
export function showTrace(view, trace) {
  const before = view.trace.peek();
  const zoom = view.zoom.peek();
  batch(() => {
    view.trace.value = trace;
    if (!zoom || before.spans.length === 0) return;
    // A span that came late may begin before the others, and all times count from the first.
    const shift = Number(before.start - trace.start);
    view.zoom.value = { start: zoom.start + shift, end: zoom.end + shift };
  });
}

/**
 * Puts the cursor on a span and unfolds what hides it.
 *
 * @param {View} view
 * @param {Node} node
 * @param {{open?: boolean}} [options] whether to show its details too
 */
export function select(view, node, { open = false } = {}) {
  batch(() => {
    reveal(view, node);
    view.selectedKey.value = node.key;
    if (open) view.detailsOpen.value = true;
  });
}

/** @param {View} view @param {Node} node */
function reveal(view, node) {
  const folded = new Set(view.folded.peek());
  const open = new Set(view.open.peek());
  // The first of many alike is in sight itself.
  if (node.repeatOf && node.repeatOf !== node) open.add(node.repeatOf.key);
  for (let at = node.parent; at; at = at.parent) {
    folded.delete(at.key);
    if (at.repeatOf) open.add(at.repeatOf.key);
  }
  if (folded.size !== view.folded.peek().size) view.folded.value = folded;
  if (open.size !== view.open.peek().size) view.open.value = open;
  if (view.onlyMatches.peek() && !view.rows.peek().includes(node)) view.onlyMatches.value = false;
}

/**
 * Shows many alike one by one, or as one row again.
 *
 * @param {View} view
 * @param {Node} node one of them
 */
export function toggleRepeats(view, { repeatOf }) {
  if (!repeatOf) return;
  const open = new Set(view.open.peek());
  if (!open.delete(repeatOf.key)) open.add(repeatOf.key);
  batch(() => {
    view.open.value = open;
    if (view.selected.peek()?.repeatOf === repeatOf) view.selectedKey.value = repeatOf.key;
  });
}

/**
 * @param {View} view
 * @param {Node} node
 */
export function toggleFold(view, node) {
  if (membersOf(node, view.open.peek())) return toggleRepeats(view, node);
  if (node.children.length === 0) return;
  const folded = new Set(view.folded.peek());
  if (!folded.delete(node.key)) folded.add(node.key);
  view.folded.value = folded;
}

/** @param {View} view */
export function foldAll(view) {
  const parents = view.tree.peek().nodes.filter((node) => node.children.length > 0);
  batch(() => {
    view.folded.value = new Set(parents.map((node) => node.key));
    view.open.value = new Set();
  });
}

/** @param {View} view */
export function unfoldAll(view) {
  const many = view.tree.peek().nodes.filter((node) => node.repeats !== null);
  batch(() => {
    view.folded.value = new Set();
    view.open.value = new Set(many.map((node) => node.key));
  });
}

/**
 * Moves the cursor by a number of rows.
 *
 * @param {View} view
 * @param {number} by
 */
export function moveBy(view, by) {
  const rows = view.rows.peek();
  const at = rows.findIndex((node) => node.key === view.selectedKey.peek());
  const node = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
  if (node) select(view, node);
}

/** Left: fold, or go to the parent. @param {View} view */
export function moveOut(view) {
  const node = view.selected.peek();
  if (!node) return moveBy(view, 0);
  const isMany = membersOf(node, view.open.peek()) !== null;
  const isUnfolded = node.children.length > 0 && !view.folded.peek().has(node.key);
  if (isUnfolded && !isMany) toggleFold(view, node);
  else if (node.repeatOf && !isMany) toggleRepeats(view, node);
  else if (node.parent) select(view, node.parent);
}

/** Right: unfold, or go to the first child. @param {View} view */
export function moveIn(view) {
  const node = view.selected.peek();
  if (!node) return moveBy(view, 0);
  const [child] = node.children;
  if (membersOf(node, view.open.peek())) toggleRepeats(view, node);
  else if (view.folded.peek().has(node.key)) toggleFold(view, node);
  else if (child) select(view, child);
}

/**
 * The next of some spans after the cursor, in the order shown and around the end.
 *
 * @param {View} view
 * @param {Node[]} nodes in the order shown
 * @param {1 | -1} direction
 */
export function moveToNext(view, nodes, direction) {
  const at = view.selected.peek()?.index ?? (direction > 0 ? -1 : Infinity);
  const next =
    direction > 0
      ? (nodes.find((node) => node.index > at) ?? nodes[0])
      : (nodes.findLast((node) => node.index < at) ?? nodes.at(-1));
  if (next) select(view, next);
}

/**
 * @param {View} view
 * @param {number} from ns after the start of the trace
 * @param {number} to
 */
export function zoomTo(view, from, to) {
  const { start, end } = view.tree.peek();
  const range = { start: Math.max(start, Math.min(from, to)), end: Math.min(end, Math.max(from, to)) };
  view.zoom.value = range.end - range.start >= RANGE_MIN_NANOS ? range : null;
}
