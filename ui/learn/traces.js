// The traces that the page of concepts and steps shows.

import { fetchPage } from "../lib/api.js";
import { decodePage } from "../search/summary.js";
import { loadTrace } from "../trace/reader.js";
import { buildTree } from "../trace/tree.js";
import { BEFORE_STEP, STEPS } from "./steps.js";

/**
 * @typedef {import("../search/summary.js").Summary} Summary
 *
 * @typedef {object} Example a trace to show things at
 * @property {Summary} summary
 * @property {import("../trace/tree.js").Tree} tree
 *
 * @typedef {object} Learnt
 * @property {(Summary | null)[]} ofSteps the newest trace of each step
 * @property {Example | null} example that of the demo if there is one, else the newest
 */

/** A larger trace is no example: nobody sees a span in it. */
const EXAMPLE_SPANS_MAX = 60;

/** How many traces are looked at for one that begins with a service. */
const LOOKED_AT = 20;

/** @param {AbortSignal} signal @returns {Promise<Learnt>} */
export async function loadLearnt(signal) {
  const ofSteps = await Promise.all(STEPS.map((step) => newestOf(step, signal)));
  const summary = ofSteps[BEFORE_STEP - 1] ?? ofSteps.findLast((each) => each !== null) ?? (await newest(signal));
  if (!summary) return { ofSteps, example: null };
  const tree = buildTree((await loadTrace(summary.traceId, signal)).spans);
  return { ofSteps, example: tree.nodes.length > 0 ? { summary, tree } : null };
}

/** @param {import("./steps.js").Step} step @param {AbortSignal} signal @returns {Promise<Summary | null>} */
async function newestOf({ traces }, signal) {
  if (!traces) return null;
  if ("attributes" in traces) {
    const { results } = decodePage(await fetchPage(new URLSearchParams({ attribute: traces.attributes, limit: "1" }), signal));
    return results[0] ?? null;
  }
  const { service } = traces;
  const { results } = decodePage(await fetchPage(new URLSearchParams({ service, limit: String(LOOKED_AT) }), signal));
  return results.find(({ rootService, rootMissing }) => rootService === service && !rootMissing) ?? null;
}

/** @param {AbortSignal} signal @returns {Promise<Summary | null>} */
async function newest(signal) {
  const { results } = decodePage(await fetchPage(new URLSearchParams({ limit: String(LOOKED_AT) }), signal));
  const small = results.filter(({ spans }) => spans <= EXAMPLE_SPANS_MAX);
  return small.sort((a, b) => b.services.length - a.services.length)[0] ?? null;
}
