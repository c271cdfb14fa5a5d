import { CopyButton } from "../lib/copy-button.js";
import { formatClock, formatDuration, formatExactTime } from "../lib/format.js";
import { html } from "../lib/html.js";
import { Icon } from "../lib/icons.js";
import { traceHref } from "../lib/links.js";
import { logsHref, writeMoment } from "../lib/log-query.js";
import { oneLine } from "../lib/text.js";
import { flagsHex } from "../lib/trace-context.js";
import { Attributes } from "../trace/attributes.js";
import { ResourceSection, Row, ScopeSection } from "../trace/origin.js";
import { Section } from "../trace/section.js";
import { ValueView } from "../trace/value-view.js";
import { valueText } from "../trace/value.js";
import { detailsOf, timeOf } from "./record.js";

/**
 * @typedef {import("./record.js").LogRecord} LogRecord
 * @typedef {ReturnType<typeof detailsOf>} LogDetails
 */

/** How much of a body is shown until asked for: room for a stack trace. */
const BODY_SHOWN_MAX = 4_000;

/** What counts as the time around a record, ns to each side. */
const AROUND_NANOS = 30_000_000_000n;

/**
 * All that a record says.
 *
 * @param {{record: LogRecord, find: string, way?: any}} props way: where else to go from it than to its trace
 */
export function Details({ record, find, way }) {
  const all = detailsOf(record);
  const { service } = all;
  const others = {
    says: "Find logs with this value",
    href: (/** @type {import("../lib/attribute-filters.js").AttributeFilter[]} */ attributes) =>
      logsHref({ service, attributes }),
  };
  return html`<div class="log-details">
    <${Ways} record=${record} all=${all} way=${way} />
    <div class="log-message"><${ValueView} value=${all.body} query=${find} shownMax=${BODY_SHOWN_MAX} /></div>
    <div class="log-columns">
      <div>
        <${Section} title="Attributes" count=${all.own.attributes.length}>
          <${Attributes} of=${all.own} find=${others} />
          ${all.own.attributes.length + all.own.attributesDropped === 0 && html`<p class="hint">It has none.</p>`}
        <//>
        <${Facts} all=${all} />
      </div>
      <div>
        <${ResourceSection} span=${all} query="" find=${others} />
        <${ScopeSection} span=${all} query="" find=${others} />
      </div>
    </div>
  </div>`;
}

/** Where to go from a record. @param {{record: LogRecord, all: LogDetails, way?: any}} props */
function Ways({ record, all, way }) {
  const { traceId, spanId, body } = all;
  const time = timeOf(record);
  const around = logsHref({ start: writeMoment(time - AROUND_NANOS), end: writeMoment(time + AROUND_NANOS) });
  return html`<p class="log-ways">
    ${way}
    ${traceId !== "" &&
    way === undefined &&
    html`<a class="button" href=${traceHref(traceId, spanId)}><${Icon} name="trace" />Open its trace</a>`}
    ${traceId !== "" && html`<a class="button" href=${logsHref({ trace: traceId })}>Logs of its trace</a>`}
    ${traceId !== "" &&
    spanId !== "" &&
    html`<a class="button" href=${logsHref({ trace: traceId, span: spanId })}>Logs of its span</a>`}
    <a class="button" href=${around} title="All records within 30 s of this one">Logs around it</a>
    <${CopyButton} text=${valueText(body)} label="Copy the text" />
  </p>`;
}

/** @param {{all: LogDetails}} props */
function Facts({ all }) {
  const { time, observed, severityNumber, severityText, eventName, traceId, spanId, flags } = all;
  const moment = time === 0n ? observed : time;
  const severity = [severityText, severityNumber === 0 ? "" : `(${severityNumber})`].filter(Boolean).join(" ");
  return html`<${Section} title="Record">
    <dl class="attributes">
      <${Row} name=${time === 0n ? "time, as observed" : "time"} value=${formatExactTime(moment)}>
        <span class="means">${formatClock(moment)} here</span>
      <//>
      ${time !== 0n &&
      observed !== 0n &&
      html`<${Row} name="observed" value=${formatExactTime(observed)} plain>
        <span class="means">${delayText(Number(observed - time))}</span>
      <//>`}
      <${Row} name="severity" value=${oneLine(severity, 100) || "the sender did not say"} plain />
      <${Row} name="event name" value=${eventName} />
      <${Row} name="trace id" value=${traceId} />
      <${Row} name="span id" value=${spanId} />
      <${Row} name="trace flags" value=${flagsHex(flags)} plain>
        <span class="means">${flags & 1 ? "sampled" : "not sampled, or not said"}</span>
      <//>
    </dl>
  <//>`;
}

/** @param {number} nanos */
function delayText(nanos) {
  if (nanos === 0) return "at once";
  return nanos > 0 ? `${formatDuration(nanos)} later` : `${formatDuration(-nanos)} earlier`;
}
