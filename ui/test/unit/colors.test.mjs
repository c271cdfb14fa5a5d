import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { COLOR_COUNT, chooseColor } from "../../lib/colors.js";

test("services get different colours as long as there are any", () => {
  /** @type {number[]} */
  const taken = [];
  for (let i = 0; i < COLOR_COUNT; i++) taken.push(chooseColor(`service-${i}`, taken));
  assert.equal(new Set(taken).size, COLOR_COUNT);
  assert.ok(chooseColor("one more", taken) < COLOR_COUNT);
});

test("a name has the same colour whatever came before, if it is free", () => {
  const alone = chooseColor("bands-api", []);
  const other = (alone + 1) % COLOR_COUNT;
  assert.equal(chooseColor("bands-api", [other]), alone);
});

test("every colour is defined, for light and for dark", () => {
  const css = readFileSync(new URL("../../styles/base.css", import.meta.url), "utf8");
  for (let color = 0; color < COLOR_COUNT; color++) {
    assert.equal(css.split(`  --service-${color}: oklch(`).length - 1, 2, `--service-${color}`);
    assert.ok(css.includes(`.service-${color} {`), `.service-${color}`);
  }
});
