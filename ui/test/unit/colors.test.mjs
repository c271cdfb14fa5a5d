import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { COLOR_COUNT, serviceClass } from "../../lib/colors.js";

const names = Array.from({ length: 500 }, (_, i) => `service ${i}`);

test("the colour of a service follows from its name alone", () => {
  const before = serviceClass("bands-api");
  const others = names.map(serviceClass);
  assert.equal(serviceClass("bands-api"), before);
  assert.deepEqual([...names].reverse().map(serviceClass).reverse(), others);
  // Another hash would give every reader new colours: a change of this line is a decision.
  assert.deepEqual(["client", "bands-api", "reviews-api", ""].map(serviceClass), [
    "service-19",
    "service-22",
    "service-14",
    "service-25",
  ]);
});

test("names spread over all colours", () => {
  const uses = new Map();
  for (const color of names.map(serviceClass)) uses.set(color, (uses.get(color) ?? 0) + 1);
  assert.equal(uses.size, COLOR_COUNT);
  assert.ok(Math.max(...uses.values()) < (3 * names.length) / COLOR_COUNT);
});

test("every colour is defined, for light and for dark, and no other", () => {
  const css = readFileSync(new URL("../../styles/base.css", import.meta.url), "utf8");
  for (let color = 0; color < COLOR_COUNT; color++) {
    assert.equal(css.split(`  --service-${color}: oklch(`).length - 1, 2, `--service-${color}`);
    assert.ok(css.includes(`.service-${color} {`), `.service-${color}`);
  }
  assert.ok(!css.includes(`service-${COLOR_COUNT}`));
});
