// Records without a trace from the time of a span: offered, since they may be of it or of another.

import { useEffect, useRef } from "preact/hooks";

import { formatClock, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { ApiError } from "../lib/receive.js";
import { oneLine } from "../lib/text.js";
import { aroundSpan, loadLoneLogs } from "./load-logs.js";
import { placeAll } from "./placed-logs.js";

/**
 * @typedef {import("./tree.js").Node} Node
 * @typedef {import("./view.js").View} View
 */

/**
 * The offer, then what it brought, above the records themselves.
 *
 * @param {{view: View, node: Node}} props
 */
export function LoneOffer({ view, node }) {
  const { lone, loneOfChosen, loneListed } = view.logs;
  const stop = useRef(new AbortController());
  const giveUp = () => {
    stop.current.abort();
    stop.current = new AbortController();
    if (lone.peek()?.state === "loading") lone.value = null;
  };
  useEffect(() => giveUp, [node.key]);
  const load = () => {
    giveUp();
    void fetchLone(view, node, stop.current.signal);
  };
  const found = loneOfChosen.value;
  if (found === null) {
    return html`<div class="lone-offer" role="row">
      <div role="gridcell">
        <button type="button" class="button" onClick=${load}>
          Log records without a trace, of this service around this time
        </button>
      </div>
    </div>`;
  }
  const { service, start, end } = aroundSpan(node.span, view.trace.value.start);
  const when = `${formatClock(start)} – ${formatClock(end)}`;
  const from = `of ${oneLine(service, 80)}, ${when}`;
  const hidden = found.logs.length - loneListed.value.length;
  return html`<div class="lone-head" role="row">
    <div role="gridcell">
      <h3>Without a trace id</h3>
      ${found.state === "loading" && html`<p class="hint" role="status">Looking for records ${from}…</p>`}
      ${found.state === "failed" &&
      html`<p class="hint" role="alert">
        ${oneLine(found.problem)} <button type="button" class="text-button" onClick=${load}>Try again</button>
      </p>`}
      ${found.state === "here" &&
      html`<p class="hint" role="status">
        ${found.logs.length > 0
          ? `${plural(found.logs.length, "record")} ${from}: any of them may belong to another request.`
          : `There are none ${found.isMore ? "among the first records " : ""}${from}.`}
        ${found.isMore && found.logs.length > 0 && " There may be more: these were the first to be found."}
        ${hidden > 0 && ` ${plural(hidden, "record")} below the chosen severity ${hidden === 1 ? "is" : "are"} left out.`}
        ${found.partial !== null && ` Not all that is stored was searched: ${oneLine(found.partial)}`}
      </p>`}
    </div>
  </div>`;
}

/** @param {View} view @param {Node} node @param {AbortSignal} signal */
async function fetchLone(view, node, signal) {
  const { lone } = view.logs;
  const traceStart = view.trace.peek().start;
  const nothing = { of: node.key, logs: [], isMore: false, partial: null, problem: "" };
  const asked = /** @type {const} */ ({ ...nothing, state: "loading" });
  lone.value = asked;
  try {
    const { records, isMore, partial } = await loadLoneLogs(aroundSpan(node.span, traceStart), signal);
    if (lone.peek() !== asked) return;
    // On the clock of the span, wherever that was moved to.
    const logs = placeAll(records, traceStart, () => null).map((log) => {
      return { ...log, key: `lone-${log.key}`, at: log.at + node.shift };
    });
    lone.value = { ...nothing, state: "here", logs, isMore, partial };
  } catch (error) {
    if (lone.peek() !== asked) return;
    if (!(error instanceof ApiError)) throw error;
    lone.value = { ...nothing, state: "failed", problem: error.message };
  }
}
