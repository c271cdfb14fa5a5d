// Log records in the waterfall: marks where they happened, and how many a span has.

import { useMemo } from "preact/hooks";

import { formatCount, formatDuration, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { oneLine } from "../lib/text.js";
import { lineOf } from "../logs/record.js";
import { showLog } from "./log-actions.js";
import { ERROR_RANK, logsBelow, marksOf, severest, weightOf } from "./placed-logs.js";

/**
 * @typedef {import("./placed-logs.js").LogMark} LogMark
 * @typedef {import("./placed-logs.js").PlacedLog} PlacedLog
 * @typedef {import("./tree.js").Node} Node
 * @typedef {import("./view.js").View} View
 */

/** How much of a record a mark says. */
const WORDS_MAX = 160;

/** @type {PlacedLog[]} */
const NONE = [];

/**
 * The records that a row stands for: those of its spans, and of all below them that is folded away.
 *
 * @param {View} view
 * @param {Node[]} nodes the span, or many alike
 * @param {boolean} isFolded
 * @returns {PlacedLog[]} by time
 */
export function useLogsOfRow(view, nodes, isFolded) {
  const placed = view.logs.placed.value;
  return useMemo(() => {
    if (placed.all.length === 0) return NONE;
    const logs = nodes.map((node) => (isFolded ? logsBelow(placed, node) : (placed.byNode.get(node) ?? NONE)));
    return logs.length === 1 ? (logs[0] ?? NONE) : logs.flat().sort((a, b) => a.at - b.at);
  }, [placed, nodes[0], nodes.length, isFolded]);
}

/**
 * Marks on a time line. The list has the same records for those who cannot point at them.
 *
 * @param {{view: View, logs: PlacedLog[], width: number, isOfTrace?: boolean}} props width: of the time
 *   line, in pixels
 */
export function LogMarks({ view, logs, width, isOfTrace = false }) {
  const range = view.range.value;
  const tree = view.tree.value;
  // What the list is at, while it is in sight.
  const isListed = view.detailsOpen.value && view.logs.isShown.value;
  const cursor = isListed ? view.logs.cursor.value : null;
  const chosen = cursor !== null && logs.some(({ key }) => key === cursor) ? cursor : null;
  return useMemo(() => {
    const marks = marksOf(logs, range, tree, width);
    return marks.map((mark) => {
      const says = `${markText(mark, tree.start)}${isOfTrace ? "\nIts span is not here." : ""}`;
      const isChosen = mark.log.key === chosen;
      return html`<${Mark} key=${mark.log.key} view=${view} mark=${mark} says=${says} isChosen=${isChosen} />`;
    });
  }, [logs, range, tree, width, chosen]);
}

/** @param {{view: View, mark: LogMark, says: string, isChosen: boolean}} props */
function Mark({ view, mark: { left, log }, says, isChosen }) {
  const show = (/** @type {Event} */ event) => {
    event.stopPropagation();
    showLog(view, log);
  };
  return html`<i
    class="log-mark ${weightOf(log.rank)} level-${log.level} ${isChosen ? "chosen" : ""}"
    style=${{ left: `${100 * left}%` }}
    title=${says}
    aria-hidden="true"
    onPointerDown=${(/** @type {Event} */ event) => event.stopPropagation()}
    onClick=${show}
  />`;
}

/** @param {LogMark} mark @param {number} start of the trace */
function markText({ log, count }, start) {
  const words = oneLine(lineOf(log.record).body, WORDS_MAX);
  const others = count === 1 ? "" : `\nand ${plural(count - 1, "other record")} here`;
  return `${formatDuration(log.at - start)} · ${levelText(log)} · ${words}${others}`;
}

/** @param {PlacedLog} log */
function levelText({ level }) {
  return level === "none" ? "no severity" : level;
}

/**
 * How many records a row has, in the colour of the severest.
 *
 * @param {{logs: PlacedLog[], isFolded: boolean, onShow: () => void}} props
 */
export function LogCount({ logs, isFolded, onShow }) {
  const most = severest(logs);
  if (!most) return null;
  const errors = logs.filter(({ rank }) => rank >= ERROR_RANK).length;
  const parts = [
    plural(logs.length, "log record"),
    errors > 0 ? plural(errors, "error") : "",
    isFolded ? "those of the folded spans too" : "",
  ];
  const says = parts.filter(Boolean).join(", ");
  const show = (/** @type {Event} */ event) => {
    event.stopPropagation();
    onShow();
  };
  return html`<button
    type="button"
    class="log-count ${weightOf(most.rank)} level-${most.level}"
    tabindex="-1"
    title=${says}
    aria-label=${says}
    onClick=${show}
  >
    <i />${formatCount(logs.length)}
  </button>`;
}
