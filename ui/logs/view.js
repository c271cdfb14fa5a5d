// What the list remembers: the record under the cursor, those unfolded, and whether it is at its top.

import { batch, signal } from "@preact/signals";

import { goTo } from "../lib/navigation.js";
import { traceHref } from "../lib/links.js";
import { lineOf } from "./record.js";

/**
 * @typedef {import("./record.js").LogRecord} LogRecord
 * @typedef {ReturnType<typeof createView>} View
 */

/** What is below a line until it has been measured, pixels. */
const HEIGHT_GUESS = 240;

/** How many records may be unfolded: each is measured and drawn. */
const UNFOLDED_MAX = 50;

/**
 * @typedef {{selectedSeq: number | null, heights: ReadonlyMap<number, number>, scrollTop: number}} Place
 */

/** Where the reader was in lists that were left, for the way back. @type {WeakMap<object, Place>} */
const places = new WeakMap();

/** @type {Place} */
const BEGINNING = { selectedSeq: null, heights: new Map(), scrollTop: 0 };

/**
 * @param {{peek: () => LogRecord[]}} records those of the list
 * @param {object} list what stands for the list when it is left and come back to
 */
export function createView(records, list) {
  const before = places.get(list) ?? BEGINNING;
  return {
    records,
    selectedSeq: signal(before.selectedSeq),
    /** Records unfolded, with the height of what is below their lines. */
    heights: signal(before.heights),
    isAtTop: signal(before.scrollTop === 0),
    /** Where the list was scrolled to, pixels. */
    scrollTop: before.scrollTop,
    /** Told to scroll to the top. */
    rewinds: signal(0),
  };
}

/**
 * Keeps where the reader is, for the way back.
 *
 * @param {View} view
 * @param {object} list as for `createView`
 */
export function remember({ selectedSeq, heights, scrollTop }, list) {
  places.set(list, { selectedSeq: selectedSeq.peek(), heights: heights.peek(), scrollTop });
}

/** @param {View} view @returns {LogRecord | undefined} */
export function selectedOf({ records, selectedSeq }) {
  const list = records.peek();
  const seq = selectedSeq.peek();
  return seq === null ? undefined : list[seq - (list[0]?.seq ?? 0)];
}

/**
 * Moves the cursor by a number of records.
 *
 * @param {View} view
 * @param {number} by
 */
export function moveBy(view, by) {
  const list = view.records.peek();
  const [first] = list;
  if (!first) return;
  // At first the cursor is above the list.
  const at = (view.selectedSeq.peek() ?? first.seq - (by > 0 ? 1 : 0)) - first.seq;
  const index = Math.min(list.length - 1, Math.max(0, at + by));
  view.selectedSeq.value = first.seq + index;
}

/** @param {View} view @param {number} seq */
export function toggle(view, seq) {
  const heights = new Map(view.heights.peek());
  if (!heights.delete(seq)) heights.set(seq, HEIGHT_GUESS);
  if (heights.size > UNFOLDED_MAX) heights.delete(Number(heights.keys().next().value));
  batch(() => {
    view.heights.value = heights;
    view.selectedSeq.value = seq;
  });
}

/** @param {View} view */
export function foldAll(view) {
  if (view.heights.peek().size > 0) view.heights.value = new Map();
}

/** @param {View} view @param {number} seq @param {number} height */
export function measured(view, seq, height) {
  const before = view.heights.peek();
  if (!before.has(seq) || before.get(seq) === height) return;
  view.heights.value = new Map(before).set(seq, height);
}

/** @param {View} view */
export function openTrace(view) {
  const record = selectedOf(view);
  if (!record) return;
  const { traceId, spanId } = lineOf(record);
  if (traceId !== "") goTo(traceHref(traceId, spanId));
}
