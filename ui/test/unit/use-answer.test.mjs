import assert from "node:assert/strict";
import { test } from "node:test";

import { ApiError } from "../../lib/receive.js";
import { keepAsking } from "../../lib/use-answer.js";

/** @type {any} */ (globalThis).document = { hidden: false };

const later = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

test("nothing is asked again before the answer is here, however slow it is", async () => {
  const stop = new AbortController();
  /** @type {unknown[]} */
  const heard = [];
  let asked = 0;
  let pending = 0;
  const ask = async () => {
    asked += 1;
    pending += 1;
    assert.equal(pending, 1);
    const mine = asked;
    // The first takes longest: asked every millisecond, the others would have come before it.
    await later(mine === 1 ? 40 : 1);
    pending -= 1;
    return mine;
  };
  await keepAsking(ask, 1, stop.signal, ({ value }) => {
    heard.push(value);
    if (heard.length === 3) stop.abort();
  });
  assert.deepEqual(heard, [1, 2, 3]);
  assert.equal(asked, 3);
});

test("an answer that comes after the end is not heard, nor a failure", async () => {
  for (const end of [() => "late", () => Promise.reject(new ApiError("late", 500))]) {
    const stop = new AbortController();
    const ask = async () => {
      stop.abort();
      return end();
    };
    await keepAsking(ask, 1, stop.signal, () => assert.fail("heard"));
  }
});

test("what fails is told, and asked again; what is asked once is not", async () => {
  const stop = new AbortController();
  /** @type {unknown[]} */
  const heard = [];
  const ask = async () => {
    if (heard.length === 0) throw new ApiError("too busy", 503);
    return "here";
  };
  await keepAsking(ask, 1, stop.signal, (answer) => {
    heard.push(answer);
    if (heard.length === 2) stop.abort();
  });
  assert.deepEqual(heard, [{ problem: "too busy" }, { value: "here", problem: null }]);
  let answers = 0;
  await keepAsking(ask, 0, new AbortController().signal, () => (answers += 1));
  assert.equal(answers, 1);
});
