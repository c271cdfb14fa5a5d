// The service map and the figures of a service, as the API has them.

import { bigint, list, number, text } from "../lib/json.js";

/**
 * @typedef {object} Percentiles ns; `null` of nothing
 * @property {number | null} p50
 * @property {number | null} p95
 * @property {number | null} p99
 *
 * @typedef {{traceId: string, spanId: string, duration: number, isError: boolean}} Exemplar duration in ns
 *
 * @typedef {Percentiles & {place: number, count: number, errors: number, exemplars: Exemplar[]}} Cell place: by number, from
 *   the start of the range
 *
 * @typedef {object} Range
 * @property {bigint} start ns since 1970, where the first cell begins
 * @property {number} step ns
 * @property {number} cells how many there are
 * @property {number} seconds how long it is
 *
 * @typedef {Percentiles & {name: string, spans: number, requests: number, errors: number, cells: Cell[]}} Service
 *
 * @typedef {Percentiles & {caller: string, called: string, kind: "service" | "database" | "messaging", calls: number, errors: number}} Edge
 *
 * @typedef {object} ServiceMap
 * @property {Range} range
 * @property {Service[]} services those of the most requests first
 * @property {Edge[]} edges
 * @property {number} unresolved how many calls came from spans that are not here
 * @property {string | null} partial
 *
 * @typedef {Percentiles & {count: number, errors: number, cells: Cell[]}} Figures
 *
 * @typedef {object} Metrics
 * @property {Range} range
 * @property {Figures} total
 * @property {(Figures & {name: string, kind: string})[]} names those of the most spans first
 * @property {boolean} hasMoreNames
 * @property {string | null} partial
 */

/** OTLP's numbers of kinds. */
const KINDS = ["unspecified", "internal", "server", "client", "producer", "consumer"];

/** @param {any} json @returns {ServiceMap} */
export function decodeMap(json) {
  const range = decodeRange(json);
  return {
    range,
    services: list(json?.services).map((each) => ({
      ...decodePercentiles(each),
      name: text(each?.name),
      spans: number(each?.spans),
      requests: number(each?.requests),
      errors: number(each?.errors),
      cells: decodeCells(each?.cells, range),
    })),
    edges: list(json?.edges).map((each) => ({
      ...decodePercentiles(each),
      caller: text(each?.caller),
      called: text(each?.called),
      kind: each?.kind === "database" || each?.kind === "messaging" ? each.kind : "service",
      calls: number(each?.calls),
      errors: number(each?.errors),
    })),
    unresolved: number(json?.unresolvedCalls),
    partial: text(json?.partial) || null,
  };
}

/** @param {any} json @returns {Metrics} */
export function decodeMetrics(json) {
  const range = decodeRange(json);
  return {
    range,
    total: decodeFigures(json?.total, range),
    names: list(json?.names).map((each) => ({
      ...decodeFigures(each, range),
      name: text(each?.name),
      kind: KINDS[number(each?.kind)] ?? "unspecified",
    })),
    hasMoreNames: json?.hasMoreNames === true,
    partial: text(json?.partial) || null,
  };
}

/** @param {any} json @returns {Range} cells begin at multiples of the step */
function decodeRange(json) {
  const step = bigint(json?.stepNano) || 1n;
  const [from, to] = [bigint(json?.startTimeUnixNano), bigint(json?.endTimeUnixNano)];
  const start = (from / step) * step;
  return {
    start,
    step: Number(step),
    cells: Number((to - start) / step) + 1,
    seconds: Number(to - from) / 1e9,
  };
}

/** @param {any} json @param {Range} range @returns {Figures} */
function decodeFigures(json, range) {
  return {
    ...decodePercentiles(json),
    count: number(json?.spans),
    errors: number(json?.errors),
    cells: decodeCells(json?.cells, range),
  };
}

/** @param {any} json @param {Range} range @returns {Cell[]} */
function decodeCells(json, { start, step, cells }) {
  const decoded = list(json).map((each) => ({
    ...decodePercentiles(each),
    place: Math.round(Number(bigint(each?.startTimeUnixNano) - start) / step),
    count: number(each?.requests ?? each?.spans),
    errors: number(each?.errors),
    exemplars: list(each?.exemplars).map(decodeExemplar),
  }));
  return decoded.filter(({ place }) => place >= 0 && place < cells);
}

/** @param {any} json @returns {Exemplar} */
function decodeExemplar(json) {
  return {
    traceId: text(json?.traceId),
    spanId: text(json?.spanId),
    duration: Number(bigint(json?.durationNano)),
    isError: json?.isError === true,
  };
}

/** @param {any} json @returns {Percentiles} */
function decodePercentiles(json) {
  const nanos = (/** @type {unknown} */ value) => (typeof value === "string" ? Number(bigint(value)) : null);
  return { p50: nanos(json?.p50Nano), p95: nanos(json?.p95Nano), p99: nanos(json?.p99Nano) };
}

/**
 * So many in so many seconds, in the unit in which it reads best: `12/s`, `3.5/min`, `2/h`.
 *
 * @param {number} count
 * @param {number} seconds
 * @returns {string}
 */
export function formatRate(count, seconds) {
  if (count === 0 || seconds <= 0) return "0";
  const units = /** @type {const} */ ([["s", 1], ["min", 60], ["h", 3_600], ["d", 86_400]]);
  const perSecond = count / seconds;
  const [unit, length] = units.find(([, length]) => perSecond * length >= 1) ?? ["d", 86_400];
  const rate = perSecond * length;
  const digits = rate < 10 ? 1 : 0;
  return `${Number(rate.toFixed(digits)).toLocaleString("en-US")}/${unit}`;
}

/**
 * A share of errors: `0`, `< 0.1 %`, `2.5 %`.
 *
 * @param {number} errors
 * @param {number} all
 */
export function formatErrors(errors, all) {
  if (errors === 0 || all === 0) return "0";
  const percent = (100 * errors) / all;
  if (percent < 0.1) return "< 0.1 %";
  return `${percent < 10 ? Number(percent.toFixed(1)) : Math.round(percent)} %`;
}
