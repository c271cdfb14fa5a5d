// The main pages look as they did: pictures of them are held against those in `test/looks`.
// `CLEW_LOOKS=accept node --test test/browser/looks.test.mjs` takes the pages of now as right.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startBackend } from "./support/backend.mjs";
import { startBrowser } from "./support/browser.mjs";
import { differingPixels, holdAgainst, takePicture, writeAccepted } from "./support/looks.mjs";
import { PLACES, SLOW, sendAll } from "./support/places.mjs";

/** The moment that the pages are drawn at, whenever that is. */
const NOW = Date.UTC(2026, 0, 15, 12, 0, 0);
const FIRST_TRACE = NOW - 30_000;
const MINUTE = 60_000;

const SHOWN = ["search", "trace", "trace-propagation", "trace-flame", "trace-spans", "trace-services", "compare", "logs", "learn"];
const isAccepting = process.env.CLEW_LOOKS === "accept";

/** @type {import("./support/backend.mjs").Backend} */
let backend;
/** @type {Awaited<ReturnType<typeof startBrowser>>} */
let browser;
/** How much later than the pages say it is, in ms: whole minutes, so that the cells of a histogram begin where they did. */
let later = 0;

before(async () => {
  [backend, browser] = await Promise.all([startBackend(), startBrowser()]);
  later = Math.floor((Date.now() - NOW) / MINUTE) * MINUTE;
  await sendAll(backend, FIRST_TRACE + later);
});

after(async () => {
  await browser?.close();
  await backend?.stop();
});

/**
 * Opens a page that takes the moment of the test for `NOW`.
 *
 * @param {string} path
 * @param {"light" | "dark"} colorScheme
 * @param {(page: import("playwright-core").Page) => Promise<void>} visit
 */
function openAtFixedTime(path, colorScheme, visit) {
  const look = { viewport: { width: 1280, height: 800 }, colorScheme, timezoneId: "UTC", locale: "en-GB" };
  const prepare = async (/** @type {import("playwright-core").Page} */ page) => {
    await page.clock.setFixedTime(NOW);
    // The backend lives in the present: times are moved on the way there and back.
    await page.route("**/api/clew/v1/**", async (route) => {
      const response = await route.fetch({ url: moveTimes(route.request().url(), later) });
      await route.fulfill({ response, body: moveTimes(await response.text(), -later) });
    });
  };
  return browser.open(`${backend.url}${path}`, visit, { ...look, prepare });
}

/** @param {string} text @param {number} ms */
function moveTimes(text, ms) {
  const nanos = BigInt(ms) * 1_000_000n;
  return text.replace(/(?<![\da-f])1[5-9]\d{17}(?![\da-f])/g, (time) => String(BigInt(time) + nanos));
}

for (const name of SHOWN) {
  const place = PLACES.find((each) => each.name === name);
  assert.ok(place, name);
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    test(`${name}, ${colorScheme}`, async () => {
      await openAtFixedTime(place.path, colorScheme, async (page) => {
        await place.arrive(page);
        // What is counted beside it comes by itself.
        await page.waitForLoadState("networkidle");
        const picture = await takePicture(page);
        if (isAccepting) writeAccepted(`${name}-${colorScheme}`, picture);
        else holdAgainst(`${name}-${colorScheme}`, picture);
      });
    });
  }
}

test("a row that has moved is noticed, the same page is not", async () => {
  await openAtFixedTime(`/trace/${SLOW}`, "light", async (page) => {
    await page.locator(".log-button").waitFor();
    await page.waitForLoadState("networkidle");
    const before = await takePicture(page);
    assert.equal(differingPixels(before, await takePicture(page)).isSame, true);
    await page.locator(".waterfall .row").nth(3).evaluate((row) => {
      /** @type {HTMLElement} */ (row).style.translate = "0 4px";
    });
    assert.equal(differingPixels(before, await takePicture(page)).isSame, false);
  });
});
