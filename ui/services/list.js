import { serviceClass } from "../lib/colors.js";
import { formatDuration, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
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
 * @property {Figures} figures
 */

/**
 * Services, or the names of a service's spans, with their figures.
 *
 * @param {{lines: Line[], range: Range, what: string, label: string}} props
 */
export function FigureList({ lines, range, what, label }) {
  return html`<div class="figure-list-box" tabindex="0" role="group" aria-label=${label}>
    <table class="figure-list">
      <thead>
        <tr>
          <th scope="col" class="figure-name">${what}</th>
          <th scope="col">Over time</th>
          <th scope="col">Rate</th>
          <th scope="col">Errors</th>
          <th scope="col">p50</th>
          <th scope="col">p95</th>
          <th scope="col">p99</th>
        </tr>
      </thead>
      <tbody>
        ${lines.map((line) => html`<${LineRow} key=${line.key} line=${line} range=${range} />`)}
      </tbody>
    </table>
  </div>`;
}

/** @param {{line: Line, range: Range}} props */
function LineRow({ line, range }) {
  const { figures, name, kind } = line;
  const { count, errors, cells } = figures;
  const time = (/** @type {number | null} */ nanos) => (nanos === null ? "–" : formatDuration(nanos));
  return html`<tr class="${serviceClass(line.service)} ${line.isChosen ? "chosen" : ""}">
    <th scope="row" class="figure-name">
      <a href=${line.href} aria-current=${line.isChosen ? "true" : undefined}>
        <span class="service-dot" />${kind !== "" && html`<${KindIcon} kind=${kind} />`}<span>${oneLine(name, 120) || NO_NAME}</span>
      </a>
    </th>
    <td class="figure-spark">
      ${cells.length > 0 && html`<${Sparkline} cells=${cells} range=${range} label=${`${plural(count, "request")} over time`} />`}
    </td>
    <td>${formatRate(count, range.seconds)}</td>
    <td class=${errors > 0 ? "bad" : ""}>${formatErrors(errors, count)}</td>
    <td>${time(figures.p50)}</td>
    <td>${time(figures.p95)}</td>
    <td>${time(figures.p99)}</td>
  </tr>`;
}
