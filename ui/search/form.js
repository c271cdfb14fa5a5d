import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { fetchSpanNames } from "../lib/api.js";
import { SHOWN_MAX } from "../lib/bounded.js";
import { formatRoughCount } from "../lib/format.js";
import { html } from "../lib/html.js";
import { Icon } from "../lib/icons.js";
import { goTo } from "../lib/navigation.js";
import { DEFAULT_QUERY, KINDS, LOOKBACKS, STATUSES, problemsOf, writeSearch } from "../lib/search-query.js";
import { oneLine } from "../lib/text.js";

/**
 * @typedef {import("../lib/search-query.js").SearchQuery} SearchQuery
 * @typedef {import("@preact/signals").Signal<SearchQuery>} Draft
 * @typedef {Partial<Record<keyof SearchQuery, string>>} Problems
 * @typedef {import("../lib/api.js").NameCount} NameCount
 */

/** What narrow screens show only on demand; `styles/search.css` has the same. */
const FOLDED_FIELDS = /** @type {const} */ ([
  "name",
  "attributes",
  "kind",
  "status",
  "minDuration",
  "maxDuration",
]);

const KIND_OPTIONS = optionsOf(KINDS);
const STATUS_OPTIONS = optionsOf(STATUSES);

/** @param {readonly string[]} choices */
function optionsOf(choices) {
  return [{ value: "", text: "any" }, ...choices.map((choice) => ({ value: choice, text: choice }))];
}

/**
 * What to search for. Choosing searches at once, typing on Enter; the address keeps it all.
 *
 * @param {{query: SearchQuery, services: NameCount[]}} props
 */
export function Form({ query, services }) {
  const draft = useSignal(query);
  useEffect(() => {
    draft.value = query;
  }, [query]);
  const problems = useSignal(/** @type {Problems} */ ({}));
  const wantsAll = useSignal(false);
  // What is wrong in a field must be in sight.
  const showsAll = wantsAll.value || Object.keys(problems.value).length > 0;
  const submit = () => {
    problems.value = problemsOf(draft.value);
    if (Object.keys(problems.value).length === 0) goTo(writeSearch(draft.value));
  };
  const onSubmit = (/** @type {Event} */ event) => {
    event.preventDefault();
    submit();
  };
  return html`<form class=${showsAll ? "search-form all-fields" : "search-form"} role="search" onSubmit=${onSubmit}>
    <${Choice}
      field="service"
      label="Service"
      draft=${draft}
      onChoose=${submit}
      options=${serviceOptions(services, query.service)}
    />
    <${SpanNameField} draft=${draft} />
    <${TextField}
      field="attributes"
      label="Attributes"
      draft=${draft}
      problems=${problems.value}
      placeholder="http.route=/bands/{id}"
    />
    <${Choice} field="kind" label="Kind" draft=${draft} onChoose=${submit} options=${KIND_OPTIONS} />
    <${Choice} field="status" label="Status" draft=${draft} onChoose=${submit} options=${STATUS_OPTIONS} />
    <${TextField} field="minDuration" label="Min duration" draft=${draft} problems=${problems.value} placeholder="1.5ms" />
    <${TextField} field="maxDuration" label="Max duration" draft=${draft} problems=${problems.value} placeholder="2s" />
    <${Choice}
      field="lookback"
      label="Last"
      draft=${draft}
      onChoose=${submit}
      options=${LOOKBACKS.map(([name, words]) => ({ value: name, text: words }))}
    />
    <${FieldsButton} query=${query} showsAll=${showsAll} onClick=${() => (wantsAll.value = !showsAll)} />
    <button type="submit" class="button primary"><${Icon} name="search" />Search</button>
  </form>`;
}

/**
 * On narrow screens, the way to the fields that would push the results out of sight. It counts
 * those in use, so that no search is narrowed unseen.
 *
 * @param {{query: SearchQuery, showsAll: boolean, onClick: () => void}} props
 */
function FieldsButton({ query, showsAll, onClick }) {
  const inUse = FOLDED_FIELDS.filter((field) => query[field] !== DEFAULT_QUERY[field]).length;
  const more = inUse === 0 ? "More filters" : `More filters (${inUse} set)`;
  return html`<button type="button" class="button fields-button" aria-expanded=${showsAll} onClick=${onClick}>
    ${showsAll ? "Fewer filters" : more}
  </button>`;
}

/**
 * By name, so that what a reader looks for does not move as spans come in.
 *
 * @param {NameCount[]} services
 * @param {string} chosen kept as a choice even if its service is gone
 */
function serviceOptions(services, chosen) {
  const options = services
    .map(({ name, spans }) => ({ value: name, text: `${oneLine(name, 80)} · ${formatRoughCount(spans)}` }))
    .sort((a, b) => (a.value < b.value ? -1 : 1));
  const isKnown = chosen === "" || services.some(({ name }) => name === chosen);
  const gone = isKnown ? [] : [{ value: chosen, text: oneLine(chosen, 80) }];
  return [{ value: "", text: "All services" }, ...gone, ...options];
}

/**
 * @param {object} props
 * @param {keyof SearchQuery} props.field
 * @param {string} props.label
 * @param {Draft} props.draft
 * @param {() => void} props.onChoose
 * @param {{value: string, text: string}[]} props.options
 */
function Choice({ field, label, draft, onChoose, options }) {
  const choose = (/** @type {any} */ event) => {
    // The span names of one service say nothing of another.
    const reset = field === "service" ? { name: "" } : {};
    draft.value = { ...draft.value, ...reset, [field]: event.target.value };
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
 * @param {keyof SearchQuery} props.field
 * @param {string} props.label
 * @param {Draft} props.draft
 * @param {Problems} [props.problems]
 * @param {string} props.placeholder
 * @param {string} [props.list] the id of suggestions
 */
function TextField({ field, label, draft, problems = {}, placeholder, list }) {
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

/** @param {{draft: Draft}} props */
function SpanNameField({ draft }) {
  const names = useSignal(/** @type {NameCount[]} */ ([]));
  const { service } = draft.value;
  useEffect(() => {
    names.value = [];
    const stop = new AbortController();
    // Suggestions are a help; without them a name can still be typed.
    fetchSpanNames(service, stop.signal).then(
      (found) => (names.value = found),
      () => {},
    );
    return () => stop.abort();
  }, [service]);
  return html`
    <${TextField} field="name" label="Span name" draft=${draft} placeholder="any" list="span-names" />
    <datalist id="span-names">
      ${names.value.slice(0, SHOWN_MAX).map(({ name }) => html`<option key=${name} value=${name} />`)}
    </datalist>
  `;
}
