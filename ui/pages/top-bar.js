import { useState } from "preact/hooks";

import { html } from "../lib/html.js";
import { Icon } from "../lib/icons.js";
import { traceHref } from "../lib/links.js";
import { isNarrow } from "../lib/narrow.js";
import { goTo, place } from "../lib/navigation.js";
import { findTraceId } from "../lib/trace-context.js";

/** The name, the way to the search, and a way to any trace. */
export function TopBar() {
  const [path = ""] = place.value.split("?", 1);
  /** @param {boolean} isThere */
  const current = (isThere) => (isThere ? "page" : undefined);
  return html`<header class="top-bar">
    <a class="brand" href="/" aria-label="Clew, to the search">
      <img src="/static/favicon.svg" width="22" height="22" alt="" />
      <span>Clew</span>
    </a>
    <nav aria-label="Pages">
      <a href="/" aria-current=${current(path === "/" || path === "/search")}>Traces</a>
      <a href="/services" aria-current=${current(path === "/services")}>Services</a>
      <a href="/logs" aria-current=${current(path === "/logs")}>Logs</a>
      <a href="/learn" aria-current=${current(path === "/learn")}>Learn</a>
    </nav>
    <${GoToTrace} />
  </header>`;
}

function GoToTrace() {
  const [bad, setBad] = useState(false);
  const onSubmit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    const traceId = findTraceId(String(new FormData(form).get("trace")));
    setBad(traceId === null);
    if (traceId === null) return;
    form.reset();
    goTo(traceHref(traceId));
  };
  return html`<form class="go-to" onSubmit=${onSubmit}>
    <${Icon} name="search" />
    <input
      name="trace"
      placeholder=${isNarrow.value ? "Trace id" : "Go to a trace id or traceparent"}
      aria-label="Go to a trace id or traceparent"
      aria-invalid=${bad}
      autocomplete="off"
      spellcheck="false"
      onInput=${() => setBad(false)}
    />
    ${bad && html`<p class="field-problem" role="alert">Neither a trace id (32 hex digits) nor a traceparent header.</p>`}
  </form>`;
}
