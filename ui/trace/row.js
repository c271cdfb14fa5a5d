import { serviceClass } from "../lib/colors.js";
import { formatCount, formatDuration, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { ErrorMark, Icon } from "../lib/icons.js";
import { Marked } from "../lib/marked.js";
import { NO_NAME, oneLine } from "../lib/text.js";
import { barOf, barsOf, placeOf, telltaleGap } from "./layout.js";
import { KindIcon } from "./legend.js";
import { showLogsOf } from "./log-actions.js";
import { LogCount, LogMarks, useLogsOfRow } from "./log-marks.js";
import { membersOf } from "./repeats.js";
import { selfTime } from "./tree.js";
import { select, toggleFold, toggleRepeats } from "./view.js";

/**
 * @typedef {import("./placed-logs.js").PlacedLog} PlacedLog
 * @typedef {import("./tree.js").Node} Node
 * @typedef {import("./view.js").View} View
 */

const INDENT_PX = 14;
/** Deeper levels stand below each other: a name needs room too. */
const INDENT_LEVELS_MAX = 16;
/** Events drawn on one bar; more would be a solid line. */
const EVENT_MARKS_MAX = 50;

/**
 * @param {string} key
 * @returns {string} the id of a row's element
 */
export function rowId(key) {
  return `row-${key}`;
}

/**
 * One span: its name in the tree and its bar on the time line. Its parts are functions and no components
 * of their own: each component listens to signals by itself, and dozens of rows change with each scroll.
 *
 * @param {{view: View, node: Node, index: number, width: number}} props index: among the rows shown;
 *   width: of the time line, in pixels
 */
export function Row({ view, node, index, width }) {
  const { span } = node;
  const members = membersOf(node, view.open.value);
  const isFolded = members !== null || view.folded.value.has(node.key);
  const isSelected = view.selectedKey.value === node.key;
  const logs = useLogsOfRow(view, members ?? [node], isFolded);
  const searching = view.query.value.trim() !== "";
  const isMatch = searching && (members ?? [node]).some(({ key }) => view.matchKeys.value.has(key));
  const classes = [
    "row",
    serviceClass(span.service),
    isSelected && "selected",
    span.status === "error" && "failed",
    searching && (isMatch ? "match" : "unmatched"),
  ];
  return html`<div
    id=${rowId(node.key)}
    class=${classes.filter(Boolean).join(" ")}
    role="row"
    aria-rowindex=${index + 1}
    aria-level=${node.depth + 1}
    aria-selected=${isSelected}
    aria-expanded=${members || node.children.length > 0 ? !isFolded : undefined}
    onClick=${() => select(view, node, { open: true })}
  >
    ${nameCell({ view, node, members, isFolded, logs })}
    ${timeCell({ view, node, members, logs, width })}
  </div>`;
}

/** @param {{view: View, node: Node, members: Node[] | null, isFolded: boolean, logs: PlacedLog[]}} props */
function nameCell({ view, node, members, isFolded, logs }) {
  const { span, parent } = node;
  const newService = parent?.span.service !== span.service;
  const indent = Math.min(node.depth, INDENT_LEVELS_MAX) * INDENT_PX;
  const query = view.query.value.trim().toLowerCase();
  return html`<div class="name-cell" role="gridcell">
    <span class="guides" style=${{ width: `${indent}px` }} />
    ${foldButton({ view, node, members, isFolded })}
    <span class="service-dot" />
    <span class="names" title=${oneLine(`${span.service}: ${span.name}`)}>
      ${newService &&
      html`<span class="service-name"
        >${Marked({ text: oneLine(span.service), query })}</span
      >`}
      ${KindIcon({ kind: span.kind })}
      <span class="span-name">${Marked({ text: oneLine(span.name) || NO_NAME, query })}</span>
    </span>
    ${members
      ? repeatMarks({ view, node, members, logs })
      : rowMarks({ view, node, isFolded, logs })}
  </div>`;
}

/** @param {{view: View, node: Node, members: Node[] | null, isFolded: boolean}} props */
function foldButton({ view, node, members, isFolded }) {
  if (!members && node.children.length === 0) return html`<span class="fold-space" />`;
  const toggle = (/** @type {Event} */ event) => {
    event.stopPropagation();
    toggleFold(view, node);
  };
  const unfold = members ? `Show ${plural(members.length, "span")} one by one` : `Unfold ${plural(node.size - 1, "span")}`;
  const label = isFolded ? unfold : "Fold";
  return html`<button
    type="button"
    class=${isFolded ? "fold folded" : "fold"}
    tabindex="-1"
    title=${label}
    aria-label=${label}
    onClick=${toggle}
  >
    ${Icon({ name: "chevron" })}
  </button>`;
}

/** How many alike a row is for. @param {{view: View, node: Node, members: Node[], logs: PlacedLog[]}} props */
function repeatMarks({ view, node, members, logs }) {
  const errors = members.reduce((sum, { span, errorsBelow }) => sum + errorsBelow + (span.status === "error" ? 1 : 0), 0);
  return html`<span class="row-marks">
    <${LogCount} logs=${logs} isFolded onShow=${() => toggleRepeats(view, node)} />
    <span class="hidden-count" title="So many spans alike, one after the other or at once">×${formatCount(members.length)}</span>
    ${errors > 0 && html`<${ErrorMark} hollow label="${plural(errors, "error")} among these spans" />`}
  </span>`;
}

/** @param {{view: View, node: Node, isFolded: boolean, logs: PlacedLog[]}} props */
function rowMarks({ view, node, isFolded, logs }) {
  const { span } = node;
  const below = plural(node.errorsBelow, "error");
  return html`<span class="row-marks">
    ${node.broken === "parent-missing" &&
    html`<span class="mark-text" title="Its parent ${span.parentId} has not arrived"
      >parent missing</span
    >`}
    ${node.broken === "parent-cycle" &&
    html`<span class="mark-text" title="Following its parents leads back to itself"
      >parents in a ring</span
    >`}
    <${LogCount} logs=${logs} isFolded=${isFolded} onShow=${() => showLogsOf(view, node, isFolded ? "below" : "span")} />
    ${isFolded && html`<span class="hidden-count">+${node.size - 1}</span>`}
    ${span.status === "error" &&
    html`<${ErrorMark} label=${oneLine(span.statusMessage) || "This span failed"} />`}
    ${isFolded &&
    span.status !== "error" &&
    node.errorsBelow > 0 &&
    html`<${ErrorMark} hollow label="${below} among the folded spans" />`}
  </span>`;
}

/** @param {{view: View, node: Node, members: Node[] | null, logs: PlacedLog[], width: number}} props */
function timeCell({ view, node, members, logs, width }) {
  const range = view.range.value;
  const bar = barOf(members ? spanning(members) : node, range);
  return html`<div class="time-cell" role="gridcell">
    <div class="track">
      ${bar && members && repeatBar({ view, members, bar })}
      ${bar
        ? !members && spanBar({ view, node, bar })
        : html`<span class=${placeOf(node.start, range) > 1 ? "off after" : "off before"} />`}
      ${logs.length > 0 && html`<${LogMarks} view=${view} logs=${logs} width=${width} />`}
    </div>
  </div>`;
}

/** From the first of them to the last. @param {Node[]} members by start */
function spanning(members) {
  const start = members[0]?.start ?? 0;
  return { start, end: members.reduce((end, node) => Math.max(end, node.end), start) };
}

/** @param {{view: View, members: Node[], bar: {left: number, width: number}}} props */
function repeatBar({ view, members, bar }) {
  const range = view.range.value;
  const total = members.reduce((sum, { span }) => sum + span.duration, 0);
  return html`
    ${barsOf(members, range).map((part) => html`<span class="bar leaf" style=${percent(part)} />`)}
    ${critical({ view, nodes: members })}
    <span class="bar-label" style=${{ left: `${100 * (bar.left + bar.width)}%` }} title="Of all together"
      >Σ ${formatDuration(total)}</span
    >
  `;
}

/** When the trace waited for these. @param {{view: View, nodes: Node[]}} props */
function critical({ view, nodes }) {
  const parts = nodes.flatMap((node) => view.critical.value.get(node) ?? []);
  if (parts.length === 0) return null;
  return barsOf(parts, view.range.value).map((part) => html`<i class="critical" style=${percent(part)} />`);
}

/** @param {{view: View, node: Node, bar: {left: number, width: number}}} props */
function spanBar({ view, node, bar }) {
  const range = view.range.value;
  const isLeaf = node.children.length === 0;
  const selfParts = isLeaf ? [] : selfTime(node);
  const gap = telltaleGap(selfParts, view.tree.value);
  const gapBar = gap && barOf(gap, range);
  return html`
    <span class=${isLeaf ? "bar leaf" : "bar"} style=${percent(bar)} />
    ${barsOf(selfParts, range).map((part) => html`<span class="self" style=${percent(part)} />`)}
    ${critical({ view, nodes: [node] })}
    ${gap &&
    gapBar &&
    html`<span class="gap" style=${percent(gapBar)} title="Nothing below this span explains this time"
      ><span>${formatDuration(gap.end - gap.start)} of self time</span></span
    >`}
    ${node.span.events.slice(0, EVENT_MARKS_MAX).map((event) => {
      const at = placeOf(event.time + node.shift, range);
      if (at < 0 || at > 1) return null;
      const classes = event.name === "exception" ? "event exception" : "event";
      return html`<span class=${classes} style=${{ left: `${100 * at}%` }} title=${oneLine(event.name)} />`;
    })}
    <span class="bar-label" style=${{ left: `${100 * (bar.left + bar.width)}%` }}
      >${formatDuration(node.span.duration)}</span
    >
  `;
}

/** @param {{left: number, width: number}} bar */
function percent({ left, width }) {
  return { left: `${100 * left}%`, width: `${100 * width}%` };
}
