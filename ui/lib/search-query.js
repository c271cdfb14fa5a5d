// What is searched for: in the address of the search page, and as a request to the API.

import { formatTags, parseTags } from "./tags.js";

/**
 * @typedef {object} SearchQuery all as text, as it stands in the form and the address; empty: any
 * @property {string} service
 * @property {string} operation
 * @property {string} tags
 * @property {string} minDuration
 * @property {string} maxDuration
 * @property {string} lookback
 * @property {string} limit
 * @property {Order} sort
 */

/** @typedef {"newest" | "longest" | "spans" | "errors"} Order in which the traces found are listed */

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

export const LIMITS = /** @type {const} */ (["20", "50", "100", "200", "500"]);

export const ORDERS = /** @type {const} */ ([
  ["newest", "Newest"],
  ["longest", "Longest"],
  ["spans", "Most spans"],
  ["errors", "Most errors"],
]);

/** @type {SearchQuery} */
export const DEFAULT_QUERY = {
  service: "",
  operation: "",
  tags: "",
  minDuration: "",
  maxDuration: "",
  lookback: "24h",
  limit: "20",
  sort: "newest",
};

const TEXT_FIELDS = /** @type {const} */ ([
  "service",
  "operation",
  "tags",
  "minDuration",
  "maxDuration",
  "lookback",
  "limit",
]);

/**
 * @param {string} search the query part of an address
 * @returns {SearchQuery}
 */
export function readSearch(search) {
  const params = new URLSearchParams(search);
  const query = { ...DEFAULT_QUERY };
  for (const field of TEXT_FIELDS) query[field] = params.get(field) ?? DEFAULT_QUERY[field];
  query.sort = ORDERS.find(([name]) => name === params.get("sort"))?.[0] ?? DEFAULT_QUERY.sort;
  if (!LOOKBACKS.some(([name]) => name === query.lookback)) query.lookback = DEFAULT_QUERY.lookback;
  if (!/^[1-9]\d{0,3}$/.test(query.limit)) query.limit = DEFAULT_QUERY.limit;
  return query;
}

/**
 * @param {SearchQuery} query
 * @returns {string} path and query; what is at its default is left out
 */
export function writeSearch(query) {
  const params = new URLSearchParams();
  for (const field of [...TEXT_FIELDS, /** @type {const} */ ("sort")]) {
    const value = query[field].trim();
    if (value !== DEFAULT_QUERY[field]) params.set(field, value);
  }
  const text = params.toString();
  return text === "" ? "/" : `/search?${text}`;
}

/**
 * The address of a search for a service and some tags.
 *
 * @param {{service: string, tags: import("./tags.js").Tag[]}} wanted
 */
export function searchHref({ service, tags }) {
  return writeSearch({ ...DEFAULT_QUERY, service, tags: formatTags(tags) });
}

/** Units of Go's durations, which the API takes, in µs. */
const UNITS = new Map([
  ["ns", 0.001],
  ["us", 1],
  ["µs", 1],
  ["μs", 1],
  ["ms", 1_000],
  ["s", 1_000_000],
  ["m", 60_000_000],
  ["h", 3_600_000_000],
]);

/** A duration that cannot be understood, with a sentence for the reader. */
export class DurationError extends Error {}

/**
 * @param {string} text such as `1.5ms`, `2s`, `1m30s`; empty for none
 * @returns {number | null} µs
 * @throws {DurationError}
 */
export function parseDuration(text) {
  const compact = text.replace(/\s+/g, "");
  if (compact === "") return null;
  if (/^[\d.]+$/.test(compact)) {
    throw new DurationError(`“${compact}” needs a unit: ${compact}ms, ${compact}s or ${compact}m.`);
  }
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|μs|ms|s|m|h))+$/.test(compact)) {
    throw new DurationError(`“${compact}” is no duration. Write for example 1.5ms, 2s or 1m30s.`);
  }
  let micros = 0;
  for (const [, count = "", unit = ""] of compact.matchAll(/([\d.]+)([a-zµμ]+)/g)) {
    micros += Number(count) * (UNITS.get(unit) ?? 0);
  }
  return micros;
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
  attempt("tags", () => parseTags(query.tags));
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
 * @param {number} nowMicros
 * @returns {URLSearchParams}
 */
export function apiParams(query, nowMicros) {
  const seconds = LOOKBACKS.find(([name]) => name === query.lookback)?.[2] ?? 0;
  const params = new URLSearchParams({
    start: String(nowMicros - seconds * 1_000_000),
    limit: query.limit,
  });
  if (query.service !== "") params.set("service", query.service);
  if (query.operation.trim() !== "") params.set("operation", query.operation.trim());
  // One object each, since a key may stand twice; a computed key makes `__proto__` one like any other.
  for (const { key, value } of parseTags(query.tags)) {
    params.append("tags", JSON.stringify({ [key]: value }));
  }
  for (const field of /** @type {const} */ (["minDuration", "maxDuration"])) {
    const value = query[field].replace(/\s+/g, "");
    if (value !== "") params.set(field, value);
  }
  return params;
}
