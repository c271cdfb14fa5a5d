// The log records that a page has loaded: what was asked for page by page, and what came since.

import { fingerprint, timeOf } from "./record.js";

/**
 * @typedef {import("./record.js").LogPage} LogPage
 * @typedef {import("./record.js").LogRecord} LogRecord
 * @typedef {import("../lib/log-query.js").LogQuery} LogQuery
 *
 * @typedef {object} Loaded
 * @property {LogQuery} query what was asked for: one object for each list
 * @property {bigint} now when the first page was asked for, ns since 1970
 * @property {LogRecord[]} records in the order shown
 * @property {{seq: number, next: string}[]} joints where pages were joined: the first record of each
 *   but the first page, and with what that page was asked for
 * @property {string | null} next where the page after the last one begins
 * @property {string | null} partial why not all that is stored was looked at
 * @property {boolean} isCut whether records at the end were let go that no page begins with
 */

/** How many records are kept: more would cost the browser its memory, and no one reads so far. */
export const KEPT_MAX = 100_000;

/**
 * @param {LogQuery} query
 * @param {bigint} now
 * @param {LogPage} page
 * @returns {Loaded}
 */
export function withFirstPage(query, now, page) {
  const records = page.records.map((record, seq) => ({ ...record, seq }));
  return { query: { ...query }, now, records, joints: [], next: page.next, partial: page.partial, isCut: false };
}

/**
 * @param {Loaded} loaded
 * @param {LogPage} page the one that begins at `loaded.next`
 * @returns {Loaded}
 */
export function withNextPage(loaded, page) {
  const from = (loaded.records.at(-1)?.seq ?? -1) + 1;
  const more = page.records.map((record, i) => ({ ...record, seq: from + i }));
  const joints = loaded.next === null ? loaded.joints : [...loaded.joints, { seq: from, next: loaded.next }];
  return {
    ...loaded,
    records: [...loaded.records, ...more],
    joints,
    next: page.next,
    partial: loaded.partial ?? page.partial,
  };
}

/**
 * New records before the others. What then is too much goes at the end.
 *
 * @param {Loaded} loaded
 * @param {LogRecord[]} news the newest first
 * @param {number} [max]
 * @returns {Loaded}
 */
export function withNews(loaded, news, max = KEPT_MAX) {
  if (news.length === 0) return loaded;
  const from = (loaded.records[0]?.seq ?? 0) - news.length;
  const records = [...news.map((record, i) => ({ ...record, seq: from + i })), ...loaded.records];
  return trimmed({ ...loaded, records }, max);
}

/** @param {Loaded} loaded @param {number} max @returns {Loaded} */
function trimmed(loaded, max) {
  const { records } = loaded;
  const [first] = records;
  if (!first || records.length <= max) return loaded;
  // Cut where a page begins, so that what goes can be asked for again.
  const joint = loaded.joints.findLast(({ seq }) => seq - first.seq <= max);
  if (!joint) return { ...loaded, records: records.slice(0, max), joints: [], next: null, isCut: true };
  return {
    ...loaded,
    records: records.slice(0, joint.seq - first.seq),
    joints: loaded.joints.filter(({ seq }) => seq < joint.seq),
    next: joint.next,
    isCut: false,
  };
}

/**
 * Those of some records that are not among the loaded ones.
 *
 * @param {LogRecord[]} candidates
 * @param {LogRecord[]} known the newest first
 * @returns {LogRecord[]}
 */
export function notAmong(candidates, known) {
  const oldest = candidates.reduce((least, each) => (timeOf(each) < least ? timeOf(each) : least), timeOf(candidates[0] ?? NONE));
  const seen = new Set();
  for (const record of known) {
    // Live records come in the order of their arrival: those near the top may be older than others.
    if (timeOf(record) < oldest - DISORDER_NANOS) break;
    seen.add(fingerprint(record));
  }
  return candidates.filter((each) => !seen.has(fingerprint(each)));
}

/** How far records that came by themselves may be out of order, ns. */
const DISORDER_NANOS = 60_000_000_000n;

const NONE = /** @type {LogRecord} */ ({ json: null, service: "", seq: 0 });

/**
 * @param {LogRecord[]} records
 * @returns {LogRecord[]} the newest first
 */
export function newestFirst(records) {
  return [...records].sort((a, b) => (timeOf(a) > timeOf(b) ? -1 : timeOf(a) < timeOf(b) ? 1 : 0));
}
