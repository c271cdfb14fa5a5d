import { useRef } from "preact/hooks";

import { serviceClass } from "../lib/colors.js";
import { formatDuration, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { useMoreBeside } from "../lib/more-beside.js";
import { isNarrow } from "../lib/narrow.js";
import { NO_NAME, oneLine } from "../lib/text.js";
import { KindIcon } from "../trace/legend.js";
import { Sparkline } from "./charts.js";
import { formatErrors, formatRate } from "./figures.js";

/**
 * @typedef {import("./figures.js").Range} Range
 * @typedef {import("./figures.js").Figures} Figures
 *
 * @typedef {object} Line
 * @property {string} key
 * @property {string} service
 * @property {string} name what it is called in the list
 * @property {string} kind of the spans, empty for a service
 * @property {string} href
 * @property {boolean} isChosen
 * @property {string} [without] why it has no requests, if it has none
 * @property {Figures} figures
 */

const TITLES = { spark: "Over time", rate: "Rate", errors: "Errors", p50: "p50", p95: "p95", p99: "p99" };

/** @typedef {keyof typeof TITLES} Column */

/** @type {Column[]} */
const COLUMNS = ["spark", "rate", "errors", "p50", "p95", "p99"];

/** What fits a narrow screen comes first; the rest scrolls. @type {Column[]} */
const NARROW_COLUMNS = ["rate", "errors", "p95", "p50", "p99", "spark"];

/**
 * Services, or the names of a service's spans, with their figures.
 *
 * @param {{lines: Line[], range: Range, what: string, label: string}} props
 */
export function FigureList({ lines, range, what, label }) {
  const columns = isNarrow.value ? NARROW_COLUMNS : COLUMNS;
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useMoreBeside(box);
  return html`<div class="figure-list-box" ref=${box} tabindex="0" role="group" aria-label=${label}>
    <table class="figure-list">
      <thead>
        <tr>
          <th scope="col" class="figure-name">${what}</th>
          ${columns.map((column) => html`<th scope="col" key=${column} class="figure-${column}">${TITLES[column]}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${lines.map((line) => html`<${LineRow} key=${line.key} line=${line} range=${range} columns=${columns} />`)}
      </tbody>
    </table>
  </div>`;
}

/** @param {{line: Line, range: Range, columns: Column[]}} props */
function LineRow({ line, range, columns }) {
  const { figures, name, kind } = line;
  return html`<tr class="${serviceClass(line.service)} ${line.isChosen ? "chosen" : ""}">
    <th scope="row" class="figure-name">
      <a href=${line.href} aria-current=${line.isChosen ? "true" : undefined}>
        <span class="service-dot" />${kind !== "" && html`<${KindIcon} kind=${kind} />`}<span>${oneLine(name, 120) || NO_NAME}</span>
      </a>
    </th>
    ${columns.map((column) => html`<td key=${column} class=${cellClass(column, figures)}><${Cell} column=${column} line=${line} range=${range} /></td>`)}
  </tr>`;
}

/** @param {Column} column @param {Figures} figures */
function cellClass(column, { errors }) {
  return column === "errors" && errors > 0 ? "figure-errors bad" : `figure-${column}`;
}

/** @param {{column: Column, line: Line, range: Range}} props */
function Cell({ column, line, range }) {
  const { figures, without } = line;
  const { count, errors, cells } = figures;
  switch (column) {
    case "spark":
      return cells.length > 0 && html`<${Sparkline} cells=${cells} range=${range} label=${`${plural(count, "request")} over time`} />`;
    case "rate":
      return count === 0 ? html`<span title=${without}>–</span>` : formatRate(count, range.seconds);
    case "errors":
      return count === 0 ? "–" : formatErrors(errors, count);
    default:
      return figures[column] === null ? "–" : formatDuration(figures[column]);
  }
}
