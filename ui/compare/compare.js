import { useSignal } from "@preact/signals";

import { serviceClass } from "../lib/colors.js";
import { formatCount, formatDuration, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { compareHref, traceHref } from "../lib/links.js";
import { NO_NAME, oneLine, visible } from "../lib/text.js";
import { CHANGES, speedWords } from "./comparison.js";
import { Rows, SIGNS, signed } from "./rows.js";

/**
 * @typedef {import("./comparison.js").Change} Change
 * @typedef {import("./comparison.js").Comparison} Comparison
 */

/**
 * Two traces: what became of the one in the other.
 *
 * @param {{comparison: Comparison}} props
 */
export function Compare({ comparison }) {
  const only = useSignal(/** @type {Change | "changed" | null} */ (null));
  const { before, after, partial } = comparison;
  return html`
    <header class="compare-head">
      <div class="compare-sides">
        <${Side} side=${before} name="Before" />
        <a class="button swap" href=${compareHref(after.traceId, before.traceId)} title="The other way round">⇄</a>
        <${Side} side=${after} name="After" />
        <p class="compare-verdict">
          <strong>${formatDuration(before.duration)} → ${formatDuration(after.duration)}</strong>
          <span>${speedWords(before.duration, after.duration)}</span>
        </p>
      </div>
      ${partial !== null && html`<p class="notice">${`These may not be the whole traces: ${visible(partial)}.`}</p>`}
      <${Explanations} comparison=${comparison} />
    </header>
    <div class="compare-tools">
      <${Filter} comparison=${comparison} only=${only} />
      <a href=${compareHref(before.traceId)}>Compare with another</a>
    </div>
    <${Rows} comparison=${comparison} only=${only.value} />
  `;
}

/** @param {{side: import("./comparison.js").Side, name: string}} props */
function Side({ side, name }) {
  return html`<div class="compare-side">
    <span class="note">${name}</span>
    <a href=${traceHref(side.traceId)}><code>${side.traceId.slice(0, 16)}…</code></a>
    <span class="note">${plural(side.spans, "span")}</span>
  </div>`;
}

/** Which spans make the difference. @param {{comparison: Comparison}} props */
function Explanations({ comparison }) {
  const { explanations } = comparison;
  if (explanations.length === 0) return html`<p class="hint">No span makes much of a difference.</p>`;
  const most = Math.max(...explanations.map(({ difference }) => Math.abs(difference)), 1);
  return html`<div class="explanations">
    <h2>What makes the difference</h2>
    <ul>
      ${explanations.map(({ row, rows, difference }) => {
        const end = row.after ?? row.before;
        const { traceId } = row.after ? comparison.after : comparison.before;
        return html`<li key=${row.index} class="${serviceClass(row.service)} ${row.change}">
          <span class="change-sign" role="img" aria-label=${SIGNS[row.change][1]}>${SIGNS[row.change][0]}</span>
          <a href=${traceHref(traceId, end?.spanId)}>
            <span class="service-dot" /><span class="service-name">${oneLine(row.service, 60)}</span>
            ${oneLine(row.name, 80) || NO_NAME}
          </a>
          ${rows > 1 && html`<span class="hidden-count">×${formatCount(rows)}</span>`}
          <span class="explanation-track"><i style=${{ width: `${(100 * Math.abs(difference)) / most}%` }} /></span>
          <span class="explanation-time" title="Of the time that it worked itself">${signed(difference)}</span>
        </li>`;
      })}
    </ul>
  </div>`;
}

/** @param {{comparison: Comparison, only: import("@preact/signals").Signal<Change | "changed" | null>}} props */
function Filter({ comparison, only }) {
  const { counts, rows } = comparison;
  const choices = /** @type {[Change | null, string, number][]} */ ([
    [null, "All", rows.length],
    ...CHANGES.filter((change) => counts[change] > 0).map((change) => [change, SIGNS[change][1], counts[change]]),
  ]);
  return html`<div class="scopes" role="group" aria-label="Which spans">
    ${choices.map(
      ([change, words, count]) => html`<button
        key=${words}
        type="button"
        aria-pressed=${only.value === change}
        onClick=${() => (only.value = change)}
      >
        ${words} <span class="count">${formatCount(count)}</span>
      </button>`,
    )}
  </div>`;
}
