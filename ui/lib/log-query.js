// What log records are asked for: in the address of the logs page, and as a request to the API.

import { formatAttributes, parseAttributes } from "./attribute-filters.js";
import { LOOKBACKS } from "./search-query.js";

/**
 * @typedef {import("./attribute-filters.js").AttributeFilter} AttributeFilter
 *
 * @typedef {object} LogQuery all as text, as it stands in the form and the address; empty: any
 * @property {string} service
 * @property {string} text that the body has
 * @property {string} severity the least
 * @property {string} attributes
 * @property {string} lookback
 * @property {string} start of a narrower window, such as `2026-11-22T12:37:00.000Z`
 * @property {string} end the moment after it
 * @property {string} trace
 * @property {string} span
 * @property {string} order
 * @property {string} live `on` if new records are to come in by themselves
 */

/** The levels of OTLP's severity, the least first. */
export const LEVELS = /** @type {const} */ (["trace", "debug", "info", "warn", "error", "fatal"]);

/** How far back the window goes: name in the address, words, seconds; 0 for without end. */
export const LOG_LOOKBACKS = /** @type {readonly (readonly [string, string, number])[]} */ ([
  ...LOOKBACKS,
  ["all", "all time", 0],
]);

/** What a trace id leads to may be of any age. */
const LOOKBACK_OF_TRACE = "all";

/** @type {LogQuery} */
export const DEFAULT_LOG_QUERY = {
  service: "",
  text: "",
  severity: "",
  attributes: "",
  lookback: "24h",
  start: "",
  end: "",
  trace: "",
  span: "",
  order: "newest",
  live: "",
};

const FIELDS = /** @type {(keyof LogQuery)[]} */ (Object.keys(DEFAULT_LOG_QUERY));

const NANOS_PER_MS = 1_000_000n;
const NANOS_PER_S = 1_000_000_000n;

/** @param {Pick<LogQuery, "trace" | "span">} query */
function defaultLookback({ trace, span }) {
  return trace === "" && span === "" ? DEFAULT_LOG_QUERY.lookback : LOOKBACK_OF_TRACE;
}

/**
 * @param {string} search the query part of an address
 * @returns {LogQuery}
 */
export function readLogQuery(search) {
  const params = new URLSearchParams(search);
  const query = { ...DEFAULT_LOG_QUERY };
  for (const field of FIELDS) query[field] = params.get(field) ?? query[field];
  const severity = query.severity.toLowerCase();
  query.severity = LEVELS.some((level) => level === severity) ? severity : "";
  const isLookback = params.has("lookback") && LOG_LOOKBACKS.some(([name]) => name === query.lookback);
  if (!isLookback) query.lookback = defaultLookback(query);
  if (query.order !== "oldest") query.order = "newest";
  // What comes in is the newest, and it comes in now.
  if (query.live !== "on" || query.order === "oldest" || query.end !== "") query.live = "";
  return query;
}

/**
 * @param {LogQuery} query
 * @returns {string} path and query; what is at its default is left out
 */
export function writeLogQuery(query) {
  const params = new URLSearchParams();
  const defaults = { ...DEFAULT_LOG_QUERY, lookback: defaultLookback(query) };
  for (const field of FIELDS) {
    const value = query[field].trim();
    if (value !== defaults[field]) params.set(field, value);
  }
  const text = params.toString();
  return text === "" ? "/logs" : `/logs?${text}`;
}

/**
 * The address of some of the log records.
 *
 * @param {Partial<Omit<LogQuery, "attributes">> & {attributes?: AttributeFilter[]}} wanted
 */
export function logsHref({ attributes = [], ...wanted }) {
  const lookback = defaultLookback({ trace: wanted.trace ?? "", span: wanted.span ?? "" });
  return writeLogQuery({ ...DEFAULT_LOG_QUERY, lookback, ...wanted, attributes: formatAttributes(attributes) });
}

/**
 * @param {string} text as the address has a moment
 * @returns {bigint | null} ns since 1970
 */
export function parseMoment(text) {
  const ms = Date.parse(text);
  return Number.isNaN(ms) || ms < 0 ? null : BigInt(ms) * NANOS_PER_MS;
}

/**
 * @param {bigint} moment ns since 1970
 * @returns {string} as the address has it, to the millisecond
 */
export function writeMoment(moment) {
  const ms = moment > 0n ? moment / NANOS_PER_MS : 0n;
  return new Date(Number(ms)).toISOString();
}

/**
 * The window that a query looks at.
 *
 * @param {LogQuery} query without problems
 * @param {bigint} now ns since 1970
 * @returns {{start: bigint | null, end: bigint | null}} `null`: without bound; the end lies outside
 */
export function windowOf(query, now) {
  const end = query.end === "" ? null : parseMoment(query.end);
  if (query.start !== "") return { start: parseMoment(query.start), end };
  const seconds = LOG_LOOKBACKS.find(([name]) => name === query.lookback)?.[2] ?? 0;
  const start = now - BigInt(seconds) * NANOS_PER_S;
  // The API knows no time before 1970; a clock that is far off does.
  return { start: seconds === 0 || start < 0n ? null : start, end };
}

/**
 * What is wrong with a query, field by field; empty if nothing is.
 *
 * @param {LogQuery} query
 * @returns {Partial<Record<keyof LogQuery, string>>}
 */
export function logProblemsOf(query) {
  /** @type {Partial<Record<keyof LogQuery, string>>} */
  const problems = {};
  try {
    parseAttributes(query.attributes);
  } catch (error) {
    problems.attributes = /** @type {Error} */ (error).message;
  }
  const [start, end] = [query.start, query.end].map((text) => (text === "" ? null : parseMoment(text)));
  for (const field of /** @type {const} */ (["start", "end"])) {
    if (query[field] !== "" && (field === "start" ? start : end) === null) {
      problems[field] = `“${query[field]}” is not a time such as 2026-11-22T12:37:00Z.`;
    }
  }
  if (start !== null && end !== null && start !== undefined && end !== undefined && end <= start) {
    problems.end = "The time window ends before it begins.";
  }
  return problems;
}

/**
 * What must hold of a record, as the API's parameters, without the window.
 *
 * @param {LogQuery} query without problems
 * @returns {URLSearchParams}
 */
export function logConditions(query) {
  const params = new URLSearchParams();
  for (const field of /** @type {const} */ (["service", "text", "severity", "trace", "span"])) {
    const value = query[field].trim();
    if (value !== "") params.set(field, value);
  }
  for (const { key, value } of parseAttributes(query.attributes)) {
    params.append("attribute", `${key}=${value}`);
  }
  return params;
}

/**
 * The same with the window.
 *
 * @param {LogQuery} query without problems
 * @param {bigint} now ns since 1970
 * @returns {URLSearchParams}
 */
export function logParams(query, now) {
  const params = logConditions(query);
  const { start, end } = windowOf(query, now);
  if (start !== null) params.set("start", String(start));
  // The API's last moment is one that it looks at.
  if (end !== null) params.set("end", String(end > 0n ? end - 1n : 0n));
  return params;
}
