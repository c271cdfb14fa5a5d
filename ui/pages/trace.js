import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";

import { Flame } from "../flame/flame.js";
import { TraceServices } from "../graph/trace-services.js";
import { traceJsonHref } from "../lib/api.js";
import { plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { compareHref, traceHref } from "../lib/links.js";
import { place, replacePlace } from "../lib/navigation.js";
import { oneLine } from "../lib/text.js";
import { saved } from "../lib/saved.js";
import { Propagation } from "../propagation/propagation.js";
import { useHops } from "../propagation/use-hops.js";
import { SaveButton } from "../saved/save-button.js";
import { SpanTable } from "../table/table.js";
import { FindBar } from "../trace/find-bar.js";
import { Header } from "../trace/header.js";
import { KEYS } from "../trace/keys.js";
import { Keys } from "../trace/keys-help.js";
import { followTrace } from "../trace/load.js";
import { followLogs } from "../trace/load-logs.js";
import { LogButton } from "../trace/log-button.js";
import { Minimap } from "../trace/minimap.js";
import { ModeTabs } from "../trace/mode-tabs.js";
import { modeOf } from "../trace/modes.js";
import { Notices } from "../trace/notices.js";
import { Panel } from "../trace/panel.js";
import { createView, showTrace } from "../trace/view.js";
import { Waterfall } from "../trace/waterfall.js";

/** @typedef {import("../trace/load.js").Waiting} Waiting */

/**
 * One trace.
 *
 * @param {{traceId: string}} props
 */
export function TracePage({ traceId }) {
  const view = useMemo(() => createView(spanIn(place.peek()), modeIn(place.peek()), hasLogsIn(place.peek())), [traceId]);
  const waiting = useSignal(/** @type {Waiting} */ ({ tries: 0, error: null }));

  useEffect(() => {
    const stop = new AbortController();
    const report = {
      onTrace: (/** @type {import("../trace/decode.js").Trace} */ trace) => showTrace(view, trace),
      onWaiting: (/** @type {Waiting} */ now) => (waiting.value = now),
    };
    followTrace(traceId, report, stop.signal);
    return () => stop.abort();
  }, [traceId]);

  // The spans come first; what happened in them follows.
  const isHere = view.trace.value.spans.length > 0;
  const tries = view.logs.tries.value;
  useEffect(() => {
    if (!isHere) return undefined;
    const stop = new AbortController();
    followLogs(traceId, (logs) => (view.logs.loaded.value = logs), stop.signal);
    return () => stop.abort();
  }, [traceId, isHere, tries]);

  useSignalEffect(() => {
    const root = view.tree.value.roots[0];
    const name = root ? `${root.span.service}: ${root.span.name}` : `Trace ${traceId}`;
    document.title = `${oneLine(name, 80)} · Clew`;
  });
  // A link may lead to another span of the same trace.
  useSignalEffect(() => {
    const key = spanIn(place.value);
    if (key !== null) view.selectedKey.value = key;
  });
  useSignalEffect(() => {
    view.mode.value = modeIn(place.value);
  });
  useSignalEffect(() => {
    const withLogs = view.detailsOpen.value && view.logs.isShown.value;
    replacePlace(traceHref(traceId, view.selectedKey.value ?? undefined, view.mode.value, withLogs));
  });
  useHops(view, traceId);

  const isTimeline = view.mode.value === "timeline";
  if (!isHere) return html`<${NotYet} traceId=${traceId} waiting=${waiting.value} />`;
  return html`<main class="trace-page">
    <${Header} view=${view} traceId=${traceId} />
    ${isTimeline && html`<${Notices} view=${view} />`}
    <div class="trace-tools">
      <${ModeTabs} view=${view} traceId=${traceId} />
      ${view.mode.value !== "propagation" && html`<${FindBar} view=${view} />`}
      ${isTimeline &&
      view.zoom.value &&
      html`<button type="button" class="button" onClick=${() => (view.zoom.value = null)}>
        Show the whole trace
      </button>`}
      <span class="tools-end">
        <${LogButton} view=${view} />
        ${!saved && html`<a class="button" href=${compareHref(traceId)} title="Compare with another trace">Compare</a>`}
        <${SaveButton} traceId=${traceId} />
        ${!saved && html`<a class="button" href=${traceJsonHref(traceId)} title="The trace as JSON">JSON</a>`}
        <${Keys} keys=${KEYS} />
      </span>
    </div>
    ${isTimeline && html`<${Minimap} view=${view} />`}
    <div class="trace-body">
      <${Shown} view=${view} />
      <${Panel} view=${view} traceId=${traceId} />
    </div>
  </main>`;
}

/** The view that was chosen. @param {{view: import("../trace/view.js").View}} props */
function Shown({ view }) {
  switch (view.mode.value) {
    case "flame":
      return html`<${Flame} view=${view} />`;
    case "spans":
      return html`<${SpanTable} view=${view} />`;
    case "services":
      return html`<${TraceServices} view=${view} />`;
    case "propagation":
      return html`<${Propagation} view=${view} />`;
    default:
      return html`<${Waterfall} view=${view} />`;
  }
}

/** @param {string} href @returns {string | null} the span that an address names */
function spanIn(href) {
  return new URLSearchParams(href.split("?")[1] ?? "").get("span");
}

/** @param {string} href @returns {boolean} whether an address opens the log records */
function hasLogsIn(href) {
  return new URLSearchParams(href.split("?")[1] ?? "").get("panel") === "logs";
}

/** @param {string} href @returns {import("../trace/modes.js").Mode} the view that an address names */
function modeIn(href) {
  return modeOf(new URLSearchParams(href.split("?")[1] ?? "").get("view"));
}

/** @param {{traceId: string, waiting: Waiting}} props */
function NotYet({ traceId, waiting }) {
  if (waiting.tries === 0) return html`<main class="calm" aria-busy="true"></main>`;
  return html`<main class="calm">
    <div class="waiting-thread" aria-hidden="true" />
    <h1>This trace is not here yet</h1>
    <p><code>${traceId}</code></p>
    ${waiting.error !== null
      ? html`<p class="bad" role="alert">${waiting.error} Trying again.</p>`
      : html`<p role="status">Looked ${plural(waiting.tries, "time")}. It appears here by itself when its first spans arrive.</p>`}
    <div class="why">
      <h2>If it does not come</h2>
      <ul>
        <li>Services send spans in batches: up to 5 seconds may pass, more if a service is busy.</li>
        <li>
          A <code>traceparent</code> that ends in <code>-00</code> says that the caller did not sample the trace;
          ${" "}most services then record nothing.
        </li>
        <li>
          The services must send to this backend: check <code>OTEL_EXPORTER_OTLP_ENDPOINT</code>, and
          ${" "}that <code>OTEL_SDK_DISABLED</code> is not set.
        </li>
      </ul>
    </div>
  </main>`;
}
