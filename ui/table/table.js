import { useSignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";

import { serviceClass } from "../lib/colors.js";
import { formatCount, formatDuration, formatShare } from "../lib/format.js";
import { html } from "../lib/html.js";
import { Icon } from "../lib/icons.js";
import { Marked } from "../lib/marked.js";
import { useMoreBeside } from "../lib/more-beside.js";
import { NO_NAME, oneLine } from "../lib/text.js";
import { KindIcon } from "../trace/legend.js";
import { selfDuration } from "../trace/tree.js";
import { useBox } from "../trace/use-box.js";
import { select } from "../trace/view.js";
import { sortRows, tableRows, valueOf } from "./groups.js";

/**
 * @typedef {import("./groups.js").By} By
 * @typedef {import("./groups.js").Column} Column
 * @typedef {import("./groups.js").TableRow} TableRow
 * @typedef {import("../trace/view.js").View} View
 */

/** Height of a row in pixels; `styles/table.css` has the same. */
const ROW_PX = 32;
const OVERSCAN_ROWS = 8;

const GROUPINGS = /** @type {const} */ ([
  ["name", "By name"],
  ["service", "By service"],
  ["span", "Each span"],
]);

/** What the table is for stands first: a narrow screen shows three. @type {{column: Column, name: string, says: string, of: By[]}[]} */
const COLUMNS = [
  { column: "name", name: "Span", says: "Service and name", of: ["name", "service", "span"] },
  { column: "self", name: "Self time", says: "Without the time that their children worked", of: ["name", "service", "span"] },
  { column: "start", name: "Starts after", says: "After the start of the trace", of: ["span"] },
  { column: "count", name: "Spans", says: "How many spans", of: ["name", "service"] },
  { column: "total", name: "Total", says: "Their durations added up", of: ["name", "service", "span"] },
  { column: "critical", name: "Critical", says: "What the trace waited for: time on the critical path", of: ["name", "service", "span"] },
  { column: "mean", name: "Mean", says: "The mean of their durations", of: ["name", "service"] },
  { column: "longest", name: "Longest", says: "The longest of their durations", of: ["name", "service"] },
  { column: "errors", name: "Errors", says: "How many failed", of: ["name", "service"] },
];

/**
 * The spans as a table to sort. To press a row is to see the longest span of it.
 *
 * @param {{view: View}} props
 */
export function SpanTable({ view }) {
  const by = useSignal(/** @type {By} */ ("name"));
  const order = useSignal({ column: /** @type {Column} */ ("self"), isUp: false });
  const body = useRef(/** @type {HTMLElement | null} */ (null));
  const box = useBox(body);
  useMoreBeside(body);
  const { nodes } = view.tree.value;
  const critical = view.critical.value;
  const all = useMemo(() => tableRows(nodes, by.value, selfDuration, critical), [nodes, by.value, critical]);
  const sorted = useMemo(() => sortRows(all, order.value.column, order.value.isUp), [all, order.value]);
  const searching = view.query.value.trim() !== "";
  const found = view.matchKeys.value;
  const rows = searching ? sorted.filter((row) => row.nodes.some(({ key }) => found.has(key))) : sorted;
  const first = Math.max(0, Math.floor(box.value.top / ROW_PX) - OVERSCAN_ROWS);
  const count = Math.ceil(box.value.height / ROW_PX) + 2 * OVERSCAN_ROWS;
  const columns = COLUMNS.filter(({ of }) => of.includes(by.value));
  const sort = (/** @type {Column} */ column) => {
    const isSame = order.value.column === column;
    order.value = { column, isUp: isSame ? !order.value.isUp : column === "name" || column === "start" };
  };
  return html`<section class="span-table-view" aria-label="Spans">
    <div class="span-table-head">
      <div class="scopes" role="group" aria-label="What a row is for">
        ${GROUPINGS.map(
          ([name, words]) => html`<button key=${name} type="button" aria-pressed=${by.value === name} onClick=${() => (by.value = name)}>
            ${words}
          </button>`,
        )}
      </div>
      <span class="hint" role="status">${searching ? `${formatCount(rows.length)} of ${formatCount(sorted.length)} rows` : ""}</span>
    </div>
    <div class="span-table" ref=${body} tabindex="0" role="table" aria-label="Spans" aria-rowcount=${rows.length + 1}>
      <div class="table-row table-titles" role="row">
        ${columns.map((each) => html`<${Title} key=${each.column} ...${each} order=${order.value} onSort=${sort} />`)}
      </div>
      <div class="table-room" role="rowgroup" style=${{ height: `${rows.length * ROW_PX}px` }}>
        <div role="presentation" style=${{ transform: `translateY(${first * ROW_PX}px)` }}>
          ${rows
            .slice(first, first + count)
            .map((row, i) => html`<${Row} key=${(first + i) % count} view=${view} row=${row} index=${first + i + 2} columns=${columns} />`)}
        </div>
      </div>
    </div>
  </section>`;
}

/**
 * @param {object} props
 * @param {Column} props.column
 * @param {string} props.name
 * @param {string} props.says
 * @param {{column: Column, isUp: boolean}} props.order
 * @param {(column: Column) => void} props.onSort
 */
function Title({ column, name, says, order, onSort }) {
  const isSorted = order.column === column;
  const sorted = order.isUp ? "ascending" : "descending";
  return html`<div class="table-cell cell-${column}" role="columnheader" aria-sort=${isSorted ? sorted : "none"}>
    <button type="button" title=${says} onClick=${() => onSort(column)}>
      ${name}${isSorted && html`<${Icon} name=${order.isUp ? "up" : "down"} />`}
    </button>
  </div>`;
}

/** @param {{view: View, row: TableRow, index: number, columns: {column: Column}[]}} props */
function Row({ view, row, index, columns }) {
  const { totals } = row;
  const selected = view.selected.value;
  const isSelected = selected !== null && row.nodes.includes(selected);
  const choose = () => select(view, totals.longest, { open: true });
  const classes = ["table-row", serviceClass(row.service), isSelected && "selected", totals.errors > 0 && "failed"];
  return html`<div class=${classes.filter(Boolean).join(" ")} role="row" aria-rowindex=${index} onClick=${choose}>
    ${columns.map(({ column }) =>
      column === "name"
        ? html`<${NameCell} key=${column} view=${view} row=${row} />`
        : html`<div class="table-cell cell-${column}" role="cell" key=${column}><${Value} view=${view} row=${row} column=${column} /></div>`,
    )}
  </div>`;
}

/** @param {{view: View, row: TableRow}} props */
function NameCell({ view, row }) {
  const query = view.query.value.trim().toLowerCase();
  const name = oneLine(row.name) || NO_NAME;
  return html`<div class="table-cell cell-name" role="rowheader">
    <button type="button" class="row-button" title=${`${oneLine(row.service)}: ${name}`}>
      <span class="service-dot" />
      <span class="service-name"><${Marked} text=${oneLine(row.service)} query=${query} /></span>
      ${row.kind !== "" && html`<${KindIcon} kind=${row.kind} /><span class="span-name"><${Marked} text=${name} query=${query} /></span>`}
    </button>
  </div>`;
}

/** @param {{view: View, row: TableRow, column: Exclude<Column, "name">}} props */
function Value({ view, row, column }) {
  const value = valueOf(row, column);
  if (column === "count" || column === "errors") return value === 0 ? "" : formatCount(value);
  if (column === "start") return formatDuration(value - view.tree.value.start);
  if (column === "critical" && value === 0) return "";
  if (column !== "self" && column !== "critical") return formatDuration(value);
  const { start, end } = view.tree.value;
  return html`<span class="share-of"><i style=${{ width: `${Math.min(100, (100 * value) / (end - start || 1))}%` }} /></span>
    <span title="${formatShare(value, end - start)} of the trace">${formatDuration(value)}</span>`;
}
