import assert from "node:assert/strict";
import { test } from "node:test";

import { AttributeError, formatAttributes, parseAttributes } from "../../lib/attribute-filters.js";

test("attributes are read", () => {
  assert.deepEqual(parseAttributes(""), []);
  assert.deepEqual(parseAttributes("  "), []);
  assert.deepEqual(parseAttributes('error=true  http.route="/a b"\turl=http://x/?y=z empty='), [
    { key: "error", value: "true" },
    { key: "http.route", value: "/a b" },
    { key: "url", value: "http://x/?y=z" },
    { key: "empty", value: "" },
  ]);
  assert.deepEqual(parseAttributes(String.raw`a="say \"hi\" \\ there"`), [
    { key: "a", value: String.raw`say "hi" \ there` },
  ]);
  assert.deepEqual(parseAttributes("__proto__=x a=1 a=2"), [
    { key: "__proto__", value: "x" },
    { key: "a", value: "1" },
    { key: "a", value: "2" },
  ]);
});

test("what is wrong is said", () => {
  const cases = /** @type {[string, RegExp][]} */ ([
    ["error", /“error” has no value. Write error=value/],
    ["a=1 =b", /“=b” has no key/],
    ['a="open', /mark after “a=” is not closed/],
    ['a=b"c', /“a=b"c” has a quotation mark inside/],
    ['a="b"c', /quotation mark inside/],
  ]);
  for (const [text, expected] of cases) {
    assert.throws(
      () => parseAttributes(text),
      (/** @type {Error} */ error) => error instanceof AttributeError && expected.test(error.message),
      text,
    );
  }
});

test("what is written is read back", () => {
  const filters = ["plain", "", "a b", 'say "hi"', "back\\slash", "a=b", "line\nbreak", "<img>"].map(
    (value, i) => ({ key: `key.${i}`, value }),
  );
  assert.deepEqual(parseAttributes(formatAttributes(filters)), filters);
});
