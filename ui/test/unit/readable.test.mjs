import assert from "node:assert/strict";
import { test } from "node:test";

import { readable } from "../../trace/readable.js";

/** @param {string} value */
const text = (value) => readable({ type: "string", value });

test("arrays and maps get line breaks", () => {
  assert.equal(text('{"a":[1]}'), '{\n  "a": [\n    1\n  ]\n}');
  assert.equal(text("[1,2]"), "[1,2]");
});

test("integers that JavaScript would round keep their digits", () => {
  assert.equal(text('{"a":9007199254740991}'), '{\n  "a": 9007199254740991\n}');
  for (const value of [
    '{"a":9007199254740993}',
    '{"a":[{"b":-9223372036854775808}]}',
    "[9223372036854775807,[1]]",
  ]) {
    assert.equal(text(value), value);
  }
});

test("what only looks like JSON stays as it is", () => {
  assert.equal(text("[x"), "[x");
  assert.equal(text("plain"), "plain");
});

test("bytes and empty values say what they are", () => {
  assert.equal(readable({ type: "binary", value: "AP8Q" }), "AP8Q (base64)");
  assert.equal(text(""), "(empty)");
});
