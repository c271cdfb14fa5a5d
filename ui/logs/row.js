import { useLayoutEffect, useRef } from "preact/hooks";

import { serviceClass } from "../lib/colors.js";
import { dateOf, formatClock, formatExactTime } from "../lib/format.js";
import { html } from "../lib/html.js";
import { Icon } from "../lib/icons.js";
import { traceHref } from "../lib/links.js";
import { Marked } from "../lib/marked.js";
import { oneLine } from "../lib/text.js";
import { Details } from "./details.js";
import { lineOf } from "./record.js";
import { measured, toggle } from "./view.js";

/**
 * @typedef {import("./record.js").LogRecord} LogRecord
 * @typedef {import("./view.js").View} View
 */

/** What stands where a record has no body and no event name. */
const NO_BODY = "(empty)";

/**
 * One record: its line and, if it is unfolded, all that it says.
 *
 * @param {object} props
 * @param {View} props.view
 * @param {LogRecord} props.record
 * @param {number} props.index
 * @param {boolean} props.isDated whether the time says the day
 * @param {string} props.find what to mark in the text, in lower case
 */
export function Row({ view, record, index, isDated, find }) {
  const { seq, service } = record;
  const { time, level, body, traceId, spanId } = lineOf(record);
  const isOpen = view.heights.value.has(seq);
  const isSelected = view.selectedSeq.value === seq;
  const classes = ["log", `level-${level}`];
  if (isSelected) classes.push("selected");
  const onClick = (/** @type {MouseEvent} */ event) => {
    if (event.target instanceof Element && event.target.closest("a")) return;
    // Who marks text to copy it does not want it to move.
    if (getSelection()?.type !== "Range") toggle(view, seq);
  };
  return html`<div
      class=${classes.join(" ")}
      role="row"
      id=${rowId(seq)}
      aria-level="1"
      aria-rowindex=${index + 1}
      aria-selected=${isSelected}
      aria-expanded=${isOpen}
      onClick=${onClick}
    >
      <span class="log-time" role="gridcell" title=${formatExactTime(time)}>${timeText(time, isDated)}</span>
      <span class="log-level" role="gridcell">${level === "none" ? "–" : level}</span>
      <span class="log-service ${serviceClass(service)}" role="gridcell" title=${oneLine(service)}
        ><span class="service-dot" /><span>${oneLine(service, 80)}</span></span
      >
      <span class="log-body" role="gridcell"
        >${body === "" ? html`<span class="hint">${NO_BODY}</span>` : html`<${Marked} text=${body} query=${find} />`}</span
      >
      <span class="log-trace" role="gridcell">
        ${traceId !== "" &&
        html`<a
          class="icon-button"
          href=${traceHref(traceId, spanId)}
          tabindex=${isSelected ? 0 : -1}
          title="Open its trace (t)"
          ><${Icon} name="trace" label="Open its trace"
        /></a>`}
      </span>
    </div>
    ${isOpen && html`<${Unfolded} key="unfolded" view=${view} record=${record} find=${find} />`}`;
}

/** @param {number} seq */
export function rowId(seq) {
  return `log-${seq}`;
}

/** @param {bigint} time @param {boolean} isDated */
function timeText(time, isDated) {
  const clock = formatClock(time);
  if (!isDated) return clock;
  return `${dateOf(time).toLocaleDateString("en-GB", { day: "numeric", month: "short" })} ${clock}`;
}

/**
 * Measured, since the list has to know where the records below it stand.
 *
 * @param {{view: View, record: LogRecord, find: string}} props
 */
function Unfolded({ view, record, find }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const measure = () => measured(view, record.seq, element.getBoundingClientRect().height);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [record.seq]);
  return html`<div class="log-open level-${lineOf(record).level}" role="row" aria-level="2" ref=${box}>
    <div role="gridcell"><${Details} record=${record} find=${find} /></div>
  </div>`;
}
