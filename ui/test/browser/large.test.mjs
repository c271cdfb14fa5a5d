// Traces of thousands of spans.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startBackend } from "./support/backend.mjs";
import { PHONE, keepScreenshot, startBrowser } from "./support/browser.mjs";
import { sendTrace } from "./support/otlp.mjs";
import { manySpans, spanId } from "./support/traces.mjs";

const LARGE = "1a46e000000000000000000000002000";
const HUGE = "1a46e000000000000000000000010000";
const CHAIN = "1a46e00000000000000000000000c4a1";

/** Rows in the document while thousands are in the trace. */
const ROWS_MAX = 80;
/** A frame that takes longer is a visible stall, also on a slow machine with software rendering. */
const FRAME_MS_MAX = 250;

/** @type {import("./support/backend.mjs").Backend} */
let backend;
/** @type {Awaited<ReturnType<typeof startBrowser>>} */
let browser;

before(async () => {
  [backend, browser] = await Promise.all([startBackend(), startBrowser()]);
  const start = Date.now() - 60_000;
  await sendTrace(backend.otlp, { traceId: LARGE, start, spans: manySpans(2_000) });
  await sendTrace(backend.otlp, { traceId: HUGE, start, spans: manySpans(10_000) });
  const chain = Array.from({ length: 3_000 }, (_, i) => ({
    service: "recursive",
    name: `level ${i}`,
    id: spanId(i),
    ...(i > 0 ? { parent: spanId(i - 1) } : {}),
    at: i * 10,
    lasts: 100_000 - i * 20,
  }));
  await sendTrace(backend.otlp, { traceId: CHAIN, start, spans: chain });
});

after(async () => {
  await browser?.close();
  await backend?.stop();
});

test("2,000 spans have a minimap that zooms", async () => {
  await browser.open(`${backend.url}/trace/${LARGE}`, async (page) => {
    await page.getByRole("treegrid").waitFor();
    const map = await page.locator(".minimap").boundingBox();
    assert.ok(map);
    await keepScreenshot(page, "large-light");
    const y = map.y + map.height / 2;
    await page.mouse.move(map.x + map.width * 0.25, y);
    await page.mouse.down();
    await page.mouse.move(map.x + map.width * 0.5, y, { steps: 4 });
    await page.mouse.up();
    await page.getByRole("button", { name: "Show the whole trace" }).waitFor();
    const marks = await page.locator(".tick").allInnerTexts();
    assert.ok(marks.includes("1.4 s") && !marks.includes("3 s"), marks.join(" "));
    assert.equal(await page.locator(".minimap-out").count(), 2);
    await keepScreenshot(page, "large-zoomed");
  });
});

test("10,000 spans scroll without stalls, and only those in sight are in the document", async () => {
  await browser.open(
    `${backend.url}/trace/${HUGE}`,
    async (page) => {
      const grid = page.getByRole("treegrid");
      await grid.waitFor({ timeout: 20_000 });
      await grid.focus();
      await page.keyboard.press("]");
      await page.locator('[aria-rowcount="10000"]').waitFor();
      const slowest = await grid.evaluate(async (element) => {
        const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
        let longest = 0;
        for (let i = 0; i < 60; i++) {
          const began = performance.now();
          element.scrollTop += 700;
          await frame();
          longest = Math.max(longest, performance.now() - began);
        }
        return longest;
      });
      assert.ok(slowest < FRAME_MS_MAX, `the slowest frame took ${Math.round(slowest)} ms`);
      const rows = await page.locator(".row").count();
      assert.ok(rows > 15 && rows < ROWS_MAX, `${rows} rows`);
      await grid.focus();
      await page.keyboard.press("End");
      await page.locator(".row.selected").waitFor();
      const seen = await page.locator(".row.selected").boundingBox();
      // Text is not as high as whole pixels, but scroll positions are whole.
      assert.ok(seen && seen.y > 0 && seen.y + seen.height < 901, "the last row is in sight");
      await keepScreenshot(page, "huge-end-dark");
    },
    { colorScheme: "dark" },
  );
});

test("one of 10,000 spans is found", async () => {
  await browser.open(`${backend.url}/trace/${HUGE}`, async (page) => {
    await page.getByRole("treegrid").waitFor({ timeout: 20_000 });
    await page.keyboard.press("/");
    await page.keyboard.type("item.number=9999");
    await page.keyboard.press("Enter");
    await page.locator(".row.selected.match").waitFor();
    assert.equal(await page.locator(".find-count").innerText(), "1 of 1");
  });
});

test("a chain of 3,000 spans is drawn, on a phone too", async () => {
  await browser.open(
    `${backend.url}/trace/${CHAIN}`,
    async (page) => {
      const grid = page.getByRole("treegrid");
      await grid.waitFor();
      await grid.focus();
      await page.keyboard.press("End");
      const last = page.locator(".row.selected .span-name");
      assert.equal(await last.innerText(), "level 2999");
      assert.ok((await last.boundingBox())?.width, "the name has room");
      assert.equal(await page.locator(".row.selected").getAttribute("aria-level"), "3000");
      await keepScreenshot(page, "chain-phone");
    },
    { viewport: PHONE },
  );
});
