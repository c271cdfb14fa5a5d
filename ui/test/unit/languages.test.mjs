import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { firstTraces } from "../../learn/languages.js";

/** The page whose programs and commands the documentation's tests run, without what a terminal shows before them. */
const PAGE = readFileSync(fileURLToPath(new URL("../../../docs/send-traces.md", import.meta.url)), "utf8").replaceAll(/^[$>] /gm, "");

test("every line of a first program is one that the documentation's tests run", () => {
  const languages = firstTraces("http://localhost:4318");
  assert.deepEqual(languages.map(({ name }) => name), ["Python", "Node.js", "Go", "Java", "Rust", "curl"]);
  for (const { name, parts } of languages) {
    for (const line of parts.flatMap(({ text }) => text.split("\n"))) {
      assert.ok(PAGE.includes(line), `${name}: ${line}`);
    }
  }
});

test("they send to where this backend listens", () => {
  for (const { name, parts } of firstTraces("http://here:5318")) {
    assert.ok(parts.some(({ text }) => text.includes("http://here:5318")), name);
    assert.ok(!parts.some(({ text }) => text.includes("4318")), name);
  }
});
