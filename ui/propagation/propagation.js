import { useSignal } from "@preact/signals";

import { formatCount, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { Icon } from "../lib/icons.js";
import { visible } from "../lib/text.js";
import { Hop } from "./hop.js";
import { troubleCount } from "./hops.js";
import { Problems } from "./problems.js";

/** @typedef {import("../trace/view.js").View} View */

/** How many hops are drawn, and how many more with each press of the button. */
const SHOWN_STEP = 100;

/**
 * How the context went from process to process: each call with the headers that it took, and where it
 * broke.
 *
 * @param {{view: View}} props
 */
export function Propagation({ view }) {
  const { state, failure } = view.hops.value;
  return html`<section class="propagation" aria-label="Propagation" tabindex="0">
    ${state === "failed" && html`<p class="bad" role="alert">${visible(failure)}</p>`}
    ${state === "here" ? html`<${Story} view=${view} />` : html`<p class="hint" aria-busy="true"></p>`}
  </section>`;
}

/** @param {{view: View}} props */
function Story({ view }) {
  const { hops, findings } = view.hops.value;
  const onlyBroken = useSignal(false);
  const shown = useSignal(SHOWN_STEP);
  const broken = hops.filter(({ problems }) => problems.length > 0);
  const listed = onlyBroken.value ? broken : hops;
  return html`
    <header class="propagation-head">
      <${Verdict} hops=${hops.length} broken=${broken.length} troubles=${troubleCount(hops, findings)} />
      ${broken.length > 0 &&
      broken.length < hops.length &&
      html`<label class="only-broken">
        <input
          type="checkbox"
          checked=${onlyBroken.value}
          onChange=${(/** @type {any} */ event) => (onlyBroken.value = event.target.checked)}
        />
        ${`Only where it broke (${formatCount(broken.length)})`}
      </label>`}
    </header>
    ${findings.length > 0 && html`<${Problems} problems=${findings} label="Of the whole trace" />`}
    <ol class="hops">
      ${listed.slice(0, shown.value).map((hop, i) => html`<${Hop} key=${i} view=${view} hop=${hop} />`)}
    </ol>
    ${listed.length > shown.value &&
    html`<button type="button" class="button" onClick=${() => (shown.value += SHOWN_STEP)}>
      ${`Show more (${formatCount(listed.length - shown.value)} left)`}
    </button>`}
    ${hops.length > 0 && html`<${Meaning} />`}
  `;
}

/** In a sentence whether the context arrived. @param {{hops: number, broken: number, troubles: number}} props */
function Verdict({ hops, broken, troubles }) {
  if (hops === 0) {
    return html`<div>
      <h2>${troubles === 0 ? "One process, no hop" : "No hop, and not whole"}</h2>
      <p class="hint">
        No context came in, as far as was recorded, and none went out: this trace did not leave its process. Where a
        ${" "}service calls another, the way of the headers is shown here.
      </p>
    </div>`;
  }
  const calls = plural(hops, "call");
  if (broken === 0) {
    const arrived = hops === 1 ? "in the one call" : `in each of ${calls}`;
    return html`<div>
      <h2><${Icon} name="check" /> The context arrived</h2>
      <p class="hint">${`It went from process to process ${arrived}, and every receiver used it.`}</p>
    </div>`;
  }
  return html`<div>
    <h2><${Icon} name="warning" /> ${`The context was lost or changed at ${broken} of ${calls}`}</h2>
    <p class="hint">What is wrong, its likely cause and what to do stand at each of them.</p>
  </div>`;
}

/** What the words on the page mean. */
function Meaning() {
  return html`<dl class="propagation-meaning">
    <div>
      <dt>recorded</dt>
      <dd>A span has the header as an attribute, as it was on the wire.</dd>
    </div>
    <div>
      <dt>reconstructed</dt>
      <dd>No span recorded it: it is put together from the ids, flags and state of the two spans.</dd>
    </div>
  </dl>`;
}
