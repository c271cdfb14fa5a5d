// Pictures of pages, and the comparison with those that were accepted.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

import pixelmatch from "pixelmatch";
import { PNG } from "pngjs";

import { SCREENSHOTS } from "./browser.mjs";

const ACCEPTED = fileURLToPath(new URL("../../looks", import.meta.url));

/** From which distance on two colours differ, of 1: a shade that a compression or a rounding changes does not. */
const COLOUR_DISTANCE_MIN = 0.08;
/** Differing pixels are counted in squares of this side … */
const SQUARE_PX = 32;
/**
 * … and so many in one are a difference. Another version of Chromium smooths edges otherwise, a few
 * pixels here and there, wherever there is text; what moves or changes its colour differs in one place.
 */
const DIFFERING_MAX = 40;

/** Accepted pictures keep each so-manieth shade, which makes them small and stays below that distance. */
const COLOUR_STEP = 8;

const resolve = createRequire(import.meta.url).resolve;

/** The same letters on every machine, whatever fonts it has. */
const FONTS = [
  ["Looks Sans", 400, "@fontsource/inter/files/inter-latin-400-normal.woff2"],
  ["Looks Sans", 600, "@fontsource/inter/files/inter-latin-600-normal.woff2"],
  ["Looks Mono", 400, "@fontsource/jetbrains-mono/files/jetbrains-mono-latin-400-normal.woff2"],
].map(([family, weight, file]) => ({ family, weight, data: readFileSync(resolve(String(file))).toString("base64") }));

/**
 * @param {import("playwright-core").Page} page
 * @returns {Promise<PNG>}
 */
export async function takePicture(page) {
  await page.evaluate(async (fonts) => {
    for (const { family, weight, data } of fonts) {
      const bytes = Uint8Array.from(atob(data), (each) => each.charCodeAt(0));
      document.fonts.add(await new FontFace(String(family), bytes, { weight: String(weight) }).load());
    }
    const { style } = document.documentElement;
    style.setProperty("--sans", "Looks Sans, sans-serif");
    style.setProperty("--mono", "Looks Mono, monospace");
    await document.fonts.ready;
    // Two frames: what measures itself is laid out in the first.
    for (let i = 0; i < 2; i++) await new Promise((done) => requestAnimationFrame(done));
  }, FONTS);
  return PNG.sync.read(await page.screenshot({ animations: "disabled", caret: "hide", scale: "css" }));
}

/**
 * @param {PNG} expected
 * @param {PNG} actual
 */
export function differingPixels(expected, actual) {
  const { width, height } = expected;
  const picture = new PNG({ width, height });
  if (width !== actual.width || height !== actual.height) return { isSame: false, count: width * height, picture };
  const options = { threshold: COLOUR_DISTANCE_MIN, windowSize: SQUARE_PX };
  const count = pixelmatch(expected.data, actual.data, picture.data, width, height, options);
  return { isSame: count <= DIFFERING_MAX, count, picture };
}

/**
 * Asserts that a page looks as it was accepted.
 *
 * @param {string} name
 * @param {PNG} actual
 */
export function holdAgainst(name, actual) {
  const path = `${ACCEPTED}/${name}.png`;
  const advice = "If it is meant to look so: CLEW_LOOKS=accept node --test test/browser/looks.test.mjs";
  assert.ok(existsSync(path), `${path} is not there. ${advice}`);
  const { isSame, count, picture } = differingPixels(PNG.sync.read(readFileSync(path)), actual);
  if (isSame) return;
  const seen = `${SCREENSHOTS}/look-${name}`;
  writeFileSync(`${seen}-actual.png`, PNG.sync.write(actual));
  writeFileSync(`${seen}-difference.png`, PNG.sync.write(picture));
  assert.fail(`${name} looks different: ${count} pixels in a square of ${SQUARE_PX}.
  accepted:   ${path}
  actual:     ${seen}-actual.png
  difference: ${seen}-difference.png
  ${advice}`);
}

/** @param {string} name @param {PNG} picture */
export function writeAccepted(name, picture) {
  mkdirSync(ACCEPTED, { recursive: true });
  writePicture(`${ACCEPTED}/${name}.png`, picture);
}

/**
 * Keeps a picture small: with each so-manieth shade.
 *
 * @param {string} path
 * @param {PNG} picture
 */
export function writePicture(path, picture) {
  const { width, height } = picture;
  const few = new PNG({ width, height });
  picture.data.forEach((value, i) => (few.data[i] = Math.min(255, Math.round(value / COLOUR_STEP) * COLOUR_STEP)));
  few.data.forEach((_, i) => i % 4 === 3 && (few.data[i] = 255));
  writeFileSync(path, PNG.sync.write(few, { colorType: 2, deflateLevel: 9 }));
}
