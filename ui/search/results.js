import { serviceClass } from "../lib/colors.js";
import { formatAgo, formatCount, formatDuration, formatExactTime, formatTime, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { ErrorMark } from "../lib/icons.js";
import { traceHref } from "../lib/links.js";
import { NO_NAME, oneLine } from "../lib/text.js";

/** @typedef {import("./summary.js").Summary} Summary */

/** Services named in a row; the rest is counted. */
const SERVICES_SHOWN_MAX = 8;

/**
 * The traces found, one row each.
 *
 * @param {object} props
 * @param {Summary[]} props.results
 * @param {ReadonlySet<string>} props.fresh trace ids that have come since the reader looked
 * @param {bigint} props.now
 * @param {import("@preact/signals").Signal<string | null>} props.hovered
 */
export function Results({ results, fresh, now, hovered }) {
  const longest = results.reduce((max, result) => Math.max(max, result.duration), 1);
  return html`<ol class="results">
    ${results.map(
      (result) => html`<${Result}
        key=${result.traceId}
        result=${result}
        longest=${longest}
        isFresh=${fresh.has(result.traceId)}
        now=${now}
        hovered=${hovered}
      />`,
    )}
  </ol>`;
}

/**
 * @param {object} props
 * @param {Summary} props.result
 * @param {number} props.longest ns
 * @param {boolean} props.isFresh
 * @param {bigint} props.now
 * @param {import("@preact/signals").Signal<string | null>} props.hovered
 */
function Result({ result, longest, isFresh, now, hovered }) {
  const classes = ["result", serviceClass(result.rootService)];
  if (isFresh) classes.push("fresh");
  if (hovered.value === result.traceId) classes.push("hovered");
  return html`<li
    onMouseEnter=${() => (hovered.value = result.traceId)}
    onMouseLeave=${() => (hovered.value = null)}
  >
    <a class=${classes.join(" ")} href=${traceHref(result.traceId)}>
      <span class="result-name">
        <span class="result-service">${oneLine(result.rootService)}</span>
        <span class="result-root">${oneLine(result.rootName) || NO_NAME}</span>
        ${result.rootMissing && html`<span class="mark-text">root missing</span>`}
        ${result.errors > 0 &&
        html`<span class="error-badge"><${ErrorMark} label="" />${plural(result.errors, "error")}</span>`}
      </span>
      <${Services} result=${result} />
      <span class="result-duration">
        <span>${formatDuration(result.duration)}</span>
        <span class="duration-track"
          ><span style=${{ width: `${(100 * result.duration) / longest}%` }}
        /></span>
      </span>
      <span class="result-time">
        <span>${formatAgo(result.start, now)}</span>
        <span class="note" title=${formatExactTime(result.start)}>${formatTime(result.start)}</span>
      </span>
    </a>
  </li>`;
}

/** @param {{result: Summary}} props */
function Services({ result }) {
  const { services, spans } = result;
  const more = Math.max(0, services.length - SERVICES_SHOWN_MAX) + result.servicesLeftOut;
  return html`<span class="result-services">
    <span class="result-spans">${plural(spans, "span")}</span>
    ${services.slice(0, SERVICES_SHOWN_MAX).map(
      ({ service, spans: count, errors }) => html`<span
        key=${service}
        class="chip ${serviceClass(service)}"
        title=${oneLine(`${service}: ${plural(count, "span")}, ${plural(errors, "error")}`)}
        ><span class="service-dot" /><span class="chip-name">${oneLine(service)}</span
        ><span class="chip-count">${formatCount(count)}</span>
        ${errors > 0 &&
        html`<span class="chip-errors" title="${plural(errors, "error")} in this service"
          ><${ErrorMark} label="errors" />${formatCount(errors)}</span
        >`}
      </span>`,
    )}
    ${more > 0 && html`<span class="note">and ${plural(more, "more service", "more services")}</span>`}
  </span>`;
}
