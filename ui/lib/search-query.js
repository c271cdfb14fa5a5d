// What is searched for: in the address of the search page, and as a request to the API.

import { formatAttributes, parseAttributes } from "./attribute-filters.js";

/**
 * @typedef {object} SearchQuery all as text, as it stands in the form and the address; empty: any
 * @property {string} service
 * @property {string} name of a span
 * @property {string} attributes
 * @property {string} kind
 * @property {string} status
 * @property {string} minDuration
 * @property {string} maxDuration
 * @property {string} lookback
 * @property {string} limit how many traces to show at first, and how many more at a time
 * @property {string} order
 */

/** How far back a search goes: name in the address, words, seconds. */
export const LOOKBACKS = /** @type {const} */ ([
  ["5m", "5 minutes", 300],
  ["15m", "15 minutes", 900],
  ["1h", "1 hour", 3_600],
  ["6h", "6 hours", 21_600],
  ["24h", "24 hours", 86_400],
  ["2d", "2 days", 172_800],
  ["7d", "7 days", 604_800],
  ["30d", "30 days", 2_592_000],
]);

export const KINDS = /** @type {const} */ (["internal", "server", "client", "producer", "consumer"]);

export const STATUSES = /** @type {const} */ (["unset", "ok", "error"]);

/** Name in the address and for the API, words, and by what a trace has its place. */
export const ORDERS = /** @type {const} */ ([
  ["newest", "Newest", "By when the last matching span started"],
  ["oldest", "Oldest", "By when the first matching span started"],
  ["slowest", "Slowest", "By the duration of the longest matching span"],
]);

/** How many traces the API gives at once. */
const LIMIT_MAX = 1_000;

/** @type {SearchQuery} */
export const DEFAULT_QUERY = {
  service: "",
  name: "",
  attributes: "",
  kind: "",
  status: "",
  minDuration: "",
  maxDuration: "",
  lookback: "24h",
  limit: "50",
  order: "newest",
};

const FIELDS = /** @type {(keyof SearchQuery)[]} */ (Object.keys(DEFAULT_QUERY));

/**
 * @param {string} search the query part of an address
 * @returns {SearchQuery}
 */
export function readSearch(search) {
  const params = new URLSearchParams(search);
  const query = { ...DEFAULT_QUERY, ...readOldNames(params) };
  for (const field of FIELDS) query[field] = params.get(field) ?? query[field];
  /** @param {keyof SearchQuery} field @param {readonly string[]} choices */
  const choose = (field, choices) => {
    if (!choices.includes(query[field])) query[field] = DEFAULT_QUERY[field];
  };
  choose("kind", KINDS);
  choose("status", STATUSES);
  choose("lookback", LOOKBACKS.map(([name]) => name));
  choose("order", ORDERS.map(([name]) => name));
  const isLimit = /^[1-9]\d{0,3}$/.test(query.limit) && Number(query.limit) <= LIMIT_MAX;
  if (!isLimit) query.limit = DEFAULT_QUERY.limit;
  return query;
}

/**
 * Bookmarks from when the page had Jaeger's names for things.
 *
 * @param {URLSearchParams} params
 * @returns {Partial<SearchQuery>}
 */
function readOldNames(params) {
  /** @type {Partial<SearchQuery>} */
  const query = {};
  const name = params.get("operation");
  if (name !== null) query.name = name;
  if (params.get("sort") === "longest") query.order = "slowest";
  const tags = params.get("tags");
  return tags === null ? query : { ...query, ...readTags(tags) };
}

/**
 * Among Jaeger's tags are two that stand for what OpenTelemetry has as fields of a span.
 *
 * @param {string} tags
 * @returns {Partial<SearchQuery>}
 */
function readTags(tags) {
  try {
    const all = parseAttributes(tags);
    const kind = all.find(({ key }) => key === "span.kind")?.value;
    const failed = all.some(({ key, value }) => key === "error" && value === "true");
    const attributes = all.filter(({ key, value }) => {
      return key !== "span.kind" && !(key === "error" && value === "true");
    });
    return {
      attributes: formatAttributes(attributes),
      ...(kind === undefined ? {} : { kind }),
      ...(failed ? { status: "error" } : {}),
    };
  } catch {
    return { attributes: tags }; // The form says what is wrong.
  }
}

/**
 * @param {SearchQuery} query
 * @returns {string} path and query; what is at its default is left out
 */
export function writeSearch(query) {
  const params = new URLSearchParams();
  for (const field of FIELDS) {
    const value = query[field].trim();
    if (value !== DEFAULT_QUERY[field]) params.set(field, value);
  }
  const text = params.toString();
  return text === "" ? "/" : `/search?${text}`;
}

/**
 * The address of a search for a service and some attributes.
 *
 * @param {{service: string, attributes: import("./attribute-filters.js").AttributeFilter[]}} wanted
 */
export function searchHref({ service, attributes }) {
  return writeSearch({ ...DEFAULT_QUERY, service, attributes: formatAttributes(attributes) });
}

/** Units of durations, as the API takes them, in ns. */
const UNITS = new Map([
  ["ns", 1],
  ["us", 1_000],
  ["µs", 1_000],
  ["μs", 1_000],
  ["ms", 1_000_000],
  ["s", 1_000_000_000],
  ["m", 60_000_000_000],
  ["h", 3_600_000_000_000],
]);

/** A duration that cannot be understood, with a sentence for the reader. */
export class DurationError extends Error {}

/**
 * @param {string} text such as `1.5ms`, `2s`, `1m30s`; empty for none
 * @returns {number | null} ns
 * @throws {DurationError}
 */
export function parseDuration(text) {
  const compact = text.replace(/\s+/g, "");
  if (compact === "") return null;
  if (/^[\d.]+$/.test(compact)) {
    throw new DurationError(`“${compact}” needs a unit: ${compact}ms, ${compact}s or ${compact}m.`);
  }
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|μs|ms|s|m|h))+$/.test(compact)) {
    throw new DurationError(`“${compact}” is not a duration. Write for example 1.5ms, 2s or 1m30s.`);
  }
  let nanos = 0;
  for (const [, count = "", unit = ""] of compact.matchAll(/([\d.]+)([a-zµμ]+)/g)) {
    nanos += Number(count) * (UNITS.get(unit) ?? 0);
  }
  return nanos;
}

/**
 * What is wrong with a form, field by field; empty if nothing is.
 *
 * @param {SearchQuery} query
 * @returns {Partial<Record<keyof SearchQuery, string>>}
 */
export function problemsOf(query) {
  /** @type {Partial<Record<keyof SearchQuery, string>>} */
  const problems = {};
  /** @template T @param {keyof SearchQuery} field @param {() => T} read @returns {T | null} */
  const attempt = (field, read) => {
    try {
      return read();
    } catch (error) {
      problems[field] = /** @type {Error} */ (error).message;
      return null;
    }
  };
  attempt("attributes", () => parseAttributes(query.attributes));
  const min = attempt("minDuration", () => parseDuration(query.minDuration));
  const max = attempt("maxDuration", () => parseDuration(query.maxDuration));
  if (min !== null && max !== null && max < min) {
    problems.maxDuration = `The longest duration is below the shortest (${query.minDuration.trim()}).`;
  }
  return problems;
}

/**
 * The API's parameters of a search.
 *
 * @param {SearchQuery} query without problems
 * @param {bigint} now ns since 1970
 * @param {string | null} [after] where the page before ended
 * @returns {URLSearchParams}
 */
export function apiParams(query, now, after = null) {
  const seconds = LOOKBACKS.find(([name]) => name === query.lookback)?.[2] ?? 0;
  const start = now - BigInt(seconds) * 1_000_000_000n;
  const params = new URLSearchParams({
    // The API knows no time before 1970; a clock that is far off does.
    start: String(start > 0n ? start : 0n),
    order: query.order,
    limit: query.limit,
  });
  for (const field of /** @type {const} */ (["service", "name", "kind", "status"])) {
    const value = query[field].trim();
    if (value !== "") params.set(field, value);
  }
  for (const { key, value } of parseAttributes(query.attributes)) {
    params.append("attribute", `${key}=${value}`);
  }
  for (const field of /** @type {const} */ (["minDuration", "maxDuration"])) {
    const value = query[field].replace(/\s+/g, "");
    if (value !== "") params.set(field, value);
  }
  if (after !== null) params.set("after", after);
  return params;
}
