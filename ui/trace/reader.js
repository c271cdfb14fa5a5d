// Reading a trace while it comes.

import { fetchTraceLines } from "../lib/api.js";
import { ApiError } from "../lib/receive.js";
import { NO_TRACE, decodeOutline } from "./outline.js";

/** @typedef {import("./decode.js").Trace} Trace */

const LINE_FEED = 10;

/** Reads the lines of a trace: first its outline, then the rest. */
export class TraceReader {
  #pieces;
  /** What came and was not read. @type {Uint8Array[]} */
  #here = [];

  /** @param {AsyncGenerator<Uint8Array, void, void>} pieces */
  constructor(pieces) {
    this.#pieces = pieces;
  }

  /** @returns {Promise<Trace>} whose rest is to come; without spans if there is nothing to read */
  async outline() {
    let end = -1;
    while (end < 0) {
      const { value: piece } = await this.#pieces.next();
      if (!piece) return NO_TRACE;
      end = piece.indexOf(LINE_FEED);
      this.#here.push(end < 0 ? piece : piece.subarray(0, end));
      if (end >= 0) {
        const line = new TextDecoder().decode(joined(this.#here));
        this.#here = [piece.subarray(end + 1)];
        return decodeOutline(this.#parse(line));
      }
    }
    return NO_TRACE;
  }

  /** @param {string} line @returns {unknown} */
  #parse(line) {
    try {
      return JSON.parse(line);
    } catch {
      void this.stop();
      throw new ApiError("The backend answered something that is not JSON.", 200);
    }
  }

  /** Waits for the rest. @param {Trace} trace whose outline was read */
  async rest({ rest }) {
    for await (const piece of this.#pieces) this.#here.push(piece);
    rest.arrive(joined(this.#here));
    this.#here = [];
  }

  /** Leaves it at what was read. */
  async stop() {
    await this.#pieces.return();
  }
}

/**
 * @param {string} traceId
 * @param {AbortSignal} signal
 * @returns {Promise<TraceReader | null>} `null` if there is no such trace
 */
export async function openTrace(traceId, signal) {
  const pieces = await fetchTraceLines(traceId, signal);
  return pieces && new TraceReader(pieces);
}

/**
 * @param {string} traceId
 * @param {AbortSignal} signal
 * @returns {Promise<Trace>} all of it; without spans if there is none
 */
export async function loadTrace(traceId, signal) {
  const reader = await openTrace(traceId, signal);
  if (!reader) return NO_TRACE;
  const trace = await reader.outline();
  await reader.rest(trace);
  return trace;
}

/** @param {Uint8Array[]} pieces */
function joined(pieces) {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
