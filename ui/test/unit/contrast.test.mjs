// Text can be read on every ground it stands on: WCAG 2.2 AA asks for a contrast of 4.5, and of 3
// for what is drawn.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const TEXT_CONTRAST_MIN = 4.5;
const DRAWING_CONTRAST_MIN = 3;
const LEVELS = ["none", "trace", "debug", "info", "warn", "error", "fatal"];
const schemes = ["base", "levels"].map((name) => {
  const css = readFileSync(new URL(`../../styles/${name}.css`, import.meta.url), "utf8");
  return css.split("@media (prefers-color-scheme: dark)");
});
const [light = "", dark = ""] = [0, 1].map((which) => schemes.map((parts) => parts[which]).join("\n"));

/** @param {string} block @param {string} name */
function luminance(block, name) {
  const hex = new RegExp(`--${name}: #([0-9a-f]{6});`).exec(block)?.[1];
  assert.ok(hex, name);
  const [r = 0, g = 0, b = 0] = [0, 2, 4]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** @param {string} block @param {string} one @param {string} other */
function contrast(block, one, other) {
  const [a, b] = [luminance(block, one), luminance(block, other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

for (const [scheme, block] of /** @type {[string, string][]} */ ([["light", light], ["dark", dark]])) {
  for (const [text, grounds] of /** @type {[string, string[]][]} */ ([
    ["ink", ["bg", "surface", "sunken", "hover", "chosen", "mark", "warning-ground"]],
    ["ink-2", ["bg", "surface", "sunken", "hover", "chosen"]],
    ["ink-3", ["bg", "surface", "sunken", "hover"]],
    ["accent", ["bg", "surface", "warning-ground"]],
    ["on-accent", ["accent"]],
    ["error", ["bg", "surface", "hover", "chosen", "error-ground"]],
    ["warning", ["warning-ground"]],
    ...LEVELS.map((level) => [`level-${level}`, ["bg", "surface", "hover", "chosen"]]),
  ])) {
    test(`${text} on its grounds, ${scheme}`, () => {
      for (const ground of grounds) {
        const found = contrast(block, text, ground);
        assert.ok(found >= TEXT_CONTRAST_MIN, `on ${ground}: ${found.toFixed(2)}`);
      }
    });
  }

  test(`the bars of the levels, ${scheme}`, () => {
    for (const level of LEVELS) {
      const found = contrast(block, `bar-${level}`, "surface");
      assert.ok(found >= DRAWING_CONTRAST_MIN, `${level}: ${found.toFixed(2)}`);
    }
  });
}
