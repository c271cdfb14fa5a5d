import { computed, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";

import { formatCount, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { DEFAULT_LOG_QUERY, LOG_LOOKBACKS, readLogQuery, writeLogQuery } from "../lib/log-query.js";
import { goTo, place } from "../lib/navigation.js";
import { pause } from "../lib/pause.js";
import { oneLine } from "../lib/text.js";
import { Chips, Form, useSlash } from "../logs/form.js";
import { Histogram } from "../logs/histogram.js";
import { KEYS } from "../logs/keys.js";
import { List } from "../logs/list.js";
import { KEPT_MAX } from "../logs/loaded.js";
import { useHistogram } from "../logs/use-histogram.js";
import { useLive } from "../logs/use-live.js";
import { askedOf, useLogs } from "../logs/use-logs.js";
import { createView, remember } from "../logs/view.js";
import { NotKept, Welcome } from "../logs/welcome.js";
import { isField } from "../trace/keys.js";
import { Keys } from "../trace/keys-help.js";

/**
 * @typedef {import("../logs/loaded.js").Loaded} Loaded
 * @typedef {import("../lib/log-query.js").LogQuery} LogQuery
 * @typedef {ReturnType<typeof useLogs>} Logs
 * @typedef {ReturnType<typeof useLive>} Live
 */

/** How long to wait before asking again a server that has nothing, or does not answer. */
const RETRY_MS = 3_000;

/** Find log records. */
export function LogsPage() {
  const href = place.value;
  const query = useMemo(() => readLogQuery(href.split("?")[1] ?? ""), [href]);
  const tries = useSignal(0);
  const logs = useLogs(query, tries.value);
  const [loaded, services, problem] = [logs.loaded.value, logs.services.value, logs.problem.value];
  document.title = query.service === "" ? "Logs · Clew" : `${oneLine(query.service, 80)} · Logs · Clew`;
  useSlash();

  const isNothing = services !== null && services.length === 0 && loaded?.records.length === 0;
  const isRetried = problem === null ? isNothing : problem.retry === "soon";
  useRetries(isRetried, () => tries.value++);
  if (problem?.isMissing) return html`<${NotKept} text=${oneLine(problem.text)} />`;
  if (isNothing && problem === null) return html`<${Welcome} />`;
  return html`<main class="logs-page">
    <h1 class="hidden">Logs</h1>
    <div class="logs-top">
      <${Form} query=${query} services=${services ?? []} onAgain=${() => tries.value++} />
      <${Chips} query=${query} />
      ${problem && html`<p class="banner bad" role="alert">${problem.text}${problem.retry === "soon" && " Trying again."}</p>`}
    </div>
    ${loaded && html`<${Found} query=${query} logs=${logs} loaded=${loaded} />`}
  </main>`;
}

/** @param {boolean} isRetried @param {() => void} again */
function useRetries(isRetried, again) {
  useEffect(() => {
    if (!isRetried) return undefined;
    const stop = new AbortController();
    const run = async () => {
      while (!stop.signal.aborted) {
        await pause(RETRY_MS, stop.signal);
        if (!stop.signal.aborted) again();
      }
    };
    void run();
    return () => stop.abort();
  }, [isRetried]);
}

/**
 * What was found, pale while a newer question is under way.
 *
 * @param {{query: LogQuery, logs: Logs, loaded: Loaded}} props
 */
function Found({ query, logs, loaded }) {
  const view = useMemo(() => createView(computed(() => logs.loaded.value?.records ?? []), loaded.query), [loaded.query]);
  useEffect(() => () => remember(view, loaded.query), [view]);
  const live = useLive(query, logs, view);
  // That of the list before stays until there is another, so that nothing jumps; its number would be wrong.
  const counted = useHistogram(loaded, query.live !== "");
  const histogram = counted?.histogram ?? null;
  const total = counted?.list === loaded.query ? counted.histogram.total : null;
  const isStale = askedOf(loaded.query) !== askedOf(query);
  const partial = loaded.partial ?? histogram?.partial ?? null;
  const isEmpty = loaded.records.length === 0;
  useLiveKey(query);
  return html`<section class="found logs-found" aria-busy=${isStale} aria-label="Logs found">
    ${partial !== null && html`<p class="banner" role="status">Not all that is stored was searched: ${oneLine(partial)}</p>`}
    ${histogram &&
    !(isEmpty && total === 0) &&
    html`<${Histogram} key=${`${loaded.now}`} histogram=${histogram} query=${loaded.query} />`}
    <div class="results-head">
      <h2>${headline(loaded, total)}</h2>
      <${LiveButton} query=${query} />
      <${Liveness} query=${query} live=${live} view=${view} />
      <span class="tools-end">
        <${Orders} query=${query} />
        <${Keys} keys=${KEYS} />
      </span>
    </div>
    ${isEmpty
      ? html`<${NoMatch} query=${loaded.query} isLive=${query.live !== ""} />`
      : html`<div class="logs-frame">
          <${NewButton} live=${live} view=${view} />
          <${List}
            key=${`${loaded.now}`}
            view=${view}
            loaded=${loaded}
            onMore=${() => loaded.records.length < KEPT_MAX && logs.loadMore()}
            end=${html`<${End} loaded=${loaded} logs=${logs} />`}
          />
        </div>`}
  </section>`;
}

/** `l` is the same as the button. @param {LogQuery} query */
function useLiveKey(query) {
  const now = useRef(query);
  now.current = query;
  useEffect(() => {
    const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "l" || isField(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      goTo(toggledLive(now.current));
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, []);
}

/** What comes in is the newest, and comes in now. @param {LogQuery} query */
function toggledLive(query) {
  if (query.live !== "") return writeLogQuery({ ...query, live: "" });
  return writeLogQuery({ ...query, live: "on", order: "newest", start: "", end: "" });
}

/** @param {{query: LogQuery}} props */
function LiveButton({ query }) {
  const isOn = query.live !== "";
  return html`<button
    type="button"
    class=${isOn ? "button live-button on" : "button live-button"}
    aria-pressed=${isOn}
    title=${isOn ? "Stop taking in new records (l)" : "Take in new records as they arrive (l)"}
    onClick=${() => goTo(toggledLive(query))}
  >
    <i />Live
  </button>`;
}

/** How the connection is, in words. @param {{query: LogQuery, live: Live, view: ReturnType<typeof createView>}} props */
function Liveness({ query, live, view }) {
  if (query.live === "") return null;
  const held = !view.isAtTop.value || view.heights.value.size > 0;
  const [words, look] = stateWords(live.state.value, held);
  const skipped = skippedText(live.skipped.value);
  return html`<span class="live ${look}" role="status">
    ${words}${skipped !== "" && html`<span class="skipped">${skipped}</span>`}
  </span>`;
}

/** @param {Live["skipped"]["value"]} skipped */
function skippedText({ count, isMore }) {
  if (count === 0 && !isMore) return "";
  const counted = plural(count, "record");
  const which = count === 0 ? "some records" : isMore ? `more than ${counted}` : counted;
  return `${which} came too fast to be listed`;
}

/** @param {Live["state"]["value"]} state @param {boolean} held @returns {[string, string]} and a class */
function stateWords(state, held) {
  if (state === "lost") return ["The connection is lost. Trying again…", "cut"];
  if (state === "refused") return ["The server sends no live records now. Trying again…", "cut"];
  if (state !== "open") return ["connecting…", "held"];
  return held ? ["held while you read", "held"] : ["new records appear by themselves", ""];
}

/** The way to what came while the reader was elsewhere. @param {{live: Live, view: ReturnType<typeof createView>}} props */
function NewButton({ live, view }) {
  const count = live.waiting.value.length;
  if (count === 0) return null;
  const show = () => {
    live.flush();
    view.rewinds.value++;
  };
  return html`<button type="button" class="button primary new-button" onClick=${show}>${formatCount(count)} new</button>`;
}

/** What stands below the last record. @param {{loaded: Loaded, logs: Logs}} props */
function End({ loaded, logs }) {
  const { next, isCut, records } = loaded;
  if (records.length >= KEPT_MAX && (next !== null || isCut)) {
    return "These are enough for a list: narrow the search or the time to see others.";
  }
  if (isCut) return "Older ones were let go. Search again to see them.";
  if (next === null) return "That is all.";
  if (logs.problem.value?.retry === "asked") {
    return html`<button type="button" class="button" onClick=${logs.loadMore}>Try again</button>`;
  }
  return logs.isLoading.value ? "Loading more…" : "More as you scroll";
}

/** @param {Loaded} loaded @param {number | null} total */
function headline({ query, records, next }, total) {
  const words = LOG_LOOKBACKS.find(([name]) => name === query.lookback)?.[1];
  const isWindow = query.start !== "" || query.end !== "";
  const when = isWindow ? "in this window" : query.lookback === "all" ? "of all time" : `of the last ${words}`;
  const count = total === null || next === null ? records.length : Math.max(total, records.length);
  if (total === null && next !== null) return `The ${query.order} log records ${when}`;
  return `${plural(count, "log record")} ${when}`;
}

/** @param {{query: LogQuery}} props */
function Orders({ query }) {
  return html`<nav class="orders" aria-label="Order">
    ${["newest", "oldest"].map(
      (order) => html`<a
        key=${order}
        href=${writeLogQuery({ ...query, order, live: order === "oldest" ? "" : query.live })}
        aria-current=${order === query.order ? "true" : undefined}
        >${order === "newest" ? "Newest" : "Oldest"}</a
      >`,
    )}
  </nav>`;
}

/** @param {{query: LogQuery, isLive: boolean}} props */
function NoMatch({ query, isLive }) {
  const filters = /** @type {const} */ (["text", "severity", "attributes", "trace", "span"]);
  const narrowed = filters.some((field) => query[field] !== "");
  const isWindow = query.start !== "" || query.end !== "";
  const wide = { ...query, start: "", end: "" };
  const free = { ...DEFAULT_LOG_QUERY, service: query.service, lookback: query.lookback, start: query.start, end: query.end };
  return html`<div class="no-match" role="status">
    <h2>No log record matches</h2>
    ${isLive && html`<p>One that does appears here as soon as it arrives.</p>`}
    <ul>
      ${isWindow && html`<li><a href=${writeLogQuery(wide)}>Look outside this time window</a></li>`}
      ${query.lookback !== "all" && html`<li><a href=${writeLogQuery({ ...wide, lookback: "all" })}>Search all time</a></li>`}
      ${narrowed && html`<li><a href=${writeLogQuery(free)}>Search without the filters</a></li>`}
      ${query.service !== "" && html`<li><a href=${writeLogQuery({ ...query, service: "" })}>Search all services</a></li>`}
    </ul>
  </div>`;
}
