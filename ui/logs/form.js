import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { Choice, FieldsButton, TextField, serviceOptions } from "../lib/fields.js";
import { formatTime } from "../lib/format.js";
import { html } from "../lib/html.js";
import { Icon } from "../lib/icons.js";
import { DEFAULT_LOG_QUERY, LEVELS, LOG_LOOKBACKS, logProblemsOf, parseMoment, writeLogQuery } from "../lib/log-query.js";
import { goTo } from "../lib/navigation.js";
import { oneLine } from "../lib/text.js";
import { isField } from "../trace/keys.js";

/**
 * @typedef {import("../lib/fields.js").Problems} Problems
 * @typedef {import("../lib/log-query.js").LogQuery} LogQuery
 */

/** What narrow screens show only on demand; `styles/logs.css` has the same. */
const FOLDED_FIELDS = /** @type {const} */ (["severity", "attributes"]);

const LEVEL_OPTIONS = [
  { value: "", text: "any" },
  ...LEVELS.map((level) => ({ value: level, text: level === "fatal" ? level : `${level} and above` })),
];
const LOOKBACK_OPTIONS = LOG_LOOKBACKS.map(([name, words]) => ({ value: name, text: words }));

/** Who chooses how far to look back means from now. */
const OF_ANOTHER_WINDOW = { start: "", end: "" };

/**
 * Which records to look at. Choosing searches at once, typing on Enter; the address keeps it all.
 *
 * @param {{query: LogQuery, services: import("../lib/api.js").NameCount[], onAgain: () => void}} props
 */
export function Form({ query, services, onAgain }) {
  const draft = useSignal(query);
  useEffect(() => {
    draft.value = query;
  }, [query]);
  const problems = useSignal(/** @type {Problems} */ ({}));
  const wantsAll = useSignal(false);
  // What is wrong in a field must be in sight.
  const showsAll = wantsAll.value || Object.keys(problems.value).length > 0;
  const inUse = FOLDED_FIELDS.filter((field) => query[field] !== DEFAULT_LOG_QUERY[field]).length;
  const submit = () => {
    problems.value = logProblemsOf(draft.value);
    if (Object.keys(problems.value).length > 0) return;
    const href = writeLogQuery(draft.value);
    // The same question again: there may be another answer by now.
    if (href === writeLogQuery(query)) onAgain();
    else goTo(href);
  };
  const onSubmit = (/** @type {Event} */ event) => {
    event.preventDefault();
    submit();
  };
  const look = showsAll ? "search-form logs-form all-fields" : "search-form logs-form";
  return html`<form class=${look} role="search" onSubmit=${onSubmit}>
    <${Choice}
      field="service"
      label="Service"
      draft=${draft}
      onChoose=${submit}
      options=${serviceOptions(services, query.service)}
    />
    <${TextField} field="text" label="Text" draft=${draft} problems=${problems.value} placeholder="any" />
    <${Choice} field="severity" label="Severity" draft=${draft} onChoose=${submit} options=${LEVEL_OPTIONS} />
    <${TextField}
      field="attributes"
      label="Attributes"
      draft=${draft}
      problems=${problems.value}
      placeholder="http.route=/bands/{id}"
    />
    <${Choice}
      field="lookback"
      label="Last"
      draft=${draft}
      resets=${OF_ANOTHER_WINDOW}
      onChoose=${submit}
      options=${LOOKBACK_OPTIONS}
    />
    <${FieldsButton} inUse=${inUse} showsAll=${showsAll} onClick=${() => (wantsAll.value = !showsAll)} />
    <button type="submit" class="button primary"><${Icon} name="search" />Search</button>
  </form>`;
}

/** `/` leads to the text from anywhere on the page. */
export function useSlash() {
  useEffect(() => {
    const onSlash = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "/" || isField(event.target) || event.ctrlKey || event.metaKey) return;
      const input = document.querySelector(".logs-form input[name=text]");
      if (!(input instanceof HTMLInputElement)) return;
      event.preventDefault();
      input.select();
    };
    addEventListener("keydown", onSlash);
    return () => removeEventListener("keydown", onSlash);
  }, []);
}

/**
 * What the form has no field for, each with the way to do without.
 *
 * @param {{query: LogQuery}} props
 */
export function Chips({ query }) {
  const chips = [];
  if (query.trace !== "") chips.push({ says: `trace ${query.trace}`, without: { trace: "" } });
  if (query.span !== "") chips.push({ says: `span ${query.span}`, without: { span: "" } });
  if (query.start !== "" || query.end !== "") {
    chips.push({ says: windowText(query), without: OF_ANOTHER_WINDOW });
  }
  if (chips.length === 0) return null;
  return html`<ul class="filter-chips" aria-label="Other filters">
    ${chips.map(
      ({ says, without }) => html`<li key=${says}>
        <span>${oneLine(says, 100)}</span>
        <a class="icon-button" href=${writeLogQuery({ ...query, ...without })} title="Remove this filter"
          ><${Icon} name="close" label=${`Remove the filter: ${oneLine(says, 100)}`}
        /></a>
      </li>`,
    )}
  </ul>`;
}

/** @param {LogQuery} query */
export function windowText({ start, end }) {
  const [from, to] = [start, end].map((text) => {
    const moment = parseMoment(text);
    return moment === null ? text : formatTime(moment).replace(/\.000$/, "");
  });
  if (end === "") return `since ${from}`;
  if (start === "") return `until ${to}`;
  const [day, clock] = String(to).split(", ");
  return clock !== undefined && from?.startsWith(`${day}, `) ? `${from} – ${clock}` : `${from} – ${to}`;
}
