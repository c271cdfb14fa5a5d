import assert from "node:assert/strict";
import { test } from "node:test";

import { safeHref, traceHref } from "../../lib/links.js";
import { oneLine, splitMatches, visible } from "../../lib/text.js";

test("characters that steer the layout are spelled out", () => {
  assert.equal(visible("abc\u202egnp.exe"), "abc⟨U+202E⟩gnp.exe");
  assert.equal(visible("a\u0000b\u200bc\u2066d\ufeff"), "a⟨U+0000⟩b⟨U+200B⟩c⟨U+2066⟩d⟨U+FEFF⟩");
  assert.equal(visible("line one\nline two\ttab"), "line one\nline two\ttab");
  assert.equal(visible("naïve Ü 日本 עברית 🧵"), "naïve Ü 日本 עברית 🧵");
});

test("invisible characters of every block are spelled out", () => {
  for (const code of [0x7f, 0x85, 0xad, 0x061c, 0x0890, 0x180e, 0x2028, 0x2029, 0x2060, 0xfff9, 0x110bd, 0x13430, 0x1bca0, 0xe0041]) {
    const spelled = `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
    assert.equal(visible(`a${String.fromCodePoint(code)}b`), `a${spelled}b`);
  }
  // No format characters, but as invisible: joiner, fillers and variation selectors.
  assert.equal(visible("\u034f\u115f\u3164\uffa0\ufe00\u{e0100}"), "⟨U+034F⟩⟨U+115F⟩⟨U+3164⟩⟨U+FFA0⟩⟨U+FE00⟩⟨U+E0100⟩");
  assert.equal(visible("❤\ufe0f ☎\ufe0e é e\u0301"), "❤\ufe0f ☎\ufe0e é e\u0301");
});

test("names stand on one bounded line", () => {
  assert.equal(oneLine("a\n\tb"), "a b");
  assert.equal(oneLine("x".repeat(1_000), 10), `${"x".repeat(10)}…`);
});

test("matches are found whatever their case, and only where places agree", () => {
  assert.deepEqual(splitMatches("GET /get", "get"), ["", "GET", " /", "get", ""]);
  assert.deepEqual(splitMatches("nothing", "get"), ["nothing"]);
  assert.deepEqual(splitMatches("any", ""), ["any"]);
  assert.deepEqual(splitMatches("İstanbul get", "get"), ["İstanbul get"]);
  assert.deepEqual(splitMatches("a.b*c", ".b*"), ["a", ".b*", "c"]);
});

test("only plain http and https addresses become links", () => {
  assert.equal(safeHref("https://example.com/a?b=<c>"), "https://example.com/a?b=%3Cc%3E");
  assert.equal(safeHref("HTTP://example.com"), "http://example.com/");
  const refused = [
    "javascript:alert(1)",
    " https://example.com",
    "\u0001javascript:alert(1)",
    "JaVaScRiPt:alert(1)//https://example.com",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "//example.com",
    "/trace/1",
    "https://user:secret@example.com/",
    "https://example.com/ and more",
    "http://",
    "file:///etc/passwd",
  ];
  for (const text of refused) assert.equal(safeHref(text), null, text);
});

test("ids are escaped in addresses", () => {
  assert.equal(traceHref("../../x?y#z"), "/trace/..%2F..%2Fx%3Fy%23z");
  assert.equal(traceHref("ab", "c&d"), "/trace/ab?span=c%26d");
});
