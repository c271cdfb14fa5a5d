// Clew's own API, on the same origin.

import { now } from "./format.js";
import { saved } from "./saved.js";
import { LOOKBACKS } from "./search-query.js";

const BASE = "/api/clew/v1";

/** A backend that says nothing for so long is taken as gone: a connection can stay open without it. */
const ANSWER_MS_MAX = 20_000;

/**
 * @typedef {{name: string, spans: number}} NameCount how many spans, or log records, have a name
 *
 * @typedef {Record<string, unknown>} Answers what was answered, by path, for whoever keeps it
 */

/** A request that brought no data, with a sentence for the reader. */
export class ApiError extends Error {
  /**
   * @param {string} message
   * @param {number} status the HTTP status, 0 if there was no answer
   */
  constructor(message, status) {
    super(message);
    this.name = "ApiError";
    this.status = status;
  }
}

/**
 * @param {AbortSignal} [signal]
 * @returns {Promise<NameCount[]>} all services, those of the most spans first
 */
export async function fetchServices(signal) {
  return nameCounts(await getJson("/services", signal));
}

/**
 * @param {string} service empty for the span names of all
 * @param {AbortSignal} [signal]
 * @returns {Promise<NameCount[]>} those of the most spans first
 */
export async function fetchSpanNames(service, signal) {
  return nameCounts(await getJson(`/span-names?${new URLSearchParams({ service })}`, signal));
}

/**
 * @param {string} traceId
 * @param {AbortSignal} [signal]
 * @param {Answers} [answers] where the answer is kept
 * @returns {Promise<unknown>} the trace as the API has it; `null` if there is none
 */
export async function fetchTrace(traceId, signal, answers) {
  try {
    return await getJson(tracePath(traceId), signal, answers);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/**
 * @param {string} traceId
 * @param {AbortSignal} [signal]
 * @param {Answers} [answers] where the answer is kept
 * @returns {Promise<unknown>} how the trace got from process to process, as the API has it
 */
export async function fetchHops(traceId, signal, answers) {
  return getJson(`${tracePath(traceId)}/hops`, signal, answers);
}

/**
 * @param {string} last how far to look back, a name of `LOOKBACKS`
 * @param {AbortSignal} [signal]
 * @returns {Promise<unknown>} who calls whom, as the API has it
 */
export async function fetchMap(last, signal) {
  return getJson(`/map?${rangeOf(last)}`, signal);
}

/**
 * @param {string} service
 * @param {{last: string, kind: string}} query kind: empty for requests to it
 * @param {AbortSignal} [signal]
 * @returns {Promise<unknown>} the figures of a service, as the API has them
 */
export async function fetchMetrics(service, { last, kind }, signal) {
  const range = rangeOf(last);
  if (kind !== "") range.set("kind", kind);
  return getJson(`/services/${encodeURIComponent(service)}/metrics?${range}`, signal);
}

/** @param {string} last */
function rangeOf(last) {
  const end = now();
  const seconds = LOOKBACKS.find(([name]) => name === last)?.[2] ?? 0;
  return new URLSearchParams({ start: String(end - BigInt(seconds) * 1_000_000_000n), end: String(end) });
}

/**
 * @param {string} before a trace id
 * @param {string} after another
 * @param {AbortSignal} [signal]
 * @returns {Promise<unknown>} what became of the one in the other, as the API has it
 */
export async function fetchComparison(before, after, signal) {
  return getJson(`${tracePath(before)}/compare/${encodeURIComponent(after)}`, signal);
}

/**
 * @param {URLSearchParams} query
 * @param {AbortSignal} [signal]
 * @returns {Promise<unknown>} a page of a search as the API has it
 */
export async function fetchPage(query, signal) {
  return getJson(`/traces?${query}`, signal);
}

/**
 * @param {URLSearchParams} query
 * @param {AbortSignal} [signal]
 * @param {Answers} [answers] where the answer is kept
 * @returns {Promise<unknown>} a page of log records as the API has it
 */
export async function fetchLogs(query, signal, answers) {
  return getJson(`/logs?${query}`, signal, answers);
}

/**
 * @param {URLSearchParams} query
 * @param {AbortSignal} [signal]
 * @param {Answers} [answers] where the answer is kept
 * @returns {Promise<unknown>} how many log records there are over time, as the API has it
 */
export async function fetchLogCounts(query, signal, answers) {
  return getJson(`/logs/counts?${query}`, signal, answers);
}

/**
 * @param {AbortSignal} [signal]
 * @returns {Promise<NameCount[]>} all services that log records came from, those of the most first
 */
export async function fetchLogServices(signal) {
  return nameCounts(await getJson("/logs/services", signal));
}

/**
 * @param {URLSearchParams} conditions
 * @returns {string} where new log records are sent from as they arrive
 */
export function liveLogsHref(conditions) {
  return `${BASE}/logs/live?${conditions}`;
}

/**
 * @param {string} traceId
 * @returns {string} where a trace is to be had as JSON, laid out for a reader
 */
export function traceJsonHref(traceId) {
  return `${BASE}${tracePath(traceId)}?prettyPrint=true`;
}

/** @param {string} traceId */
function tracePath(traceId) {
  return `/traces/${encodeURIComponent(traceId)}`;
}

/** @param {any} body @returns {NameCount[]} */
function nameCounts(body) {
  if (!Array.isArray(body?.values)) return [];
  return body.values
    .filter((/** @type {any} */ each) => typeof each?.value === "string")
    .map((/** @type {any} */ each) => ({ name: each.value, spans: Number(each.spans ?? each.records) || 0 }));
}

/**
 * @param {string} path below the API
 * @param {AbortSignal} [signal]
 * @param {Answers} [answers]
 * @returns {Promise<any>}
 */
async function getJson(path, signal, answers) {
  if (saved) return savedAnswer(path, saved.answers);
  const response = await send(BASE + path, signal);
  const body = await readJson(response);
  if (!response.ok) throw new ApiError(problemOf(body, response), response.status);
  if (answers) answers[path] = body;
  return body;
}

/** @param {string} path @param {Answers} answers */
function savedAnswer(path, answers) {
  if (!Object.hasOwn(answers, path)) throw new ApiError("That is not in this file.", 404);
  return answers[path];
}

/**
 * @param {string} path
 * @param {AbortSignal} [signal]
 */
async function send(path, signal) {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), ANSWER_MS_MAX);
  const stop = signal ? AbortSignal.any([signal, silence.signal]) : silence.signal;
  try {
    return await fetch(path, { headers: { accept: "application/json" }, signal: stop });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(`No answer from ${location.host}. Is “clew serve” still running?`, 0);
  } finally {
    clearTimeout(timer);
  }
}

/** @param {Response} response */
async function readJson(response) {
  try {
    return await response.json();
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    if (!response.ok) return null;
    throw new ApiError("The backend answered something that is not JSON.", response.status);
  }
}

/**
 * @param {any} body
 * @param {Response} response
 */
function problemOf(body, response) {
  const message = body?.error?.message;
  return typeof message === "string" ? message : `The backend answered HTTP ${response.status}.`;
}
