import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { fetchSpanNames } from "../lib/api.js";
import { SHOWN_MAX } from "../lib/bounded.js";
import { Choice, FieldsButton, TextField, optionsOf, serviceOptions } from "../lib/fields.js";
import { html } from "../lib/html.js";
import { Icon } from "../lib/icons.js";
import { goTo } from "../lib/navigation.js";
import { DEFAULT_QUERY, KINDS, LOOKBACKS, STATUSES, problemsOf, writeSearch } from "../lib/search-query.js";

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

/** The span names of one service say nothing of another. */
const OF_ANOTHER_SERVICE = { name: "" };

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
  const inUse = FOLDED_FIELDS.filter((field) => query[field] !== DEFAULT_QUERY[field]).length;
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
      resets=${OF_ANOTHER_SERVICE}
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
    <${FieldsButton} inUse=${inUse} showsAll=${showsAll} onClick=${() => (wantsAll.value = !showsAll)} />
    <button type="submit" class="button primary"><${Icon} name="search" />Search</button>
  </form>`;
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
