// Log records on the trace page: marks in the waterfall, and the list beside it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startBackend } from "./support/backend.mjs";
import { assertFits, assertInWidth, keepScreenshot, startBrowser } from "./support/browser.mjs";
import { sendLogs } from "./support/logs.mjs";
import { sendTrace } from "./support/otlp.mjs";
import { demoSpans, manySpans, spanId } from "./support/traces.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./support/logs.mjs").LogToSend} LogToSend */

const DEMO = "10905000000000000000000000000001";
const BARE = "10905000000000000000000000000002";
const HOSTILE = "10905000000000000000000000000003";
const LARGE = "10905000000000000000000000000004";
const DEMO_MS = 8_915;
const MARKUP = `<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>`;
const OVERRIDE = "invoice\u202egnp.exe";
const LOOKS = [
  { name: "smallest", viewport: { width: 360, height: 740 } },
  { name: "desktop", viewport: { width: 1440, height: 900 } },
  { name: "widest", viewport: { width: 2560, height: 1440 } },
];
/** A frame that takes longer is a visible stall, also on a slow machine with software rendering. */
const FRAME_MS_MAX = 250;

const start = Date.now() - 60_000;

/** @type {import("./support/backend.mjs").Backend} */
let backend;
/** @type {Awaited<ReturnType<typeof startBrowser>>} */
let browser;

before(async () => {
  [backend, browser] = await Promise.all([startBackend(), startBrowser()]);
  for (const traceId of [DEMO, BARE, HOSTILE]) {
    await sendTrace(backend.otlp, { traceId, start, spans: demoSpans(traceId) });
  }
  await sendLogs(backend.otlp, demoLogs());
});

after(async () => {
  await browser?.close();
  await backend?.stop();
});

/** @returns {LogToSend[]} 11 records of the demo's trace, 2 of them of no span that is there, and 3 of no trace */
function demoLogs() {
  const of = (/** @type {number} */ span) => ({ trace: DEMO, span: spanId(span) });
  return [
    { at: start + 3, level: "info", service: "bands-api", body: "asked for a band", ...of(3) },
    { at: start + 2_500, level: "warn", service: "bands-api", body: "still waiting for a lock", ...of(3), attributes: { "lock.name": "bands" } },
    { at: start + 4, level: "debug", service: "bands-api", body: "found it in the cache", ...of(4) },
    { at: start + 5_010, level: "info", service: "reviews-api", body: "asked for reviews", ...of(7) },
    { at: start + 5_100, level: "debug", service: "reviews-api", body: "made review 1", ...of(10) },
    { at: start + 5_100.2, level: "trace", service: "reviews-api", body: "seed 81", ...of(10) },
    { at: start + 5_100.4, level: "info", service: "reviews-api", body: "one more", ...of(10) },
    { at: start + 6_300, level: "error", service: "reviews-api", body: { says: "out of range", stars: 11 }, ...of(13) },
    { at: start + 8_400, level: "fatal", service: "reviews-api", body: "no memory", ...of(17) },
    { at: start + 6_000, level: "warn", service: "mailer", body: "the mail is late", trace: DEMO, span: "00000000000000ff" },
    { at: start + 6_500, level: "info", service: "mailer", body: "sent", trace: DEMO },
    { at: start + 100, level: "info", service: "bands-api", body: "pool: 3 of 10 in use" },
    { at: start + 4_100, level: "warn", service: "bands-api", body: "GC paused" },
    { at: start + 30_000, level: "warn", service: "bands-api", body: "long after" },
  ];
}

/** @param {string} traceId @param {(page: Page) => Promise<void>} visit @param {Parameters<typeof browser.open>[2]} [look] */
function openTrace(traceId, visit, look) {
  return browser.open(
    `${backend.url}/trace/${traceId}`,
    async (page) => {
      await page.locator(".log-button").waitFor();
      await visit(page);
    },
    look,
  );
}

/** @param {Page} page @param {string} name @param {number} [nth] */
const row = (page, name, nth = 0) => page.locator(".waterfall .row").filter({ hasText: name }).nth(nth);

/** @param {Page} page */
const texts = (page) => page.locator(".trace-log .log-body").allInnerTexts();

/** @param {Page} page @param {string[]} expected */
async function waitForTexts(page, expected) {
  await page.waitForFunction((wanted) => {
    const found = [...document.querySelectorAll(".trace-log .log-body")].map((each) => each.textContent?.trim());
    return JSON.stringify(found) === JSON.stringify(wanted);
  }, expected);
}

test("marks are on the row of their span, at their time, in the colour of the severest", async () => {
  await openTrace(DEMO, async (page) => {
    const root = await row(page, "fetch_band").locator(".bar").boundingBox();
    const mark = row(page, "GET /bands/{id}").locator(".log-mark.warn");
    const box = await mark.boundingBox();
    assert.ok(root && box);
    const part = (box.x + box.width / 2 - root.x) / root.width;
    assert.ok(Math.abs(part - 2_500 / DEMO_MS) < 0.005, `at ${part}`);
    assert.equal(await mark.getAttribute("title"), "2.5 s · warn · still waiting for a lock");
    const joined = row(page, "make_review", 0).locator(".log-mark");
    assert.equal(await joined.count(), 1, "three within a pixel are one mark");
    assert.match((await joined.getAttribute("class")) ?? "", /level-info/);
    assert.equal(await joined.getAttribute("title"), "5.1 s · info · one more\nand 2 other records here");
    assert.equal(await row(page, "make_review", 3).locator(".log-mark.error.level-error").count(), 1);
    assert.equal(await row(page, "make_review", 1).locator(".log-mark").count(), 0);
    await page.getByRole("list", { name: "Legend" }).getByText("log record").waitFor();
    await assertFits(page);
  });
});

test("rows say how many records they have, folded ones those below too", async () => {
  await openTrace(DEMO, async (page) => {
    const counts = async (/** @type {string} */ name) => row(page, name).locator(".log-count").allInnerTexts();
    assert.deepEqual(await counts("GET /bands/{id}"), ["2"]);
    assert.deepEqual(await counts("get_reviews_by_band_id"), []);
    await page.getByRole("button", { name: "Fold all", exact: true }).click();
    await page.getByRole("button", { name: "9 log records, 2 errors, those of the folded spans too" }).click();
    assert.equal(await page.locator(".scopes [aria-pressed=true]").innerText(), "With its children 9");
    assert.equal((await texts(page)).length, 9);
  });
});

test("records whose span is not here are marked on the time scale, and said to be", async () => {
  await openTrace(DEMO, async (page) => {
    const marks = page.locator(".ruler .log-mark");
    assert.equal(await marks.count(), 2);
    assert.equal(await marks.first().getAttribute("title"), "6 s · warn · the mail is late\nIts span is not here.");
    await marks.first().click();
    await page.getByText("2 records are of no span that is here: marked on the time scale.").waitFor();
    const selected = page.locator(".trace-log.selected");
    assert.match((await selected.innerText()).replace(/\s+/g, " "), /^6 s warn mailer span not here the mail is late$/);
    await page.locator(".trace-log").filter({ hasText: "sent" }).getByText("no span id").waitFor();
    assert.equal((await texts(page)).length, 11);
    assert.equal(await page.getByRole("button", { name: "Show the whole trace" }).count(), 0, "a click is no zoom");
  });
});

test("a click on a mark selects its span and shows the record; the list follows the selected span", async () => {
  await openTrace(DEMO, async (page) => {
    await row(page, "make_review", 3).locator(".log-mark").click();
    await page.getByRole("heading", { name: "make_review" }).waitFor();
    await waitForTexts(page, ['{"says":"out of range","stars":11}']);
    assert.equal(await page.locator(".trace-log.selected .log-level").innerText(), "error");
    assert.equal(await page.locator(".log-mark.chosen").count(), 1);
    assert.ok(page.url().endsWith(`?span=${spanId(13)}&panel=logs`), page.url());
    await page.reload();
    await waitForTexts(page, ['{"says":"out of range","stars":11}']);

    await row(page, "GET /bands/{id}").click();
    await waitForTexts(page, ["asked for a band", "still waiting for a lock"]);
    assert.deepEqual(await page.locator(".log-at").allInnerTexts(), ["3 ms", "2.5 s"]);
    assert.match((await page.locator(".log-at").last().getAttribute("title")) ?? "", /^\d+ \w+ \d{4}, .*\n\d{4}-.*Z$/);
    await page.getByRole("button", { name: "With its children 9" }).click();
    assert.equal((await texts(page)).length, 9);
    await page.getByLabel("Severity").selectOption("error");
    await waitForTexts(page, ['{"says":"out of range","stars":11}', "no memory"]);
    const href = await page.getByRole("link", { name: "Logs page" }).getAttribute("href");
    assert.equal(href, `/logs?severity=error&trace=${DEMO}&order=oldest`);
    await page.getByRole("button", { name: "Trace 11" }).click();
    await page.getByLabel("Severity").selectOption("none");
    assert.equal((await texts(page)).length, 11);
    await page.getByRole("button", { name: /^Span/ }).click();
    await row(page, "get_reviews_by_band_id").click();
    await page.getByText("This span has no log record.").waitFor();
    await page.getByRole("button", { name: "See all 11 of the trace" }).click();
    assert.equal((await texts(page)).length, 11);
    await page.getByRole("button", { name: "Details", exact: true }).click();
    await page.getByRole("complementary", { name: "Span details" }).getByText("reviews counted").waitFor();
  });
});

test("a record unfolds to all that it says, and leads to its span and to the logs page", async () => {
  await openTrace(DEMO, async (page) => {
    await page.locator(".log-button").click();
    await page.getByText("Log records of the trace").waitFor();
    await page.locator(".trace-log").filter({ hasText: "still waiting" }).click();
    const open = page.locator(".log-open");
    assert.match((await open.innerText()).replace(/\s+/g, " "), /lock\.name bands.*WARN \(13\)/);
    assert.equal(await open.getByRole("link", { name: "Open its trace" }).count(), 0, "it is open");
    await open.getByRole("button", { name: "Go to its span" }).click();
    assert.equal(await page.locator(".row.selected .span-name").innerText(), "GET /bands/{id}");
    await page.getByRole("button", { name: "Trace 11" }).click();
    await page.locator(".trace-log").filter({ hasText: "out of range" }).click();
    await page.locator(".log-open").last().getByRole("link", { name: "Logs of its span" }).click();
    await page.waitForURL(`**/logs?trace=${DEMO}&span=${spanId(13)}`);
    await page.locator(".log").waitFor();
    assert.equal(await page.locator(".log").count(), 1);
  });
});

test("records without a trace are offered by service and time, apart and marked", async () => {
  await openTrace(DEMO, async (page) => {
    await row(page, "GET /bands/{id}").locator(".log-count").click();
    await page.getByRole("button", { name: "Log records without a trace, of this service around this time" }).click();
    await page.getByRole("heading", { name: "Without a trace id" }).waitFor();
    await waitForTexts(page, ["asked for a band", "still waiting for a lock", "pool: 3 of 10 in use", "GC paused"]);
    assert.match(await page.locator(".lone-head").innerText(), /2 records of bands-api, .*may belong to another request/);
    assert.equal(await page.getByText("no trace id", { exact: true }).count(), 2);
    await page.locator(".trace-log").filter({ hasText: "GC paused" }).click();
    await page.locator(".log-open").getByRole("link", { name: "Logs around it" }).waitFor();
    await row(page, "GET /reviews").click();
    await waitForTexts(page, ["asked for reviews"]);
    await page.getByRole("button", { name: /^Log records without a trace/ }).click();
    await page.getByText(/^There are none of reviews-api/).waitFor();
  });
});

test("the keyboard opens the list, walks it, and goes from error to error", async () => {
  await openTrace(DEMO, async (page) => {
    const selected = () => page.locator(".trace-log.selected .log-body").innerText();
    await page.keyboard.press("l");
    const list = page.getByRole("treegrid", { name: "Log records" });
    await list.waitFor();
    assert.ok(await list.evaluate((element) => element === document.activeElement), "the list has the focus");
    assert.equal(await selected(), "asked for a band");
    await page.keyboard.press("ArrowDown");
    assert.equal(await selected(), "found it in the cache");
    assert.equal(await list.getAttribute("aria-activedescendant"), await page.locator(".trace-log.selected").getAttribute("id"));
    await page.keyboard.press("Enter");
    await page.locator(".log-open").waitFor();
    await page.keyboard.press("Enter");
    await page.locator(".log-open").waitFor({ state: "detached" });
    await page.keyboard.press("End");
    assert.equal(await selected(), "no memory");
    await page.keyboard.press("E");
    assert.equal(await selected(), '{"says":"out of range","stars":11}');
    assert.equal(await page.locator(".row.selected").getAttribute("id"), `row-${spanId(13)}`);
    assert.equal((await texts(page)).length, 11, "the list of the trace stays");
    await page.keyboard.press("E");
    assert.equal(await selected(), "no memory");
    await page.keyboard.press("l");
    await list.waitFor({ state: "detached" });
    await page.keyboard.press("?");
    await page.getByText("next error in the logs").waitFor();
  });
});

test("records that come late appear by themselves", async () => {
  await openTrace(BARE, async (page) => {
    assert.match(await page.locator(".log-button").innerText(), /^Logs\s0$/);
    await page.locator(".log-button").click();
    await page.getByText("The trace has no log record.").waitFor();
    await sendLogs(backend.otlp, [{ at: start + 3, level: "info", service: "bands-api", body: "late", trace: BARE, span: spanId(3) }]);
    await waitForTexts(page, ["late"]);
    assert.equal(await row(page, "GET /bands/{id}").locator(".log-mark").count(), 1);
  });
});

test("logs that cannot be had are a quiet notice, with a way to try again", async () => {
  await browser.open(
    backend.url,
    async (page) => {
      await page.route("**/api/clew/v1/logs?*", (route) => route.fulfill({ status: 503, json: { error: { message: "too busy" } } }));
      await page.goto(`${backend.url}/trace/${DEMO}`);
      await page.getByText("The log records of this trace are not here: too busy").waitFor();
      assert.equal(await page.locator(".waterfall .row").count(), 16);
      await page.unroute("**/api/clew/v1/logs?*");
      await page.getByRole("button", { name: "Try again" }).click();
      await page.locator(".log-button").waitFor();
      assert.equal(await page.getByText("are not here").count(), 0);
    },
    { allowed: /503/ },
  );
});

test("a server that keeps no logs shows nothing of them", async () => {
  await browser.open(
    backend.url,
    async (page) => {
      await page.route("**/api/clew/v1/logs?*", (route) => route.fulfill({ status: 404, json: {} }));
      const answer = page.waitForResponse(/\/logs\?/);
      await page.goto(`${backend.url}/trace/${DEMO}?span=${spanId(3)}`);
      await (await answer).finished();
      await page.getByRole("complementary", { name: "Span details" }).waitFor();
      await page.keyboard.press("l");
      assert.equal(await page.locator(".log-button, .tabs, .notice.quiet, .log-mark, .log-list").count(), 0);
    },
    { allowed: /404/ },
  );
});

test("a hostile record stays text", async () => {
  await sendLogs(backend.otlp, [
    { at: start + 3, level: "error", service: MARKUP, body: MARKUP, trace: HOSTILE, span: spanId(3), attributes: { [MARKUP]: MARKUP } },
    { at: start + 3_000, level: "warn", service: "constructor", body: OVERRIDE, trace: HOSTILE, span: spanId(3) },
    { at: start + 4_000, service: "__proto__", body: "long-".repeat(20_000), trace: HOSTILE, span: spanId(3), event: MARKUP },
    { at: 0, level: "info", service: OVERRIDE, body: null, trace: HOSTILE, span: "00000000000000ff", event: OVERRIDE },
  ]);
  for (const look of LOOKS) {
    await openTrace(
      HOSTILE,
      async (page) => {
        await row(page, "GET /bands/{id}").locator(".log-count").click();
        await page.getByRole("button", { name: "Trace 4" }).click();
        const [first, second, third] = await texts(page);
        assert.equal(first, "invoice⟨U+202E⟩gnp.exe");
        assert.equal(second, MARKUP);
        assert.equal(third, "invoice⟨U+202E⟩gnp.exe");
        await page.locator(".trace-log").nth(1).click();
        await page.locator(".log-open").waitFor();
        await assertFits(page);
        await assertInWidth(page.locator(".details *"));
        assert.equal(await page.evaluate(() => /** @type {any} */ (window).pwned), undefined);
        assert.equal(await page.locator("main img").count(), 0);
        await keepScreenshot(page, `trace-logs-hostile-${look.name}`);
      },
      look,
    );
  }
});

test("10,000 spans with 6,000 records scroll without stalls; those left out are said", async () => {
  const spans = manySpans(10_000);
  await sendTrace(backend.otlp, { traceId: LARGE, start, spans });
  const logs = Array.from({ length: 6_000 }, (_, i) => {
    const span = spans[i % 3 === 0 ? 0 : i];
    const at = start + ((span?.at ?? 0) + ((i * 7) % 100) / 100 * (span?.lasts ?? 0)) / 1_000;
    const level = i % 500 === 0 ? "error" : i % 50 === 0 ? "warn" : "info";
    return /** @type {LogToSend} */ ({ at, level, service: span?.service, body: `record ${i}`, trace: LARGE, span: span?.id });
  });
  await sendLogs(backend.otlp, logs);
  await openTrace(LARGE, async (page) => {
    const slowest = async (/** @type {string} */ name) =>
      page.getByRole("treegrid", { name }).evaluate(async (element) => {
        const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
        let longest = 0;
        for (let i = 0; i < 40; i++) {
          const began = performance.now();
          element.scrollTop += 700;
          await frame();
          longest = Math.max(longest, performance.now() - began);
        }
        return Math.round(longest);
      });
    const spansTook = await slowest("Spans of the trace");
    assert.ok(spansTook < FRAME_MS_MAX, `the slowest frame of the waterfall took ${spansTook} ms`);
    assert.ok((await page.locator(".log-mark").count()) < 500, "only rows in sight have marks");
    await page.locator(".log-button").click();
    await page.getByText("The first 5,000 of 6,000 records are here.").waitFor();
    assert.equal(await page.getByRole("link", { name: "See all on the Logs page" }).getAttribute("href"), `/logs?trace=${LARGE}&order=oldest`);
    const logsTook = await slowest("Log records");
    assert.ok(logsTook < FRAME_MS_MAX, `the slowest frame of the list took ${logsTook} ms`);
    assert.ok((await page.locator(".trace-log").count()) < 60);
    await page.getByRole("treegrid", { name: "Spans of the trace" }).evaluate((element) => (element.scrollTop = 0));
    await keepScreenshot(page, "trace-logs-many");
  });
});

test("it is laid out from phones to wide screens, light and dark", async () => {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    for (const { name, viewport } of LOOKS) {
      await openTrace(
        DEMO,
        async (page) => {
          await row(page, "GET /bands/{id}").locator(".log-mark").first().waitFor();
          await assertFits(page);
          await keepScreenshot(page, `trace-logs-marks-${name}-${colorScheme}`);
          await row(page, "GET /bands/{id}").locator(".log-count").click();
          await page.getByRole("button", { name: /^Log records without a trace/ }).click();
          await page.getByRole("heading", { name: "Without a trace id" }).waitFor();
          await assertFits(page);
          await assertInWidth(page.locator(".details *"));
          await keepScreenshot(page, `trace-logs-span-${name}-${colorScheme}`);
          await page.getByRole("button", { name: "Trace 11" }).click();
          await assertInWidth(page.locator(".details *"));
          await page.locator(".trace-log").nth(3).click();
          await assertInWidth(page.locator(".details *"));
          await keepScreenshot(page, `trace-logs-trace-${name}-${colorScheme}`);
        },
        { viewport, colorScheme },
      );
    }
  }
});
