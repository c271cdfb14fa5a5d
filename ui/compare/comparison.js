// What became of a trace in another, as the API has it.

import { bigint, list, number, text } from "../lib/json.js";
import { serviceName } from "../lib/text.js";

/**
 * @typedef {"new" | "gone" | "slower" | "faster" | "same"} Change
 *
 * @typedef {object} End a span on one side
 * @property {string} spanId
 * @property {number} offset ns after the start of its trace
 * @property {number} duration ns
 * @property {boolean} isError
 *
 * @typedef {object} Row
 * @property {number} index in the order of the tree
 * @property {number} depth
 * @property {Change} change
 * @property {"appeared" | "wentAway" | null} error
 * @property {string} service
 * @property {string} name
 * @property {string} nameBefore empty unless it was called otherwise
 * @property {End | null} before
 * @property {End | null} after
 *
 * @typedef {object} Explanation
 * @property {Row} row the one of them that differs the most
 * @property {number} rows how many alike
 * @property {number} difference of self time, ns
 *
 * @typedef {object} Side
 * @property {string} traceId
 * @property {number} spans
 * @property {number} duration ns
 *
 * @typedef {object} Comparison
 * @property {Side} before
 * @property {Side} after
 * @property {Record<Change, number>} counts
 * @property {Explanation[]} explanations
 * @property {Row[]} rows
 * @property {string | null} partial
 */

export const CHANGES = /** @type {const} */ (["new", "gone", "slower", "faster", "same"]);

/** @param {any} json @returns {Comparison} */
export function decodeComparison(json) {
  const rows = list(json?.rows).map(decodeRow);
  return {
    before: decodeSide(json?.before),
    after: decodeSide(json?.after),
    counts: /** @type {any} */ (Object.fromEntries(CHANGES.map((change) => [change, number(json?.totals?.[change])]))),
    explanations: list(json?.explanations).flatMap((each) => {
      const row = rows[number(each?.row)];
      return row ? [{ row, rows: number(each?.rows), difference: Number(bigint(each?.selfTimeDifferenceNano)) }] : [];
    }),
    rows,
    partial: text(json?.partial) || null,
  };
}

/** @param {any} json @returns {Side} */
function decodeSide(json) {
  return { traceId: text(json?.traceId), spans: number(json?.spans), duration: Number(bigint(json?.durationNano)) };
}

/** @param {any} json @param {number} index @returns {Row} */
function decodeRow(json, index) {
  const error = json?.error === "appeared" || json?.error === "wentAway" ? json.error : null;
  return {
    index,
    depth: number(json?.depth),
    change: CHANGES.find((change) => change === json?.change) ?? "same",
    error,
    service: serviceName(json?.service),
    name: text(json?.name),
    nameBefore: text(json?.nameBefore),
    before: decodeEnd(json?.before),
    after: decodeEnd(json?.after),
  };
}

/** @param {any} json @returns {End | null} */
function decodeEnd(json) {
  if (!json) return null;
  return {
    spanId: text(json.spanId),
    offset: Number(bigint(json.offsetNano)),
    duration: Number(bigint(json.durationNano)),
    isError: json.isError === true,
  };
}

/**
 * How the one compares with the other, in words.
 *
 * @param {number} before ns
 * @param {number} after ns
 */
export function speedWords(before, after) {
  if (before === after) return "as long as before";
  if (before <= 0 || after <= 0) return after > before ? "slower" : "faster";
  const times = after > before ? after / before : before / after;
  const words = after > before ? "slower" : "faster";
  if (times < 1.005) return "about as long as before";
  if (times < 2) return `${Math.round(100 * (times - 1))} % ${words}`;
  return `${times < 10 ? times.toFixed(1) : Math.round(times)} times ${words}`;
}

/**
 * @typedef {Row & {alike: Row[]}} Shown a row, and those that say the same after it
 */

/** So many rows alike, one after the other and with nothing below them, are one. */
const ALIKE_MIN = 4;

/**
 * The rows to show: those of a change and all above them; many alike as one.
 *
 * @param {Row[]} rows
 * @param {Change | "changed" | null} only `null` for all
 * @returns {Shown[]}
 */
export function shownRows(rows, only) {
  const wanted = only === null ? rows : withAncestors(rows, (row) => isWanted(row, only));
  /** @type {Shown[]} */
  const shown = [];
  for (let i = 0; i < wanted.length; ) {
    const row = /** @type {Row} */ (wanted[i]);
    let end = i + 1;
    while (isAlike(row, wanted[end])) end++;
    // The last one's children would stand below all.
    if (end < wanted.length && (wanted[end]?.depth ?? 0) > row.depth) end -= 1;
    const count = end - i;
    const alike = count >= ALIKE_MIN ? wanted.slice(i + 1, end) : [];
    shown.push({ ...row, alike });
    i += 1 + alike.length;
  }
  return shown;
}

/** @param {Row} row @param {Change | "changed"} only */
function isWanted(row, only) {
  return only === "changed" ? row.change !== "same" || row.error !== null : row.change === only;
}

/** @param {Row[]} rows in the order of the tree @param {(row: Row) => boolean} isOne */
function withAncestors(rows, isOne) {
  /** @type {Row[]} */
  const kept = [];
  let depth = 0;
  for (let i = rows.length - 1; i >= 0; i--) {
    const row = /** @type {Row} */ (rows[i]);
    // An ancestor of what is kept is the next row before it that stands further out.
    const isAncestor = kept.length > 0 && row.depth < depth;
    if (!isAncestor && !isOne(row)) continue;
    kept.push(row);
    depth = row.depth;
  }
  return kept.reverse();
}

/** @param {Row} one @param {Row | undefined} other */
function isAlike(one, other) {
  return (
    other !== undefined &&
    other.depth === one.depth &&
    other.change === one.change &&
    other.error === one.error &&
    other.service === one.service &&
    other.name === one.name
  );
}
