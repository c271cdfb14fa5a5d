import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { fetchOperations } from "../lib/api.js";
import { html } from "../lib/html.js";
import { Icon } from "../lib/icons.js";
import { goTo } from "../lib/navigation.js";
import { DEFAULT_QUERY, LIMITS, LOOKBACKS, problemsOf, writeSearch } from "../lib/search-query.js";
import { oneLine } from "../lib/text.js";

/**
 * @typedef {import("../lib/search-query.js").SearchQuery} SearchQuery
 * @typedef {import("@preact/signals").Signal<SearchQuery>} Draft
 * @typedef {Partial<Record<keyof SearchQuery, string>>} Problems
 */

/** What narrow screens show only on demand; `styles/search.css` has the same. */
const FOLDED_FIELDS = /** @type {const} */ (["operation", "tags", "minDuration", "maxDuration", "limit"]);

/**
 * What to search for. Choosing searches at once, typing on Enter; the address keeps it all.
 *
 * @param {{query: SearchQuery, services: string[]}} props
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
      field="tags"
      label="Attributes"
      draft=${draft}
      problems=${problems.value}
      placeholder="error=true http.route=/bands/{id}"
    />
    <${TextField} field="minDuration" label="Min duration" draft=${draft} problems=${problems.value} placeholder="1.5ms" />
    <${TextField} field="maxDuration" label="Max duration" draft=${draft} problems=${problems.value} placeholder="2s" />
    <${Choice}
      field="lookback"
      label="Last"
      draft=${draft}
      onChoose=${submit}
      options=${LOOKBACKS.map(([name, words]) => ({ value: name, text: words }))}
    />
    <${Choice}
      field="limit"
      label="Limit"
      draft=${draft}
      onChoose=${submit}
      options=${limitOptions(query.limit)}
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

/** @param {string[]} services @param {string} chosen kept as a choice even if its service is gone */
function serviceOptions(services, chosen) {
  const names = chosen === "" || services.includes(chosen) ? services : [chosen, ...services];
  return [{ value: "", text: "All services" }, ...names.map((name) => ({ value: name, text: oneLine(name, 80) }))];
}

/** @param {string} chosen */
function limitOptions(chosen) {
  const limits = LIMITS.some((limit) => limit === chosen) ? LIMITS : [...LIMITS, chosen];
  return limits.map((limit) => ({ value: limit, text: limit }));
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
    const reset = field === "service" ? { operation: "" } : {};
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
  const names = useSignal(/** @type {string[]} */ ([]));
  const { service } = draft.value;
  useEffect(() => {
    names.value = [];
    if (service === "") return undefined;
    const stop = new AbortController();
    // Suggestions are a help; without them a name can still be typed.
    fetchOperations(service, stop.signal).then(
      (found) => (names.value = found),
      () => {},
    );
    return () => stop.abort();
  }, [service]);
  return html`
    <${TextField} field="operation" label="Span name" draft=${draft} placeholder="any" list="span-names" />
    <datalist id="span-names">${names.value.map((name) => html`<option key=${name} value=${name} />`)}</datalist>
  `;
}
