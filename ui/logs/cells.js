// The histogram: how many records there are in each cell of time, by level.

import { bigint, list, number } from "../lib/json.js";
import { LEVELS } from "../lib/log-query.js";

/**
 * @typedef {import("./record.js").Level} Level
 *
 * @typedef {object} Cell
 * @property {bigint} start ns since 1970
 * @property {number} records
 * @property {Partial<Record<Level, number>>} levels
 *
 * @typedef {object} Histogram
 * @property {bigint} step ns
 * @property {Cell[]} cells without gaps
 * @property {number} total of the whole window
 * @property {Partial<Record<Level, number>>} totals
 * @property {number} highest the records of the fullest cell
 * @property {string | null} partial why not all that is stored was counted
 */

/** The severest first: it stands on the ground, where it is seen best. */
export const STACK = /** @type {const} */ (["fatal", "error", "warn", "info", "debug", "trace", "none"]);

const CELLS_MAX = 120;
const MS = 1_000_000n;
const S = 1_000n * MS;
const MIN = 60n * S;
const HOUR = 60n * MIN;
const DAY = 24n * HOUR;

/** Lengths that read well, ns. */
const STEPS = [
  ...[1n, 2n, 5n, 10n, 20n, 50n, 100n, 200n, 500n].map((each) => each * MS),
  ...[1n, 2n, 5n, 10n, 15n, 30n].map((each) => each * S),
  ...[1n, 2n, 5n, 10n, 15n, 30n].map((each) => each * MIN),
  ...[1n, 2n, 3n, 6n, 12n].map((each) => each * HOUR),
  ...[1n, 2n, 7n, 14n, 30n, 60n, 90n, 180n, 365n].map((each) => each * DAY),
];

/**
 * @param {bigint} from
 * @param {bigint} to
 * @returns {bigint} how long the cells of a window are, ns
 */
export function stepOf(from, to) {
  const length = to - from;
  const step = STEPS.find((each) => length <= each * BigInt(CELLS_MAX));
  return step ?? (length / BigInt(CELLS_MAX) / DAY + 1n) * DAY;
}

/**
 * @param {any} json the counts as the API has them
 * @param {{from: bigint, to: bigint, step: bigint}} window
 * @returns {Histogram}
 */
export function layCells(json, { from, to, step }) {
  const first = from / step;
  const count = Number((to + step - 1n) / step - first);
  /** @type {Cell[]} */
  const cells = Array.from({ length: Math.max(1, Math.min(count, CELLS_MAX + 1)) }, (_, i) => ({
    start: (first + BigInt(i)) * step,
    records: 0,
    levels: {},
  }));
  /** @type {Partial<Record<Level, number>>} */
  const totals = {};
  let total = 0;
  for (const each of list(json?.cells)) {
    const levels = readLevels(each?.levels);
    for (const level of STACK) {
      if (levels[level]) totals[level] = (totals[level] ?? 0) + levels[level];
    }
    total += number(each?.records);
    const cell = cells[Number(bigint(each?.startTimeUnixNano) / step - first)];
    if (cell) Object.assign(cell, { records: number(each?.records), levels });
  }
  const highest = cells.reduce((most, cell) => Math.max(most, cell.records), 0);
  const partial = typeof json?.partial === "string" ? json.partial : null;
  return { step, cells, total, totals, highest, partial };
}

/** @param {any} json @returns {Partial<Record<Level, number>>} */
function readLevels(json) {
  return Object.fromEntries(["none", ...LEVELS].map((level) => [level, number(json?.[level])]));
}

/**
 * Moments for the axis, round in the reader's time zone.
 *
 * @param {bigint} from
 * @param {bigint} to
 * @param {number} max how many have room
 * @returns {{moment: bigint, step: bigint}[]}
 */
export function axisTicks(from, to, max) {
  const room = BigInt(Math.max(1, max));
  const step = STEPS.find((each) => (to - from) / each < room);
  if (step === undefined) return [];
  const offset = BigInt(-new Date(Number(from / MS)).getTimezoneOffset()) * MIN;
  const ticks = [];
  for (let moment = ((from + offset) / step + 1n) * step - offset; moment < to; moment += step) {
    ticks.push({ moment, step });
  }
  return ticks;
}

/**
 * How a tick reads: no finer than it stands.
 *
 * @param {{moment: bigint, step: bigint}} tick
 * @returns {string}
 */
export function tickText({ moment, step }) {
  const date = new Date(Number(moment / MS));
  const isMidnight = date.getHours() + date.getMinutes() + date.getSeconds() + date.getMilliseconds() === 0;
  if (step >= 90n * DAY) return date.toLocaleDateString("en-GB", { month: "short", year: "numeric" });
  if (step >= DAY || isMidnight) return date.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  const clock = [date.getHours(), date.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
  if (step >= MIN) return clock;
  const seconds = `${clock}:${String(date.getSeconds()).padStart(2, "0")}`;
  return step >= S ? seconds : `${seconds}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
