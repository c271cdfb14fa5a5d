import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { ApiError, receive, textOf } from "../../lib/receive.js";
import { followTrace } from "../../trace/load.js";

const fetchReally = globalThis.fetch;
/** @type {any} */ (globalThis).document = { hidden: false };
/** @type {any} */ (globalThis).location = { host: "localhost:16686" };

afterEach(() => {
  globalThis.fetch = fetchReally;
});

/** @param {number} count */
const outlineOf = (count) => ({
  startTimeUnixNano: "0",
  columns: { spanIds: Array.from({ length: count }, (_, i) => i.toString(16).padStart(16, "0")).join("") },
});

/** @param {unknown[]} lines */
const textOfLines = (lines) => lines.map((line) => `${JSON.stringify(line)}\n`).join("");

/** A body that its test feeds, until whoever asked has enough. @param {AbortSignal | null} [signal] */
function feeder(signal) {
  /** @type {ReadableStreamDefaultController<Uint8Array>} */
  let to;
  const body = new ReadableStream({ start: (controller) => void (to = controller) });
  signal?.addEventListener("abort", () => to.error(new DOMException("stopped", "AbortError")));
  return {
    body,
    send: (/** @type {string} */ text) => to.enqueue(new TextEncoder().encode(text)),
    end: () => to.close(),
    cut: () => to.error(new TypeError("cut")),
  };
}

/** @param {(look: number, signal?: AbortSignal | null) => Response} answers what each look brings @param {(seen: [number, boolean][]) => boolean} isEnough */
async function follow(answers, isEnough) {
  const stop = new AbortController();
  /** @type {[number, boolean][]} */
  const seen = [];
  /** @type {import("../../trace/rest.js").Rest[]} */
  const rests = [];
  let asked = 0;
  globalThis.fetch = async (_, options) => answers(asked++, options?.signal);
  const hear = (/** @type {[number, boolean]} */ what) => {
    seen.push(what);
    if (isEnough(seen)) stop.abort();
  };
  await followTrace(
    "1",
    {
      onTrace: ({ spans, rest }) => {
        rests.push(rest);
        hear([spans.length, rest.isHere]);
      },
      onWaiting: () => hear([0, false]),
    },
    stop.signal,
  );
  return { seen, asked, rests };
}

test("a large trace is shown before the rest of it is here, a small one as a whole", async () => {
  for (const [count, isHere] of /** @type {const} */ ([[2_000, false], [1_999, true]])) {
    const answer = (/** @type {number} */ _, /** @type {AbortSignal | null | undefined} */ signal) => {
      const { body, send, end } = feeder(signal);
      send(textOfLines([outlineOf(count)]));
      if (isHere) setTimeout(end, 20);
      return new Response(body);
    };
    const { seen } = await follow(answer, () => true);
    assert.deepEqual(seen, [[count, isHere]]);
  }
});

test("a trace of which the end was cut is asked for again", async () => {
  const { seen, asked, rests } = await follow(
    (look) => {
      const { body, send, end, cut } = feeder();
      send(textOfLines([outlineOf(2_000)]));
      setTimeout(look === 0 ? cut : end, 20);
      return new Response(body);
    },
    (seen) => seen.length === 2,
  );
  assert.deepEqual(seen, [[2_000, false], [2_000, true]]);
  assert.equal(asked, 2);
  assert.deepEqual(rests.map(({ problem }) => problem), ["The answer of localhost:16686 ends in the middle.", ""]);
});

test("of a trace that has not grown only the outline is read", async () => {
  let stopped = 0;
  const { seen } = await follow(
    (look) => {
      const count = look < 2 ? 3 : 4;
      const body = new ReadableStream({
        start(to) {
          to.enqueue(new TextEncoder().encode(textOfLines([outlineOf(count)])));
          if (look !== 1) to.close();
        },
        cancel: () => void (stopped += 1),
      });
      return new Response(body);
    },
    (seen) => seen.length === 2,
  );
  assert.deepEqual(seen, [[3, true], [4, true]]);
  assert.equal(stopped, 1);
});

test("an answer that stops in the middle is given up, one that goes on slowly is not", async () => {
  globalThis.fetch = async (_, options) => {
    const { body, send, end } = feeder(options?.signal);
    for (let i = 0; i < 8; i++) setTimeout(send, 20 * i, "x");
    setTimeout(end, 180);
    return new Response(body);
  };
  assert.equal(await textOf(await receive("/slow", undefined, 100)), "x".repeat(8));
  globalThis.fetch = async (_, options) => {
    const { body, send } = feeder(options?.signal);
    send("x");
    return new Response(body);
  };
  const received = await receive("/stalled", undefined, 50);
  await assert.rejects(textOf(received), (error) => error instanceof ApiError && /ends in the middle/.test(error.message));
});
