import { html } from "../lib/html.js";
import { oneLine } from "../lib/text.js";

/**
 * @param {{traceIdAsked?: string}} props what stood in the place of a trace id, if anything did
 */
export function NotFoundPage({ traceIdAsked }) {
  document.title = "Not found · Clew";
  return html`<main class="calm">
    <h1>There is no such page</h1>
    ${traceIdAsked !== undefined
      ? html`<p>
          <code>${oneLine(traceIdAsked, 100)}</code> is not a trace id: one has 32 hexadecimal digits and is not
          all zeros${/^[0-9a-f]{1,31}$/i.test(traceIdAsked) && `, and this has ${traceIdAsked.length}`}.
        </p>`
      : html`<p>
          Pages are at <code>/</code>, <code>/search</code>, <code>/logs</code>, <code>/services</code>, <code>/compare</code>,
          ${" "}<code>/learn</code> and <code>${"/trace/<trace-id>"}</code>.
        </p>`}
    <p><a href="/">Search for traces</a></p>
  </main>`;
}
