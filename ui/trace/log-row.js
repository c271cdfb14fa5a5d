import { useLayoutEffect, useRef } from "preact/hooks";

import { serviceClass } from "../lib/colors.js";
import { formatDuration, formatExactTime, formatTime } from "../lib/format.js";
import { html } from "../lib/html.js";
import { Icon } from "../lib/icons.js";
import { NO_NAME, oneLine } from "../lib/text.js";
import { Details } from "../logs/details.js";
import { lineOf } from "../logs/record.js";
import { measuredLog, toggleLog } from "./log-view.js";
import { select } from "./view.js";

/**
 * @typedef {import("./placed-logs.js").PlacedLog} PlacedLog
 * @typedef {import("./view.js").View} View
 */

/** What stands where a record has no body and no event name. */
const NO_BODY = "(empty)";

/** @param {string} key */
export function logRowId(key) {
  return `trace-log-${key}`;
}

/**
 * One record: when, how severe, of whom, and what it says; unfolded, all that it says.
 *
 * @param {{view: View, log: PlacedLog, index: number, isLone?: boolean}} props isLone: it names no trace
 */
export function LogRow({ view, log, index, isLone = false }) {
  const { record, key, at, level } = log;
  const { time, body } = lineOf(record);
  const { logs } = view;
  const isOpen = logs.heights.value.has(key);
  const isSelected = logs.cursor.value === key;
  const onClick = () => {
    // Who marks text to copy it does not want it to move.
    if (getSelection()?.type !== "Range") toggleLog(logs, key);
  };
  return html`<div
      class="trace-log level-${level} ${isSelected ? "selected" : ""}"
      role="row"
      id=${logRowId(key)}
      aria-level="1"
      aria-rowindex=${index + 1}
      aria-selected=${isSelected}
      aria-expanded=${isOpen}
      onClick=${onClick}
    >
      <span class="log-at" role="gridcell" title=${`${formatTime(time)}\n${formatExactTime(time)}`}
        >${formatDuration(at - view.tree.value.start)}</span
      >
      <span class="log-level" role="gridcell">${level === "none" ? "–" : level}</span>
      <span class="log-from ${serviceClass(record.service)}" role="gridcell"
        ><span class="service-dot" /><span>${oneLine(record.service, 80)}</span></span
      >
      <span class="log-of" role="gridcell"><${Of} view=${view} log=${log} isLone=${isLone} /></span>
      <span class="log-body" role="gridcell"
        >${body === "" ? html`<span class="hint">${NO_BODY}</span>` : body}</span
      >
    </div>
    ${isOpen && html`<${Unfolded} key="unfolded" view=${view} log=${log} />`}`;
}

/** Whose it is, where that does not go without saying. @param {{view: View, log: PlacedLog, isLone: boolean}} props */
function Of({ view, log, isLone }) {
  if (isLone) {
    return html`<span class="mark-text" title="It names no trace: it may belong to another request">no trace id</span>`;
  }
  if (!log.node) {
    const isNamed = lineOf(log.record).spanId !== "";
    const why = isNamed ? `Its span ${oneLine(lineOf(log.record).spanId)} has not arrived` : "It names no span";
    return html`<span class="mark-text" title=${why}>${isNamed ? "span not here" : "no span id"}</span>`;
  }
  if (log.node === view.selected.value) return null;
  return html`<span class="log-span">${oneLine(log.node.span.name, 80) || NO_NAME}</span>`;
}

/**
 * Measured, since the list has to know where the records below it stand.
 *
 * @param {{view: View, log: PlacedLog}} props
 */
function Unfolded({ view, log }) {
  const { node, record, level, key } = log;
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const measure = () => measuredLog(view.logs, key, element.getBoundingClientRect().height);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [key]);
  const way =
    node && node !== view.selected.value
      ? html`<button type="button" class="button" onClick=${() => select(view, node)}>
          <${Icon} name="trace" />Go to its span
        </button>`
      : null;
  return html`<div class="log-open level-${level}" role="row" aria-level="2" ref=${box}>
    <div role="gridcell"><${Details} record=${record} find="" way=${way} /></div>
  </div>`;
}
