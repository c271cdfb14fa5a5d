import { useEffect, useRef } from "preact/hooks";

import { serviceClass } from "../lib/colors.js";
import { formatCount } from "../lib/format.js";
import { html } from "../lib/html.js";
import { Icon } from "../lib/icons.js";
import { NO_NAME, oneLine } from "../lib/text.js";
import { Details } from "./details.js";
import { hasLogs } from "./log-actions.js";
import { LogPanel } from "./log-panel.js";

/**
 * @typedef {import("./tree.js").Node} Node
 * @typedef {import("./view.js").View} View
 */

/**
 * Beside the waterfall: everything that is known of the chosen span, or the log records.
 *
 * @param {{view: View, traceId: string}} props
 */
export function Panel({ view, traceId }) {
  const node = view.selected.value;
  const showsLogs = hasLogs(view) && view.logs.isShown.value;
  const panel = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (panel.current) panel.current.scrollTop = 0;
  }, [node?.key, showsLogs]);
  if (!view.detailsOpen.value || (!node && !showsLogs)) return null;
  const close = () => {
    view.detailsOpen.value = false;
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape") close();
  };
  return html`<aside
    class="details ${node ? serviceClass(node.span.service) : "of-trace"} ${showsLogs ? "with-logs" : ""}"
    aria-label=${showsLogs ? "Log records" : "Span details"}
    ref=${panel}
    onKeyDown=${onKeyDown}
  >
    <header class="details-title">
      ${node
        ? html`<${SpanTitle} span=${node.span} onClose=${close} />`
        : html`<div class="details-service">Log records of the trace<${CloseButton} onClose=${close} /></div>`}
      ${node && hasLogs(view) && html`<${Tabs} view=${view} node=${node} showsLogs=${showsLogs} />`}
    </header>
    ${showsLogs
      ? html`<${LogPanel} view=${view} traceId=${traceId} />`
      : node && html`<${Details} view=${view} node=${node} />`}
  </aside>`;
}

/** @param {{span: import("./decode.js").Span, onClose: () => void}} props */
function SpanTitle({ span, onClose }) {
  return html`<div class="details-service">
      <span class="service-dot" />${oneLine(span.service)}
      <span class="badge">${span.kind}</span>
      <${CloseButton} onClose=${onClose} />
    </div>
    <h2>${oneLine(span.name, 1_000) || NO_NAME}</h2>`;
}

/** @param {{onClose: () => void}} props */
function CloseButton({ onClose }) {
  return html`<button type="button" class="icon-button close" title="Close (Esc)" onClick=${onClose}>
    <${Icon} name="close" label="Close details" />
  </button>`;
}

/** @param {{view: View, node: Node, showsLogs: boolean}} props */
function Tabs({ view, node, showsLogs }) {
  const { isShown, placed } = view.logs;
  const count = placed.value.byNode.get(node)?.length ?? 0;
  return html`<div class="tabs" role="group" aria-label="What to show of the span">
    <button type="button" aria-pressed=${!showsLogs} onClick=${() => (isShown.value = false)}>Details</button>
    <button type="button" aria-pressed=${showsLogs} onClick=${() => (isShown.value = true)}>
      Logs <span class="count">${formatCount(count)}</span>
    </button>
  </div>`;
}
