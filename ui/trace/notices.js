import { formatCount, formatDuration, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { Icon } from "../lib/icons.js";
import { oneLine, visible } from "../lib/text.js";
import { SpanLink } from "./span-link.js";

/**
 * @typedef {import("./view.js").View} View
 * @typedef {import("./decode.js").Finding} Finding
 */

/** What the API calls the finding that clocks differ. */
const CLOCK_SKEW = "clockSkew";

/**
 * What is missing or cannot be so, in words.
 *
 * @param {{view: View}} props
 */
export function Notices({ view }) {
  const { rest, partial } = view.trace.value;
  const { findings } = rest;
  const missing = partial ?? rest.partial;
  return html`<div class="notices" role="status">
    ${missing !== null && html`<${PartialNotice} why=${missing} />`}
    ${findings.map((finding) => html`<${FindingNotice} key=${finding.kind} view=${view} finding=${finding} />`)}
    ${!findings.some(({ kind }) => kind === CLOCK_SKEW) && html`<${SkewNotice} view=${view} />`}
    <${LogsNotice} view=${view} />
  </div>`;
}

/** @param {{why: string}} props */
function PartialNotice({ why }) {
  return html`<div class="notice">
    <${Icon} name="warning" />
    <span>${`This may not be the whole trace: ${visible(why)}.`}</span>
  </div>`;
}

/**
 * What was found in one line; its likely cause and where to look, on demand.
 *
 * @param {{view: View, finding: Finding}} props
 */
function FindingNotice({ view, finding }) {
  const { kind, what, likelyCause, spans, examples } = finding;
  const more = spans - examples.length;
  return html`<div class="notice">
    <${Icon} name="warning" />
    <details>
      <summary>${visible(what)} <span class="text-button">Why?</span></summary>
      <p>${visible(likelyCause)}</p>
      <ul class="examples" aria-label="Spans that show it">
        ${examples.map((id, i) => {
          const node = view.byKey.value.get(id);
          return html`<li key=${i}>
            ${node ? html`<${SpanLink} view=${view} node=${node} />` : html`<code>${oneLine(id)}</code>`}
          </li>`;
        })}
        ${more > 0 && html`<li class="hint">and ${plural(more, "other span")}</li>`}
      </ul>
    </details>
    ${kind === CLOCK_SKEW && html`<${AlignButton} view=${view} />`}
  </div>`;
}

/** Why there are no log records, and the way to them. @param {{view: View}} props */
function LogsNotice({ view }) {
  const { loaded, tries } = view.logs;
  const { state, problem } = loaded.value;
  if (state !== "failed") return null;
  return html`<div class="notice quiet">
    <span>${`The log records of this trace are not here: ${visible(problem)}`}</span>
    <span class="notice-end">
      <button type="button" class="text-button" onClick=${() => tries.value++}>Try again</button>
    </span>
  </div>`;
}

/** What the page sees of clocks that differ, where the calls themselves do not show it. @param {{view: View}} props */
function SkewNotice({ view }) {
  const { skewed } = view.tree.value;
  if (skewed.length === 0) return null;
  const services = [...new Set(skewed.map((node) => oneLine(node.span.service, 60)))];
  const most = skewed.reduce((max, { span, parent, start, shift }) => {
    return Math.max(max, (parent?.start ?? span.start) - (start - shift));
  }, 0);
  const early = skewed.length === 1 ? "span begins before its parent" : "spans begin before their parents";
  return html`<div class="notice">
    <${Icon} name="warning" />
    <span>
      ${`Clocks differ: ${formatCount(skewed.length)} ${early}, by up to ${formatDuration(most)} (${services.slice(0, 3).join(", ")}).`}
    </span>
    <${AlignButton} view=${view} />
  </div>`;
}

/** @param {{view: View}} props */
function AlignButton({ view }) {
  if (view.tree.value.skewed.length === 0) return null;
  const aligned = view.alignClocks.value;
  return html`<span class="notice-end">
    ${aligned && "Shown with the clocks aligned."}
    <button type="button" class="text-button" onClick=${() => (view.alignClocks.value = !aligned)}>
      ${aligned ? "Show as recorded" : "Align clocks"}
    </button>
  </span>`;
}
