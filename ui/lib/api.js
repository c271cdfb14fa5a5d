// The backend's Jaeger v1 JSON API, on the same origin.

/** A backend that says nothing for so long is taken as gone: a connection can stay open without it. */
const ANSWER_MS_MAX = 20_000;

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
 * @returns {Promise<string[]>} the names of all services, sorted
 */
export async function fetchServices(signal) {
  return names(await getData("/api/services", signal));
}

/**
 * @param {string} service
 * @param {AbortSignal} [signal]
 * @returns {Promise<string[]>} the span names of a service, sorted
 */
export async function fetchOperations(service, signal) {
  return names(await getData(`/api/services/${encodeURIComponent(service)}/operations`, signal));
}

/**
 * @param {string} traceId
 * @param {AbortSignal} [signal]
 * @returns {Promise<unknown>} one trace in Jaeger's JSON; `null` if there is none
 */
export async function fetchTrace(traceId, signal) {
  try {
    const data = await getData(`/api/traces/${encodeURIComponent(traceId)}`, signal);
    return Array.isArray(data) ? (data[0] ?? null) : null;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/**
 * @param {URLSearchParams} query
 * @param {AbortSignal} [signal]
 * @returns {Promise<unknown[]>} traces in Jaeger's JSON
 */
export async function fetchTraces(query, signal) {
  const data = await getData(`/api/traces?${query}`, signal);
  return Array.isArray(data) ? data : [];
}

/** @param {unknown} data */
function names(data) {
  if (!Array.isArray(data)) return [];
  return data.filter((name) => typeof name === "string").sort((a, b) => (a < b ? -1 : 1));
}

/**
 * @param {string} path
 * @param {AbortSignal} [signal]
 * @returns {Promise<unknown>} what stands below `data`
 */
async function getData(path, signal) {
  const response = await send(path, signal);
  const body = await readJson(response);
  if (!response.ok) throw new ApiError(problemOf(body, response), response.status);
  return body?.data ?? null;
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
  const message = body?.errors?.[0]?.msg;
  return typeof message === "string" ? message : `The backend answered HTTP ${response.status}.`;
}
