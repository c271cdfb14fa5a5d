import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

import { dateOf, now } from "../lib/format.js";
import { html } from "../lib/html.js";
import { onKey } from "./keys.js";
import { indexAt, topOf } from "./places.js";
import { timeOf } from "./record.js";
import { Row, rowId } from "./row.js";

/**
 * @typedef {import("./loaded.js").Loaded} Loaded
 * @typedef {import("./places.js").Unfolded} Unfolded
 * @typedef {import("./view.js").View} View
 */

/** Heights of the lines in pixels; `styles/logs.css` has the same. */
const LINE_PX = 26;
const NARROW_LINE_PX = 48;
const HEAD_PX = 30;
/** Records drawn above and below what is in sight, so that fast scrolling shows no gaps. */
const OVERSCAN_ROWS = 16;
/** The list is drawn anew when it was scrolled by so many lines, and not by each. */
const CHUNK_ROWS = 8;
/** From so many screens before the end on, what comes after is asked for. */
const SCREENS_AHEAD = 4;

const narrow = matchMedia("(max-width: 720px)");

/**
 * The records, a line each. Only those in sight are in the document.
 *
 * @param {{view: View, loaded: Loaded, onMore: () => void, end: any}} props end: what stands below the last record
 */
export function List({ view, loaded, onMore, end }) {
  const body = useRef(/** @type {HTMLElement | null} */ (null));
  const { records } = loaded;
  const box = useBox(body, view);
  const { top, height, lineHeight } = box.value;
  const firstSeq = records[0]?.seq ?? 0;
  const unfolded = unfoldedOf(view.heights.value, firstSeq, records.length);
  const all = topOf(records.length, lineHeight, unfolded);
  const at = Math.max(0, indexAt(top, lineHeight, unfolded) - OVERSCAN_ROWS);
  const first = Math.min(at - (at % CHUNK_ROWS), Math.max(0, records.length - 1));
  const down = `translateY(${topOf(first, lineHeight, unfolded)}px)`;
  const count = Math.ceil(height / lineHeight) + 2 * OVERSCAN_ROWS + CHUNK_ROWS;
  useCursorInSight(view, body, firstSeq, lineHeight);
  useKeys(view, body);

  const isNearEnd = top + (1 + SCREENS_AHEAD) * height > all;
  useEffect(() => {
    if (isNearEnd && loaded.next !== null) onMore();
  }, [isNearEnd, loaded.next, loaded.records.length]);

  const find = loaded.query.text.trim().toLowerCase();
  const isDated = areOfOtherDays(records);
  const selected = view.selectedSeq.value;
  return html`<div
    class=${isDated ? "logs dated" : "logs"}
    ref=${body}
    role="treegrid"
    tabindex="0"
    aria-label="Log records"
    aria-rowcount=${loaded.next === null ? records.length : -1}
    aria-activedescendant=${selected === null ? undefined : rowId(selected)}
  >
    <div class="logs-head" role="row">
      ${["Time", "Level", "Service", "Text"].map((name) => html`<span key=${name} role="columnheader">${name}</span>`)}
    </div>
    <div class="logs-rows" role="presentation" style=${{ height: `${all}px` }}>
      <div class="logs-in-sight" role="presentation" style=${{ transform: down }}>
        ${records.slice(first, first + count).map(
          (record, i) =>
            html`<${Row}
              key=${record.seq}
              view=${view}
              record=${record}
              index=${first + i}
              isDated=${isDated}
              find=${find}
            />`,
        )}
      </div>
    </div>
    <div class="logs-end" role="row"><span role="gridcell">${end}</span></div>
  </div>`;
}

/**
 * @param {ReadonlyMap<number, number>} heights by number in sequence
 * @param {number} firstSeq
 * @param {number} count
 * @returns {Unfolded[]}
 */
function unfoldedOf(heights, firstSeq, count) {
  return [...heights]
    .map(([seq, height]) => ({ index: seq - firstSeq, height }))
    .filter(({ index }) => index >= 0 && index < count)
    .sort((a, b) => a.index - b.index);
}

/** Whether the time of day is not enough. @param {Loaded["records"]} records */
function areOfOtherDays(records) {
  const today = dateOf(now()).toDateString();
  return [records[0], records.at(-1)].some((record) => record && dateOf(timeOf(record)).toDateString() !== today);
}

/**
 * The scroll position and size of the list, as a signal. It moves in chunks.
 *
 * @param {{current: HTMLElement | null}} body
 * @param {View} view
 */
function useBox(body, view) {
  const lineHeightOf = () => (narrow.matches ? NARROW_LINE_PX : LINE_PX);
  const box = useSignal({ top: 0, height: 800, lineHeight: lineHeightOf() });
  useLayoutEffect(() => {
    const element = body.current;
    if (!element) return undefined;
    const measure = () => {
      const { scrollTop, clientHeight } = element;
      const lineHeight = lineHeightOf();
      const chunk = lineHeight * CHUNK_ROWS;
      view.isAtTop.value = scrollTop < lineHeight / 2;
      view.scrollTop = scrollTop;
      const next = { top: Math.floor(scrollTop / chunk) * chunk, height: clientHeight, lineHeight };
      const { top, height, lineHeight: before } = box.peek();
      if (next.top !== top || next.height !== height || lineHeight !== before) box.value = next;
    };
    element.scrollTop = view.scrollTop;
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    const stopRewinding = view.rewinds.subscribe((times) => {
      if (times > 0) element.scrollTop = 0;
    });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", measure);
      stopRewinding();
    };
  }, [view]);
  return box;
}

/**
 * @param {View} view
 * @param {{current: HTMLElement | null}} body
 */
function useKeys(view, body) {
  useEffect(() => {
    const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
      if (body.current) onKey(view, body.current, event);
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [view]);
}

/**
 * Scrolls to the cursor when it moves out of sight, or what it unfolds is.
 *
 * @param {View} view
 * @param {{current: HTMLElement | null}} body
 * @param {number} firstSeq
 * @param {number} lineHeight
 */
function useCursorInSight(view, body, firstSeq, lineHeight) {
  const selected = view.selectedSeq.value;
  const isOpen = selected !== null && view.heights.value.has(selected);
  useEffect(() => {
    const element = body.current;
    if (!element || selected === null) return;
    const records = view.records.peek();
    const unfolded = unfoldedOf(view.heights.peek(), firstSeq, records.length);
    const top = topOf(selected - firstSeq, lineHeight, unfolded);
    const bottom = top + lineHeight + (view.heights.peek().get(selected) ?? 0);
    const room = element.clientHeight - HEAD_PX;
    if (top < element.scrollTop) element.scrollTop = top;
    // The line itself stays, however much is below it.
    else if (bottom > element.scrollTop + room) element.scrollTop = Math.min(top, bottom - room);
  }, [selected, isOpen, lineHeight]);
}
