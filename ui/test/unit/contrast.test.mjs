// Text can be read on every ground it stands on: WCAG 2.2 AA asks for a contrast of 4.5.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const CONTRAST_MIN = 4.5;
const css = readFileSync(new URL("../../styles/base.css", import.meta.url), "utf8");
const [light = "", dark = ""] = css.split("@media (prefers-color-scheme: dark)");

/** @param {string} block @param {string} name */
function luminance(block, name) {
  const hex = new RegExp(`--${name}: #([0-9a-f]{6});`).exec(block)?.[1];
  assert.ok(hex, name);
  const [r = 0, g = 0, b = 0] = [0, 2, 4]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

for (const [scheme, block] of [["light", light], ["dark", dark]]) {
  for (const [text, grounds] of /** @type {[string, string[]][]} */ ([
    ["ink", ["bg", "surface", "sunken", "hover", "chosen", "mark", "warning-ground"]],
    ["ink-2", ["bg", "surface", "sunken", "hover", "chosen"]],
    ["ink-3", ["bg", "surface", "sunken", "hover"]],
    ["accent", ["bg", "surface", "warning-ground"]],
    ["on-accent", ["accent"]],
    ["error", ["bg", "surface", "hover", "chosen", "error-ground"]],
    ["warning", ["warning-ground"]],
  ])) {
    test(`${text} on its grounds, ${scheme}`, () => {
      for (const ground of grounds) {
        const [a, b] = [luminance(block ?? "", text), luminance(block ?? "", ground)];
        const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        assert.ok(contrast >= CONTRAST_MIN, `on ${ground}: ${contrast.toFixed(2)}`);
      }
    });
  }
}
