import { html } from "../lib/html.js";
import { Icon } from "../lib/icons.js";
import { traceHref } from "../lib/links.js";
import { findTraceId } from "../lib/trace-context.js";
import { visible } from "../lib/text.js";

/**
 * What is wrong, with its likely cause and what to do.
 *
 * @param {{problems: import("./hops.js").Problem[], label: string}} props
 */
export function Problems({ problems, label }) {
  return html`<ul class="hop-problems" aria-label=${label}>
    ${problems.map(
      ({ what, likelyCause, otherTraceId }, i) => html`<li key=${i}>
        <${Icon} name="warning" />
        <div>
          <p class="what">${visible(what)}</p>
          <p>${visible(likelyCause)}</p>
          <${OtherTrace} id=${findTraceId(otherTraceId)} />
        </div>
      </li>`,
    )}
  </ul>`;
}

/** @param {{id: string | null}} props */
function OtherTrace({ id }) {
  if (id === null) return null;
  return html`<p><a href=${traceHref(id, undefined, "propagation")}>Go to the other trace <code>${id}</code></a></p>`;
}
