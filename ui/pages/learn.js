import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { FirstTrace } from "../learn/first-trace.js";
import { CONCEPTS } from "../learn/concepts.js";
import { ExampleTrace } from "../learn/example.js";
import { AFTER_STEP, BEFORE_STEP, STEPS } from "../learn/steps.js";
import { loadLearnt } from "../learn/traces.js";
import { formatAgo, formatDuration, now, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { compareHref, traceHref } from "../lib/links.js";
import { receiverPorts } from "../lib/receivers.js";
import { visible } from "../lib/text.js";
import { useAnswer } from "../lib/use-answer.js";
import { demoCommand } from "../search/demo-command.js";
import { Command } from "../search/command.js";

/**
 * @typedef {import("../learn/traces.js").Learnt} Learnt
 * @typedef {import("../learn/concepts.js").Concept} Concept
 */

/** The demo goes on while the page is open. */
const EVERY_MS = 5_000;

/** What tracing is: the words, and the ten steps of the demo, beside traces that are here. */
export function LearnPage() {
  const { value, problem } = useAnswer(loadLearnt, [], EVERY_MS);
  useEffect(() => {
    document.title = "Learn · Clew";
  }, []);
  return html`<main class="learn-page">
    <h1>Learn tracing</h1>
    <p class="lead">
      A request crosses services, and each knows its own part alone. Tracing ties the parts together, so that one picture
      ${" "}shows where the time went and where it failed.
    </p>
    ${problem !== null && html`<p class="bad" role="alert">${visible(problem)}</p>`}
    ${value && html`<${Concepts} learnt=${value} /><${Steps} learnt=${value} />`}
    <section aria-label="Your first trace">
      <h2>Your first trace</h2>
      <p class="hint">The shortest program in each language. It appears on the page of traces within seconds.</p>
      <${FirstTrace} />
    </section>
  </main>`;
}

/** @param {{learnt: Learnt}} props */
function Concepts({ learnt }) {
  const chosen = useSignal(/** @type {string} */ ("Trace"));
  const { example } = learnt;
  const concept = CONCEPTS.find(({ term }) => term === chosen.value) ?? CONCEPTS[0];
  const shown = example && concept ? concept.find(example.tree) : [];
  const [node] = shown;
  const says = !example || !concept ? "" : node ? `${concept.term}: ${concept.shows(node, example.tree)}` : `${concept.term}: this trace has none.`;
  return html`<section aria-label="Concepts">
    <h2>The words</h2>
    <div class="concepts">
      <ul class="concept-list">
        ${CONCEPTS.map(
          ({ term, says }) => html`<li key=${term}>
            <button type="button" aria-pressed=${example !== null && term === chosen.value} disabled=${!example} onClick=${() => (chosen.value = term)}>
              <strong>${term}</strong><span>${says}</span>
            </button>
          </li>`,
        )}
      </ul>
      ${example
        ? html`<${ExampleTrace} example=${example} shown=${shown.length === example.tree.nodes.length ? [] : shown} says=${says} />`
        : html`<p class="example hint">As soon as there is a trace, each word is shown at a span of it.</p>`}
    </div>
  </section>`;
}

/** @param {{learnt: Learnt}} props */
function Steps({ learnt }) {
  const { ofSteps } = learnt;
  const command = demoCommand(location, receiverPorts());
  const hasAny = ofSteps.some((each, i) => each !== null && STEPS[i]?.traces && "attributes" in (STEPS[i]?.traces ?? {}));
  const [before, after] = [ofSteps[BEFORE_STEP - 1], ofSteps[AFTER_STEP - 1]];
  return html`<section aria-label="The demo in ten steps">
    <h2>The demo in ten steps</h2>
    ${!hasAny &&
    html`<div class="run-demo">
      <p>The demo has not run here yet. In Clew’s source folder, in another terminal:</p>
      <${Command} text=${command ?? "cargo run --release -- demo"} />
      <p class="hint">Its traces appear beside the steps as you go.</p>
    </div>`}
    <ol class="steps">
      ${STEPS.map((step, i) => {
        const trace = ofSteps[i];
        return html`<li key=${i} class=${trace ? "with-trace" : ""}>
          <span class="step-number" aria-hidden="true">${i + 1}</span>
          <div>
            <h3>${step.title}</h3>
            <p>${step.says}</p>
            ${trace &&
            html`<p class="step-links">
              <a href=${traceHref(trace.traceId)}>Its trace</a>
              <span class="note">${formatDuration(trace.duration)}, ${plural(trace.spans, "span")}, ${formatAgo(trace.start, now())}</span>
              ${step.look && html`<a href=${traceHref(trace.traceId, undefined, step.look)}>${step.look === "spans" ? "Its spans by self time" : "The way of its headers"}</a>`}
              ${i + 1 === AFTER_STEP && before && after && html`<a href=${compareHref(before.traceId, after.traceId)}>Compare with step ${BEFORE_STEP}</a>`}
            </p>`}
          </div>
        </li>`;
      })}
    </ol>
  </section>`;
}
