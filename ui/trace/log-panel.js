import { formatCount, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { Icon } from "../lib/icons.js";
import { LEVELS, logsHref } from "../lib/log-query.js";
import { oneLine } from "../lib/text.js";
import { LogList } from "./log-list.js";
import { logsBelow } from "./placed-logs.js";

/**
 * @typedef {import("./placed-logs.js").Scope} Scope
 * @typedef {import("./tree.js").Node} Node
 * @typedef {import("./view.js").View} View
 */

/**
 * The log records of the chosen span, or of the trace.
 *
 * @param {{view: View, traceId: string}} props
 */
export function LogPanel({ view, traceId }) {
  const { scope, least } = view.logs;
  const node = view.selected.value;
  const span = node && scope.value === "span" ? { span: node.span.spanId } : {};
  const severity = least.value === "none" ? {} : { severity: least.value };
  const href = logsHref({ trace: traceId, ...span, ...severity, order: "oldest" });
  return html`<div class="trace-logs">
    <div class="log-tools">
      ${node && html`<${Scopes} view=${view} node=${node} />`}
      <${Severity} view=${view} />
      <a class="log-page-link" href=${href} title="These records on the Logs page">Logs page</a>
    </div>
    <${Remarks} view=${view} traceId=${traceId} />
    <${LogList} view=${view} />
  </div>`;
}

/** Whose records are listed. @param {{view: View, node: Node}} props */
function Scopes({ view, node }) {
  const { scope, placed } = view.logs;
  const own = placed.value.byNode.get(node)?.length ?? 0;
  const below = logsBelow(placed.value, node).length;
  const choices = /** @type {[Scope, string, string, number][]} */ ([
    ["span", "Span", "Its own records", own],
    ["below", "With its children", "Its own records and those of all spans below it", below],
    ["trace", "Trace", "All records of the trace", placed.value.all.length],
  ]);
  return html`<div class="scopes" role="group" aria-label="Whose records">
    ${choices.map(
      ([name, words, title, count]) => html`<button
        key=${name}
        type="button"
        aria-pressed=${scope.value === name}
        title=${title}
        onClick=${() => (scope.value = name)}
      >
        ${words} <span class="count">${formatCount(count)}</span>
      </button>`,
    )}
  </div>`;
}

/** @param {{view: View}} props */
function Severity({ view }) {
  const { least } = view.logs;
  const choose = (/** @type {any} */ event) => (least.value = event.target.value);
  return html`<select class="log-severity" aria-label="Severity" onChange=${choose}>
    <option value="none" selected=${least.value === "none"}>any severity</option>
    ${LEVELS.slice(1).map(
      (level) => html`<option key=${level} value=${level} selected=${level === least.value}>
        ${level === "fatal" ? level : `${level} and above`}
      </option>`,
    )}
  </select>`;
}

/** What a reader must know before trusting the list. @param {{view: View, traceId: string}} props */
function Remarks({ view, traceId }) {
  const { records, total, partial } = view.logs.loaded.value;
  const { homeless } = view.logs.placed.value;
  const isOfTrace = !view.selected.value || view.logs.scope.value === "trace";
  const isLost = isOfTrace && homeless.length > 0;
  if (total <= records.length && partial === null && !isLost) return null;
  return html`<ul class="remarks">
    ${total > records.length &&
    html`<li>
      The first ${formatCount(records.length)} of ${plural(total, "record")} are here.${" "}
      <a href=${logsHref({ trace: traceId, order: "oldest" })}>See all on the Logs page</a>
    </li>`}
    ${partial !== null && html`<li>Not all that is stored was searched: ${oneLine(partial)}</li>`}
    ${isLost &&
    html`<li>
      <${Icon} name="warning" />
      <span>
        ${plural(homeless.length, "record")} ${homeless.length === 1 ? "is" : "are"} of no span that is here: marked on
        ${" "}the time scale.
      </span>
    </li>`}
  </ul>`;
}
