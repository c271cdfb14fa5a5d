// The logs page with many records, and with records that come in by themselves.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startBackend } from "./support/backend.mjs";
import { keepScreenshot, startBrowser } from "./support/browser.mjs";
import { recordOf, sendLogs } from "./support/logs.mjs";

/** @typedef {import("playwright-core").Page} Page */

const MANY = 100_000;
/** Lines in the document while a hundred thousand are loaded. */
const LINES_MAX = 100;
/** A frame that takes longer is a visible stall, also on a slow machine with software rendering. */
const FRAME_MS_MAX = 250;
/** Scripts leave most of the 16 ms of a frame to the browser. */
const SCRIPT_MS_MAX = 10;
const FRAMES = 120;

/** @type {import("./support/backend.mjs").Backend} */
let backend;
/** @type {Awaited<ReturnType<typeof startBrowser>>} */
let browser;

before(async () => {
  [backend, browser] = await Promise.all([startBackend(), startBrowser()]);
  const now = Date.now();
  const body = (/** @type {number} */ i) => `record ${i}`;
  await sendLogs(backend.otlp, Array.from({ length: 300 }, (_, i) => ({ at: now - 60_000 - i * 100, level: "info", body: body(i) })));
});

after(async () => {
  await browser?.close();
  await backend?.stop();
});

/**
 * Answers for a backend of a hundred thousand records: one in debug mode would take minutes.
 *
 * @param {Page} page
 */
async function serveMany(page) {
  const now = Date.now();
  const levels = /** @type {const} */ (["info", "info", "debug", "warn", "error"]);
  await page.route("**/api/clew/v1/logs?**", async (route) => {
    const params = new URL(route.request().url()).searchParams;
    const from = Number(params.get("after") ?? 0);
    const to = Math.min(MANY, from + Number(params.get("limit")));
    const records = Array.from({ length: to - from }, (_, i) => {
      const level = levels[(from + i) % levels.length] ?? "info";
      return {
        ...recordOf({ at: now - (from + i) * 10, level, body: `record ${from + i} of many, which says a little more than that`, attributes: { number: from + i, "thread.name": "main" }, trace: "ab".repeat(16), span: "cd".repeat(8) }),
        level,
        resource: i % 3,
        scope: 0,
      };
    });
    const resources = ["web", "pay", "mail"].map((name) => ({ attributes: [{ key: "service.name", value: { stringValue: name } }] }));
    await route.fulfill({ json: { records, resources, scopes: [{}], next: to < MANY ? String(to) : null, partial: null } });
  });
}

/**
 * @param {Page} page
 * @returns {Promise<() => Promise<number>>} tells how long scripts ran since, ms
 */
async function watchScripting(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const sum = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return 1_000 * (metrics.find(({ name }) => name === "ScriptDuration")?.value ?? 0);
  };
  const before = await sum();
  return async () => (await sum()) - before;
}

test("100,000 records load as one scrolls, and scroll without stalls", async (context) => {
  await browser.open(backend.url, async (page) => {
    await serveMany(page);
    await page.goto(`${backend.url}/logs`);
    const grid = page.getByRole("treegrid");
    await grid.waitFor();
    await grid.evaluate(async (element, all) => {
      while (Number(element.getAttribute("aria-rowcount")) !== all) {
        element.scrollTop = element.scrollHeight;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }, MANY);
    const scripting = await watchScripting(page);
    const frames = await grid.evaluate(async (element, count) => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      element.scrollTop = 1_000_000;
      await frame();
      const times = [];
      for (let i = 0; i < count; i++) {
        const began = performance.now();
        element.scrollTop += 700;
        await frame();
        times.push(performance.now() - began);
      }
      return times.sort((a, b) => a - b);
    }, FRAMES);
    const script = (await scripting()) / FRAMES;
    const slowest = frames.at(-1) ?? 0;
    context.diagnostic(
      `a frame: median ${frames[FRAMES / 2]?.toFixed(1)} ms, slowest ${slowest.toFixed(1)} ms, scripts ${script.toFixed(1)} ms`,
    );
    assert.ok(script < SCRIPT_MS_MAX, `scripts took ${script.toFixed(1)} ms a frame`);
    assert.ok(slowest < FRAME_MS_MAX, `the slowest frame took ${Math.round(slowest)} ms`);
    const count = await page.locator(".log").count();
    assert.ok(count > 15 && count < LINES_MAX, `${count} lines`);
    await grid.focus();
    await page.keyboard.press("End");
    await page.locator(".log.selected", { hasText: `record ${MANY - 1} of` }).waitFor();
    const seen = await page.locator(".log.selected").boundingBox();
    assert.ok(seen && seen.y > 0 && seen.y + seen.height < 901, "the last record is in sight");
    await page.keyboard.press("Enter");
    await page.locator(".log-details").waitFor();
    await keepScreenshot(page, "logs-many-light");
  });
});

test("pages of the backend follow each other", async () => {
  await browser.open(`${backend.url}/logs?lookback=1h`, async (page) => {
    const grid = page.getByRole("treegrid");
    await grid.waitFor();
    await page.getByRole("heading", { name: "300 log records of the last 1 hour" }).waitFor();
    assert.equal(await grid.getAttribute("aria-rowcount"), "-1");
    await grid.evaluate((element) => (element.scrollTop = element.scrollHeight));
    await page.locator('.logs[aria-rowcount="300"]').waitFor();
    await page.keyboard.press("End");
    await page.locator(".log.selected", { hasText: "record 299" }).waitFor();
    // The way back leads to where one was.
    await page.getByRole("link", { name: "Traces", exact: true }).click();
    await page.getByRole("heading", { name: "Waiting for the first span" }).waitFor();
    await page.goBack();
    await page.locator(".log.selected", { hasText: "record 299" }).waitFor();
    assert.equal(await grid.getAttribute("aria-rowcount"), "300");
    assert.ok((await grid.evaluate((element) => element.scrollTop)) > 5_000);
    await page.getByRole("link", { name: "Logs", exact: true }).click();
    await page.waitForURL("**/logs");
    await page.waitForFunction(() => document.querySelector(".logs")?.scrollTop === 0);
  });
});

/**
 * Puts a connection that the test holds in the place of the browser's.
 *
 * @param {Page} page
 */
async function holdConnections(page) {
  await page.addInitScript(() => {
    const sources = /** @type {any[]} */ ([]);
    class HeldSource extends EventTarget {
      static CLOSED = 2;
      readyState = 0;
      /** @param {string} url */
      constructor(url) {
        super();
        sources.push(Object.assign(this, { url }));
      }
      close() {
        this.readyState = HeldSource.CLOSED;
      }
    }
    Object.assign(window, { EventSource: HeldSource, sources });
  });
}

/** @param {Page} page @param {string} type @param {unknown[]} [data] of as many events */
async function emit(page, type, data = [null]) {
  await page.evaluate(
    ([kind, all]) => {
      const source = /** @type {any} */ (window).sources.at(-1);
      if (kind === "open") source.readyState = 1;
      for (const each of /** @type {any[]} */ (all)) source.dispatchEvent(new MessageEvent(String(kind), { data: JSON.stringify(each) }));
    },
    /** @type {const} */ ([type, data]),
  );
}

/** @param {number} number @param {string} [body] */
function live(number, body = `new ${number}`) {
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "live" } }] };
  return { ...recordOf({ at: Date.now() + number, level: "warn", body }), level: "warn", resource, scope: {}, service: "live" };
}

test("live records come in at the top, and wait for a reader who has scrolled away", async () => {
  await browser.open(backend.url, async (page) => {
    await holdConnections(page);
    await page.goto(`${backend.url}/logs?severity=info`);
    const grid = page.getByRole("treegrid");
    await grid.waitFor();
    await page.keyboard.press("l");
    await page.waitForURL("**/logs?severity=info&live=on");
    await page.getByText("connecting…").waitFor();
    assert.equal(await page.evaluate(() => /** @type {any} */ (window).sources.at(-1).url), "/api/clew/v1/logs/live?severity=info");
    await emit(page, "open");
    await page.getByText("new records appear by themselves").waitFor();
    await emit(page, "record", [live(1), live(2)]);
    await page.locator(".log", { hasText: "new 2" }).waitFor();
    assert.deepEqual((await page.locator(".log-body").allInnerTexts()).slice(0, 3), ["new 2", "new 1", "record 0"]);
    await keepScreenshot(page, "logs-live-light");

    await grid.evaluate((element) => (element.scrollTop = 2_000));
    await page.getByText("held while you read").waitFor();
    await emit(page, "record", [live(3), live(4), live(5)]);
    await page.getByRole("button", { name: "3 new" }).waitFor();
    assert.equal(await page.locator(".log", { hasText: "new 5" }).count(), 0);
    await keepScreenshot(page, "logs-live-held-light");
    await page.getByRole("button", { name: "3 new" }).click();
    await page.locator(".log", { hasText: "new 5" }).waitFor();
    assert.equal(await grid.evaluate((element) => element.scrollTop), 0);

    await emit(page, "skipped", [{ records: 40 }]);
    await page.getByText("40 records came too fast to be listed").waitFor();
    await emit(page, "skipped", [{ records: "some" }]);
    await page.getByText("more than 40 records came too fast to be listed").waitFor();
  });
});

test("the connection is told of, closed while nobody looks, and what came meanwhile is found", async () => {
  await browser.open(backend.url, async (page) => {
    await holdConnections(page);
    await page.goto(`${backend.url}/logs?live=on`);
    await page.getByRole("treegrid").waitFor();
    await page.getByText("connecting…").waitFor();
    await emit(page, "open");
    await page.getByText("new records appear by themselves").waitFor();
    await emit(page, "error");
    await page.getByText("The connection is lost. Trying again…").waitFor();
    await sendLogs(backend.otlp, [{ at: Date.now(), level: "error", body: "came meanwhile" }]);
    await emit(page, "open");
    await page.locator(".log", { hasText: "came meanwhile" }).waitFor();
    assert.equal(await page.locator(".log", { hasText: /^.*record 0$/ }).count(), 1);

    const states = () => page.evaluate(() => /** @type {any} */ (window).sources.map((/** @type {any} */ each) => each.readyState));
    const show = (/** @type {boolean} */ hidden) =>
      page.evaluate((isHidden) => {
        Object.defineProperty(document, "hidden", { configurable: true, get: () => isHidden });
        document.dispatchEvent(new Event("visibilitychange"));
      }, hidden);
    await show(true);
    assert.deepEqual(await states(), [2]);
    await page.waitForTimeout(50);
    await show(false);
    await page.waitForFunction(() => /** @type {any} */ (window).sources.length === 2);
    await emit(page, "open");
    await page.getByRole("link", { name: "Traces", exact: true }).click();
    await page.waitForURL(`${backend.url}/`);
    await page.waitForFunction(() => /** @type {any} */ (window).sources.every((/** @type {any} */ each) => each.readyState === 2));
  });
});
