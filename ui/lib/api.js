// Clew's own API, on the same origin.

import { now } from "./format.js";
import { ApiError, receive, textOf } from "./receive.js";
import { saved } from "./saved.js";
import { LOOKBACKS } from "./search-query.js";

const BASE = "/api/clew/v1";

/**
 * @typedef {{name: string, spans: number}} NameCount how many spans, or log records, have a name
 *
 * @typedef {Record<string, unknown>} Answers what was answered, by path, for whoever keeps it
 */

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
 * @returns {Promise<AsyncGenerator<Uint8Array, void, void> | null>} the trace in lines, piece by piece; `null`
 *   if there is none
 */
export async function fetchTraceLines(traceId, signal) {
  const path = linesPath(traceId);
  if (saved) return savedPieces(savedAnswer(path, saved.answers));
  try {
    return (await ask(path, signal)).body;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/** @param {unknown} text */
async function* savedPieces(text) {
  yield new TextEncoder().encode(typeof text === "string" ? text : "");
}

/**
 * Keeps the lines of a trace, for a file.
 *
 * @param {string} traceId
 * @param {AbortSignal} signal
 * @param {Answers} answers where they are kept
 */
export async function keepTraceLines(traceId, signal, answers) {
  const path = linesPath(traceId);
  answers[path] = await textOf(await ask(path, signal));
}

/** @param {string} traceId */
function linesPath(traceId) {
  return `${tracePath(traceId)}/lines`;
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
  const received = await ask(path, signal);
  const body = jsonOf(await textOf(received));
  if (body === undefined) throw new ApiError("The backend answered something that is not JSON.", received.response.status);
  if (answers) answers[path] = body;
  return body;
}

/** @param {string} path @param {Answers} answers */
function savedAnswer(path, answers) {
  if (!Object.hasOwn(answers, path)) throw new ApiError("That is not in this file.", 404);
  return answers[path];
}

/**
 * @param {string} path below the API
 * @param {AbortSignal} [signal]
 * @returns {Promise<import("./receive.js").Received>} an answer with data
 */
async function ask(path, signal) {
  const received = await receive(BASE + path, signal);
  const { response } = received;
  if (response.ok) return received;
  throw new ApiError(problemOf(jsonOf(await textOf(received)), response), response.status);
}

/** @param {string} text @returns {any} `undefined` if it is no JSON */
function jsonOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
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
