import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

import { formatCount } from "../lib/format.js";
import { html } from "../lib/html.js";
import { indexAt, topOf } from "../logs/places.js";
import { LogRow, logRowId } from "./log-row.js";
import { moveLogBy, toggleLog } from "./log-view.js";
import { LoneOffer } from "./lone-logs.js";

/**
 * @typedef {import("./log-view.js").LogView} LogView
 * @typedef {import("./placed-logs.js").PlacedLog} PlacedLog
 * @typedef {import("./view.js").View} View
 */

/** The height of a line in pixels; `styles/trace-logs.css` has the same. */
const LINE_PX = 44;
/** Records drawn above and below what is in sight, so that fast scrolling shows no gaps. */
const OVERSCAN_ROWS = 8;
const PAGE_ROWS = 10;

/**
 * The records, a line each, then those without a trace. Only those in sight are in the document.
 *
 * @param {{view: View}} props
 */
export function LogList({ view }) {
  const { logs } = view;
  const body = useRef(/** @type {HTMLElement | null} */ (null));
  const box = useBox(body);
  const node = view.selected.value;
  const listed = logs.listed.value;
  const lone = logs.loneListed.value;
  const unfolded = unfoldedOf(listed, logs.heights.value);
  const { top, height } = box.value;
  const first = Math.max(0, indexAt(top, LINE_PX, unfolded) - OVERSCAN_ROWS);
  const count = Math.ceil(height / LINE_PX) + 2 * OVERSCAN_ROWS;
  useCursorInSight(view, body);
  useWantedFocus(logs, body);
  const cursor = logs.cursor.value;
  const isHere = logs.rows.value.some(({ key }) => key === cursor);
  const isOfTrace = node === null || logs.scope.value === "trace";
  return html`<div
    class="log-list"
    ref=${body}
    role="treegrid"
    tabindex="0"
    aria-label="Log records"
    aria-rowcount=${logs.rows.value.length}
    aria-activedescendant=${isHere && cursor !== null ? logRowId(cursor) : undefined}
    onKeyDown=${(/** @type {KeyboardEvent} */ event) => onListKey(logs, event)}
  >
    ${listed.length === 0 && html`<${Nothing} view=${view} />`}
    <div class="log-rows" role="presentation" style=${{ height: `${topOf(listed.length, LINE_PX, unfolded)}px` }}>
      <div role="presentation" style=${{ transform: `translateY(${topOf(first, LINE_PX, unfolded)}px)` }}>
        ${listed
          .slice(first, first + count)
          .map((log, i) => html`<${LogRow} key=${log.key} view=${view} log=${log} index=${first + i} />`)}
      </div>
    </div>
    ${node && !isOfTrace && html`<${LoneOffer} view=${view} node=${node} />`}
    ${lone.map(
      (log, i) => html`<${LogRow} key=${log.key} view=${view} log=${log} index=${listed.length + i} isLone />`,
    )}
  </div>`;
}

/** What stands where there is no record, and where there are some. @param {{view: View}} props */
function Nothing({ view }) {
  const { placed, scope, least } = view.logs;
  const total = placed.value.all.length;
  const isOfSpan = view.selected.value !== null && scope.value !== "trace";
  const isNarrowed = least.value !== "none";
  const severe = isNarrowed ? " so severe" : "";
  const what = scope.value === "below" ? "This span and its children have" : "This span has";
  return html`<div class="log-nothing hint" role="row"><div role="gridcell">
    ${isOfSpan ? `${what} no log record${severe}.` : `The trace has no log record${severe}.`}
    ${isOfSpan &&
    total > 0 &&
    html`${" "}<button type="button" class="text-button" onClick=${() => (scope.value = "trace")}>
        ${total === 1 ? "See the one of the trace" : `See all ${formatCount(total)} of the trace`}
      </button>`}
  </div></div>`;
}

/**
 * @param {PlacedLog[]} listed
 * @param {ReadonlyMap<string, number>} heights by key
 * @returns {import("../logs/places.js").Unfolded[]}
 */
function unfoldedOf(listed, heights) {
  if (heights.size === 0) return [];
  return listed.flatMap(({ key }, index) => {
    const height = heights.get(key);
    return height === undefined ? [] : [{ index, height }];
  });
}

/** @type {Record<string, (logs: LogView) => void>} */
const ACTIONS = {
  ArrowDown: (logs) => moveLogBy(logs, 1),
  ArrowUp: (logs) => moveLogBy(logs, -1),
  PageDown: (logs) => moveLogBy(logs, PAGE_ROWS),
  PageUp: (logs) => moveLogBy(logs, -PAGE_ROWS),
  Home: (logs) => moveLogBy(logs, -Infinity),
  End: (logs) => moveLogBy(logs, Infinity),
  Enter: (logs) => {
    const cursor = logs.cursor.peek();
    if (logs.rows.peek().some(({ key }) => key === cursor) && cursor !== null) toggleLog(logs, cursor);
  },
};

/**
 * The keys that move in the list, while it has the focus; all others are the waterfall's.
 *
 * @param {LogView} logs
 * @param {KeyboardEvent} event
 */
function onListKey(logs, event) {
  const { key, target, currentTarget } = event;
  if (target !== currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
  const action = Object.hasOwn(ACTIONS, key) ? ACTIONS[key] : undefined;
  if (!action) return;
  event.preventDefault();
  action(logs);
}

/** Who comes by a key goes on with keys, from a record. @param {LogView} logs @param {{current: HTMLElement | null}} body */
function useWantedFocus(logs, body) {
  const { wantsFocus, rows, cursor } = logs;
  const isWanted = wantsFocus.value;
  useEffect(() => {
    if (!isWanted) return;
    wantsFocus.value = false;
    body.current?.focus({ preventScroll: true });
    if (!rows.peek().some(({ key }) => key === cursor.peek())) moveLogBy(logs, 1);
  }, [isWanted]);
}

/**
 * The scroll position and height of the list, as a signal.
 *
 * @param {{current: HTMLElement | null}} body
 */
function useBox(body) {
  const box = useSignal({ top: 0, height: 600 });
  useLayoutEffect(() => {
    const element = body.current;
    if (!element) return undefined;
    const measure = () => (box.value = { top: element.scrollTop, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, []);
  return box;
}

/**
 * Scrolls to the cursor when it moves out of sight, and to the top of another list.
 *
 * @param {View} view
 * @param {{current: HTMLElement | null}} body
 */
function useCursorInSight(view, body) {
  const { logs } = view;
  const cursor = logs.cursor.value;
  const list = `${view.selected.value?.key} ${logs.scope.value} ${logs.least.value}`;
  const lastList = useRef("");
  useEffect(() => {
    const element = body.current;
    if (!element) return;
    if (lastList.current !== list) element.scrollTop = 0;
    lastList.current = list;
    const listed = logs.listed.peek();
    const index = listed.findIndex(({ key }) => key === cursor);
    if (index < 0) {
      if (cursor !== null) document.getElementById(logRowId(cursor))?.scrollIntoView({ block: "nearest" });
      return;
    }
    const unfolded = unfoldedOf(listed, logs.heights.peek());
    const top = topOf(index, LINE_PX, unfolded);
    const bottom = top + LINE_PX + (logs.heights.peek().get(cursor ?? "") ?? 0);
    if (top < element.scrollTop) element.scrollTop = top;
    // The line itself stays, however much is below it.
    else if (bottom > element.scrollTop + element.clientHeight) {
      element.scrollTop = Math.min(top, bottom - element.clientHeight);
    }
  }, [cursor, list]);
}
