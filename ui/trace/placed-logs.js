// The log records of a trace, each at its span and at its moment.

import { text } from "../lib/json.js";
import { LEVELS } from "../lib/log-query.js";
import { levelOf, timeOf } from "../logs/record.js";
import { placeOf } from "./layout.js";

/**
 * @typedef {import("../logs/record.js").Level} Level
 * @typedef {import("../logs/record.js").LogRecord} LogRecord
 * @typedef {import("./layout.js").Range} Range
 * @typedef {import("./tree.js").Node} Node
 *
 * @typedef {object} PlacedLog
 * @property {string} key names it while the page is open, also after others arrived late
 * @property {LogRecord} record
 * @property {number} at ns after the start of the trace, moved with its span if clocks are aligned
 * @property {Level} level
 * @property {number} rank of the level: the more, the severer
 * @property {Node | null} node its span, if it is here
 *
 * @typedef {object} PlacedLogs
 * @property {PlacedLog[]} all by time
 * @property {ReadonlyMap<Node, PlacedLog[]>} byNode
 * @property {PlacedLog[]} homeless those whose span is not here
 *
 * @typedef {object} LogMark
 * @property {number} left as a part of the width
 * @property {PlacedLog} log the severest of those that stand there
 * @property {number} count how many do
 *
 * @typedef {"span" | "below" | "trace"} Scope whose records: of the chosen span, of all below it too, of the trace
 */

/** Marks closer than this, in pixels, are one. */
const MARK_PX = 7;

/** @param {Level} level @returns {number} 0 without a level */
export function rankOf(level) {
  return LEVELS.findIndex((each) => each === level) + 1;
}

/** From here on it is something to look at. */
export const ERROR_RANK = rankOf("error");
export const WARN_RANK = rankOf("warn");

/**
 * @param {LogRecord[]} records
 * @param {bigint} start of the trace, ns since 1970
 * @param {Node[]} nodes
 * @returns {PlacedLogs}
 */
export function placeLogs(records, start, nodes) {
  // Of a large trace few spans have log records, and most often there are none yet.
  const wanted = new Set(records.map((record) => text(record.json?.spanId)));
  const bySpan = new Map();
  for (const node of wanted.size > 0 ? nodes : []) {
    const { spanId } = node.span;
    if (wanted.has(spanId) && !bySpan.has(spanId)) bySpan.set(spanId, node);
  }
  const all = placeAll(records, start, (spanId) => bySpan.get(spanId) ?? null);
  /** @type {Map<Node, PlacedLog[]>} */
  const byNode = new Map();
  const homeless = [];
  for (const log of all) {
    if (!log.node) homeless.push(log);
    else if (!byNode.get(log.node)?.push(log)) byNode.set(log.node, [log]);
  }
  return { all, byNode, homeless };
}

/**
 * @param {LogRecord[]} records
 * @param {bigint} start
 * @param {(spanId: string) => Node | null} nodeOf
 * @returns {PlacedLog[]} by time
 */
export function placeAll(records, start, nodeOf) {
  /** @type {Map<string, number>} */
  const uses = new Map();
  const placed = records.map((record) => {
    const time = timeOf(record);
    const spanId = text(record.json?.spanId);
    const name = `${time}-${spanId}`;
    const use = uses.get(name) ?? 0;
    uses.set(name, use + 1);
    const node = nodeOf(spanId);
    const level = levelOf(record.json?.level);
    const at = Number(time - start) + (node?.shift ?? 0);
    return { key: `${name}-${use}`, record, at, level, rank: rankOf(level), node };
  });
  return placed.sort((a, b) => a.at - b.at);
}

/**
 * @param {PlacedLogs} logs
 * @param {Node} node
 * @returns {PlacedLog[]} its own and those of all below it, by time
 */
export function logsBelow({ all, byNode }, node) {
  if (node.size === 1 || all.length === 0) return byNode.get(node) ?? [];
  // All below a node stand behind it in one piece.
  const end = node.index + node.size;
  return all.filter((log) => log.node !== null && log.node.index >= node.index && log.node.index < end);
}

/**
 * @param {PlacedLogs} logs
 * @param {Node | null} node the chosen span
 * @param {Scope} scope
 * @returns {PlacedLog[]} by time
 */
export function logsOf(logs, node, scope) {
  if (!node || scope === "trace") return logs.all;
  return scope === "below" ? logsBelow(logs, node) : (logs.byNode.get(node) ?? []);
}

/**
 * The severest of some records, the earliest of them.
 *
 * @param {PlacedLog[]} logs by time
 * @returns {PlacedLog | null}
 */
export function severest(logs) {
  /** @type {PlacedLog | null} */
  let most = null;
  for (const log of logs) {
    if (!most || log.rank > most.rank) most = log;
  }
  return most;
}

/**
 * What is drawn of records: those that would stand on each other as one, in the look of the severest.
 *
 * @param {PlacedLog[]} logs by time
 * @param {Range} range what is shown
 * @param {Range} trace records before or after it stand at its ends
 * @param {number} width of the time line in pixels
 * @returns {LogMark[]}
 */
export function marksOf(logs, range, trace, width) {
  /** @type {LogMark[]} */
  const marks = [];
  for (const log of logs) {
    const left = placeOf(Math.min(trace.end, Math.max(trace.start, log.at)), range);
    if (left < 0 || left > 1) continue;
    const last = marks.at(-1);
    if (!last || (left - last.left) * width >= MARK_PX) {
      marks.push({ left, log, count: 1 });
      continue;
    }
    last.count += 1;
    if (log.rank > last.log.rank) last.log = log;
  }
  return marks;
}

/**
 * @param {number} rank
 * @returns {"plain" | "warn" | "error"} how loud a record is: told apart by size too, not by colour alone
 */
export function weightOf(rank) {
  if (rank >= ERROR_RANK) return "error";
  return rank >= WARN_RANK ? "warn" : "plain";
}

/**
 * The next error after a record, around the end.
 *
 * @param {PlacedLog[]} logs by time
 * @param {string | null} key of the record to start from
 * @returns {PlacedLog | null}
 */
export function nextError(logs, key) {
  const isError = (/** @type {PlacedLog} */ { rank }) => rank >= ERROR_RANK;
  const from = logs.findIndex((log) => log.key === key);
  return logs.slice(from + 1).find(isError) ?? logs.find(isError) ?? null;
}
