// Measures what the UI promises: `CLEW_BIN=target/release/clew npm run measure`, on a machine that does nothing
// else. A debug build answers too slowly for the figures to say anything.

import { startBackend } from "./browser/support/backend.mjs";
import { startBrowser } from "./browser/support/browser.mjs";
import { sendTrace } from "./browser/support/otlp.mjs";
import { manySpans } from "./browser/support/traces.mjs";

/** @typedef {import("playwright-core").Page} Page */

const TRACE = "1a46e000000000000000000000100000";
const SPANS = 100_000;
/** Spans of a request, which is bounded. */
const SENT_AT_ONCE = 10_000;
const RUNS = 7;
const FRAMES = 120;

/** @param {number[]} values @param {number} part @returns {number} */
const quantile = (values, part) => [...values].sort((a, b) => a - b)[Math.ceil(part * values.length) - 1] ?? 0;

/** @param {string} what @param {number[]} values in ms @param {number} target in ms */
function report(what, values, target) {
  const [median, p95, most] = [0.5, 0.95, 1].map((part) => quantile(values, part).toFixed(1));
  console.log(`${what}: median ${median} ms, p95 ${p95} ms, most ${most} ms; target ${target} ms`);
}

/** @param {Page} page @returns {Promise<number>} when the page showed something, ms since it was asked for */
async function firstView(page) {
  await page.locator("main h1").first().waitFor();
  return page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN);
}

/** @param {Page} page @returns {Promise<number>} when its spans were in sight, ms since it was asked for */
async function spansInSight(page) {
  // Told by the page itself: a question from outside waits until the page has nothing to do.
  const told = await page.waitForFunction(() => /** @type {any} */ (window).rowsDrawnAt, null, { timeout: 60_000 });
  return Number(await told.jsonValue());
}

/** Notes when the frame with the first rows was drawn: the next one begins after it. */
function noteFirstRows() {
  const look = () => {
    if (document.querySelectorAll(".row").length < 5) return requestAnimationFrame(look);
    return requestAnimationFrame(() => {
      /** @type {any} */ (window).rowsDrawnAt = performance.now();
    });
  };
  requestAnimationFrame(look);
}

/**
 * Scrolls through all spans.
 *
 * @param {Page} page
 * @returns {Promise<number[]>} how long scripts ran in each frame, ms
 */
async function scrollAll(page) {
  const grid = page.getByRole("treegrid");
  await grid.focus();
  // Unfolds what is alike.
  await page.keyboard.press("]");
  await page.locator(`[aria-rowcount="${SPANS}"]`).waitFor({ timeout: 60_000 });
  // Found once: to find it by its role takes scripts of the page's time, too.
  const element = await grid.elementHandle();
  if (!element) throw new Error("The list of spans is gone.");
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const scripting = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return 1_000 * (metrics.find(({ name }) => name === "ScriptDuration")?.value ?? 0);
  };
  const frames = [];
  for (let i = 0; i < FRAMES; i++) {
    const before = await scripting();
    await element.evaluate(async (list) => {
      list.scrollTop += list.scrollHeight / 150;
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    });
    frames.push((await scripting()) - before);
  }
  return frames;
}

const [backend, browser] = await Promise.all([startBackend(), startBrowser()]);
const spans = manySpans(SPANS);
for (let from = 0; from < SPANS; from += SENT_AT_ONCE) {
  const some = spans.slice(from, from + SENT_AT_ONCE);
  await sendTrace(backend.otlp, { traceId: TRACE, start: Date.now() - 60_000, spans: some });
}
const [cold, warm, open, scroll] = [[], [], [], []].map((list) => /** @type {number[]} */ (list));
for (let run = 0; run < RUNS; run++) {
  await browser.open(`${backend.url}/`, async (page) => {
    cold?.push(await firstView(page));
    await page.addInitScript(noteFirstRows);
    await page.goto(`${backend.url}/`);
    warm?.push(await firstView(page));
    await page.goto(`${backend.url}/trace/${TRACE}`);
    open?.push(await spansInSight(page));
    if (run === 0) scroll?.push(...(await scrollAll(page)));
  });
}
report("first view, nothing cached", cold ?? [], 300);
report("first view, again", warm ?? [], 300);
report("a trace of 100,000 spans in sight", open ?? [], 1_000);
report("scripts in a frame while it scrolls", scroll ?? [], 8);
await browser.close();
await backend.stop();
