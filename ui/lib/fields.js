// The fields of the search forms. A form keeps what it is told in a draft, one text per field.

import { formatRoughCount } from "./format.js";
import { html } from "./html.js";
import { oneLine } from "./text.js";

/**
 * @typedef {import("@preact/signals").Signal<Record<string, string>>} Draft
 * @typedef {Record<string, string | undefined>} Problems a sentence for each field that has one
 * @typedef {import("./api.js").NameCount} NameCount
 */

/** @param {readonly string[]} choices */
export function optionsOf(choices) {
  return [{ value: "", text: "any" }, ...choices.map((choice) => ({ value: choice, text: choice }))];
}

/**
 * By name, so that what a reader looks for does not move as more comes in.
 *
 * @param {NameCount[]} services
 * @param {string} chosen kept as a choice even if its service is gone
 */
export function serviceOptions(services, chosen) {
  const options = services
    // Without a name there is nothing to ask for.
    .filter(({ name }) => name !== "")
    .map(({ name, spans }) => ({ value: name, text: `${oneLine(name, 80)} · ${formatRoughCount(spans)}` }))
    .sort((a, b) => (a.value < b.value ? -1 : 1));
  const isKnown = chosen === "" || services.some(({ name }) => name === chosen);
  const gone = isKnown ? [] : [{ value: chosen, text: oneLine(chosen, 80) }];
  return [{ value: "", text: "All services" }, ...gone, ...options];
}

/**
 * On narrow screens, the way to the fields that would push the results out of sight. It counts
 * those in use, so that no search is narrowed unseen.
 *
 * @param {{inUse: number, showsAll: boolean, onClick: () => void}} props
 */
export function FieldsButton({ inUse, showsAll, onClick }) {
  const more = inUse === 0 ? "More filters" : `More filters (${inUse} set)`;
  return html`<button type="button" class="button fields-button" aria-expanded=${showsAll} onClick=${onClick}>
    ${showsAll ? "Fewer filters" : more}
  </button>`;
}

/**
 * @param {object} props
 * @param {string} props.field
 * @param {string} props.label
 * @param {Draft} props.draft
 * @param {() => void} props.onChoose
 * @param {{value: string, text: string}[]} props.options
 * @param {Record<string, string>} [props.resets] other fields that a choice sets
 */
export function Choice({ field, label, draft, onChoose, options, resets = {} }) {
  const choose = (/** @type {any} */ event) => {
    draft.value = { ...draft.value, ...resets, [field]: event.target.value };
    onChoose();
  };
  return html`<label class="field-${field}">
    <span>${label}</span>
    <select name=${field} onChange=${choose}>
      ${options.map(
        ({ value, text }) => html`<option key=${value} value=${value} selected=${value === draft.value[field]}>
          ${text}
        </option>`,
      )}
    </select>
  </label>`;
}

/**
 * @param {object} props
 * @param {string} props.field
 * @param {string} props.label
 * @param {Draft} props.draft
 * @param {Problems} [props.problems]
 * @param {string} props.placeholder
 * @param {string} [props.list] the id of suggestions
 */
export function TextField({ field, label, draft, problems = {}, placeholder, list }) {
  const problem = problems[field];
  const problemId = `problem-${field}`;
  return html`<div class="field-${field}">
    <label>
      <span>${label}</span>
      <input
        name=${field}
        value=${draft.value[field]}
        placeholder=${placeholder}
        list=${list}
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        aria-invalid=${problem !== undefined}
        aria-describedby=${problem === undefined ? undefined : problemId}
        onInput=${(/** @type {any} */ event) => (draft.value = { ...draft.value, [field]: event.target.value })}
      />
    </label>
    ${problem !== undefined && html`<p id=${problemId} class="field-problem" role="alert">${problem}</p>`}
  </div>`;
}
