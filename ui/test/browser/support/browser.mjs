// A headless Chromium whose pages must not complain: an error in the console, an exception, or
// something that the content security policy had to refuse fails the test that caused it.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

const EXECUTABLE = process.env.CLEW_CHROMIUM ?? "/usr/bin/chromium";
export const SCREENSHOTS =
  process.env.CLEW_SCREENSHOTS ?? fileURLToPath(new URL("../../../../target/ui-screenshots", import.meta.url));

export const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };
/** The least room that pages are laid out for. */
export const NARROW = { width: 400, height: 700 };

/**
 * @typedef {import("playwright-core").Page} Page
 * @typedef {{viewport?: {width: number, height: number}, colorScheme?: "light" | "dark", timezoneId?: string, locale?: string}} Look
 */

export async function startBrowser() {
  mkdirSync(SCREENSHOTS, { recursive: true });
  const browser = await chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  return {
    /**
     * Opens a page, hands it to `visit`, and looks at what it complained of.
     *
     * @param {string} url
     * @param {(page: Page) => Promise<void>} visit
     * @param {Look & {allowed?: RegExp, prepare?: (page: Page) => Promise<void>}} [options]
     *   allowed: complaints that belong to the test; prepare: what is done before the page is opened
     */
    async open(url, visit, { allowed, prepare, ...look } = {}) {
      const context = await browser.newContext({ viewport: DESKTOP, colorScheme: "light", reducedMotion: "reduce", ...look });
      context.setDefaultTimeout(8_000);
      const page = await context.newPage();
      /** @type {string[]} */
      const complaints = [];
      page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("dialog", (dialog) => {
        complaints.push(`dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      page.on("request", (request) => {
        if (!request.url().startsWith(new URL(url).origin)) complaints.push(`asked for ${request.url()}`);
      });
      await prepare?.(page);
      await page.goto(url);
      await visit(page);
      // A page may ask again while it is closed; nobody waits for that answer.
      await page.unrouteAll({ behavior: "ignoreErrors" });
      await context.close();
      assert.deepEqual(complaints.filter((complaint) => !allowed?.test(complaint)), []);
    },
    close: () => browser.close(),
  };
}

/**
 * Keeps a picture of the page for people to look at.
 *
 * @param {Page} page
 * @param {string} name
 */
export async function keepScreenshot(page, name) {
  await page.screenshot({ path: `${SCREENSHOTS}/${name}.png` });
}

/**
 * Asserts that nothing sticks out to the right of the page.
 *
 * @param {Page} page
 */
export async function assertFits(page) {
  const [content, window] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  assert.ok((content ?? 0) <= (window ?? 0), `content is ${content} px wide in ${window} px`);
}

/**
 * Asserts that whole elements are in sight, from the left edge to the right, also within a box that
 * scrolls.
 *
 * @param {import("playwright-core").Locator} elements
 */
export async function assertInWidth(elements) {
  const cut = await elements.evaluateAll((found) =>
    found
      .filter((each) => each.getBoundingClientRect().right > document.documentElement.clientWidth)
      .map((each) => each.textContent),
  );
  assert.ok((await elements.count()) > 0);
  assert.deepEqual(cut, []);
}
