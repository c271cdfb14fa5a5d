// Asking over HTTP, with patience for as long as there comes something.

/** One that says nothing for so long is taken as gone: a connection can stay open without it. */
const SILENCE_MS_MAX = 20_000;

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
 * @typedef {object} Received
 * @property {Response} response
 * @property {AsyncGenerator<Uint8Array, void, void>} body piece by piece; to end it early stops the request
 */

/**
 * @param {string} path
 * @param {AbortSignal} [signal]
 * @param {number} [silenceMax] in ms
 * @returns {Promise<Received>}
 */
export async function receive(path, signal, silenceMax = SILENCE_MS_MAX) {
  const silence = new Silence(silenceMax);
  const stop = signal ? AbortSignal.any([signal, silence.signal]) : silence.signal;
  try {
    const response = await fetch(path, { headers: { accept: "application/json" }, signal: stop });
    return { response, body: piecesOf(response, silence, signal) };
  } catch (error) {
    silence.end();
    if (signal?.aborted) throw error;
    throw new ApiError(`No answer from ${location.host}. Is “clew serve” still running?`, 0);
  }
}

/** @param {Received} received @returns {Promise<string>} all of the body */
export async function textOf({ body }) {
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of body) text += decoder.decode(piece, { stream: true });
  return text + decoder.decode();
}

/**
 * @param {Response} response
 * @param {Silence} silence
 * @param {AbortSignal} [signal]
 */
async function* piecesOf(response, silence, signal) {
  const reader = response.body?.getReader();
  try {
    for (;;) {
      silence.heard();
      const piece = await reader?.read();
      if (!piece?.value) return;
      yield piece.value;
    }
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(`The answer of ${location.host} ends in the middle.`, 0);
  } finally {
    silence.end();
    // Nobody waits for the rest, nor for the word that it was stopped.
    reader?.cancel().catch(() => {});
  }
}

/** Stops what has said nothing for too long. */
class Silence {
  /** @param {number} max in ms */
  constructor(max) {
    this.max = max;
    this.stop = new AbortController();
    this.heard();
  }

  get signal() {
    return this.stop.signal;
  }

  heard() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.stop.abort(), this.max);
  }

  end() {
    clearTimeout(this.timer);
  }
}
