// What the outline of a trace lacks: it comes later, and is decoded when somebody looks at it.

import { signal } from "@preact/signals-core";

import { list, text } from "../lib/json.js";
import { decodeFinding, decodeRest } from "./decode.js";

/**
 * @typedef {import("./decode.js").Finding} Finding
 * @typedef {import("./decode.js").SpanRest} SpanRest
 *
 * @typedef {{bytes: Uint8Array, ends: number[]}} Lines ends: where each line ends
 */

const LINE_FEED = 10;

/** What is not here yet. */
const NOTHING = decodeRest(null, 0n);

const decoder = new TextDecoder();

/** The rest of the spans of a trace. Whoever asks for it within a signal's reach is asked again when it is here. */
export class Rest {
  #lines = signal(/** @type {Lines | null} */ (null));
  /** Why it does not come. */
  #problem = signal("");
  /** @type {SpanRest[]} */
  #decoded = [];
  /** @type {Finding[] | null} */
  #findings = null;
  #start;

  /** @param {bigint} start of the trace */
  constructor(start) {
    this.#start = start;
  }

  /** @param {Uint8Array} bytes a line for each span, and one of what was found about the trace */
  arrive(bytes) {
    const ends = [];
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, end + 1)) ends.push(end);
    this.#lines.value = { bytes, ends };
  }

  /** @param {string} problem why it does not come */
  fail(problem) {
    this.#problem.value = problem;
  }

  /** Why it does not come; empty while it may. */
  get problem() {
    return this.#problem.value;
  }

  get isHere() {
    return this.#lines.value !== null;
  }

  /**
   * @param {number} place of a span
   * @param {string} spanId whose line it is; what is said of another is not taken for it
   * @returns {SpanRest}
   */
  of(place, spanId) {
    const lines = this.#lines.value;
    if (!lines) return NOTHING;
    return (this.#decoded[place] ??= this.#decode(lineAt(lines, place), spanId));
  }

  /** @param {any} line @param {string} spanId */
  #decode(line, spanId) {
    return line?.spanId === spanId ? decodeRest(line, this.#start) : NOTHING;
  }

  /** @returns {string | null} why it is not all that is stored */
  get partial() {
    const lines = this.#lines.value;
    return lines && (text(lineAt(lines, lines.ends.length - 1)?.partial) || null);
  }

  /** @returns {Finding[]} what the trace lacks, or shows that cannot be */
  get findings() {
    const lines = this.#lines.value;
    if (!lines) return [];
    return (this.#findings ??= list(lineAt(lines, lines.ends.length - 1)?.findings).map(decodeFinding));
  }
}

/** @param {Lines} lines @param {number} place @returns {any} `null` if there is no such line, or it is no JSON */
function lineAt({ bytes, ends }, place) {
  const from = place === 0 ? 0 : (ends[place - 1] ?? 0) + 1;
  try {
    return JSON.parse(decoder.decode(bytes.subarray(from, ends[place] ?? from)));
  } catch {
    return null;
  }
}
