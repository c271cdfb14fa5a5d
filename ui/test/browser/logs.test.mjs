// The logs page: from no record at all to the trace of one.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startBackend } from "./support/backend.mjs";
import { PHONE, assertFits, keepScreenshot, startBrowser } from "./support/browser.mjs";
import { sendLogs } from "./support/logs.mjs";
import { sendTrace } from "./support/otlp.mjs";
import { demoSpans, spanId } from "./support/traces.mjs";

/** @typedef {import("playwright-core").Page} Page */

const TRACE = "10905000000000000000000000001095";
const SMALLEST = { width: 360, height: 740 };
const WIDEST = { width: 2560, height: 1440 };
const MARKUP = `<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>`;
const OVERRIDE = "invoice\u202egnp.exe";

/** @type {import("./support/backend.mjs").Backend} */
let backend;
/** @type {Awaited<ReturnType<typeof startBrowser>>} */
let browser;

before(async () => {
  [backend, browser] = await Promise.all([startBackend(), startBrowser()]);
});

after(async () => {
  await browser?.close();
  await backend?.stop();
});

/** @param {Page} page */
const lines = (page) => page.locator(".log");

/** @param {Page} page */
const texts = (page) => page.locator(".log-body").allInnerTexts();

/** The answer to the newest question is there. @param {Page} page */
const settled = (page) => page.locator('.found[aria-busy="false"]').waitFor();

/** @param {Page} page @param {number} count */
async function waitForLines(page, count) {
  await settled(page);
  await page.waitForFunction((wanted) => document.querySelectorAll(".log").length === wanted, count);
}

/** A shop of five records, of the last minutes. */
async function sendShop() {
  const now = Date.now();
  await sendTrace(backend.otlp, { traceId: TRACE, start: now - 190_000, spans: demoSpans(TRACE) });
  const within = { trace: TRACE, span: spanId(5) };
  await sendLogs(backend.otlp, [
    { at: now - 240_000, level: "info", service: "web", body: "GET /cart" },
    { at: now - 200_000, level: "debug", service: "web", body: "POST /order", ...within },
    { at: now - 180_000, level: "warn", service: "pay", body: "the card is slow", ...within },
    {
      at: now - 120_000,
      level: "error",
      service: "pay",
      body: { says: "The Card is refused", card: { id: 5, digits: ["4", "2"] } },
      attributes: { "card.id": 5, "code.function.name": "charge" },
      event: "payment.refused",
      ...within,
    },
    { at: now - 60_000, level: "fatal", service: "pay", body: "no memory\n  at heap.rs:81" },
  ]);
}

test("without any record the page teaches how to send one, then shows it by itself", async () => {
  await browser.open(`${backend.url}/logs`, async (page) => {
    await page.getByRole("heading", { name: "Waiting for the first log record" }).waitFor();
    const text = await page.locator("main").innerText();
    assert.match(text, /export OTEL_LOGS_EXPORTER=otlp/);
    assert.ok(text.includes(`export OTEL_EXPORTER_OTLP_ENDPOINT=${backend.otlp}`), "names the port really used");
    assert.equal(await page.getByRole("link", { name: "Logs", exact: true }).getAttribute("aria-current"), "page");
    await assertFits(page);
    await keepScreenshot(page, "logs-welcome-light");
    await sendShop();
    await waitForLines(page, 5);
  });
});

test("records are listed, the newest first, with time, level, service and text", async () => {
  await browser.open(backend.url, async (page) => {
    await page.getByRole("link", { name: "Logs", exact: true }).click();
    await page.waitForURL("**/logs");
    await page.getByRole("heading", { name: "5 log records of the last 24 hours" }).waitFor();
    assert.deepEqual(await texts(page), [
      "no memory at heap.rs:81",
      '{"says":"The Card is refused","card":{"id":5,"digits":["4","2"]}}',
      "the card is slow",
      "POST /order",
      "GET /cart",
    ]);
    assert.deepEqual(await page.locator(".log-level").allInnerTexts(), ["fatal", "error", "warn", "debug", "info"]);
    assert.match(await lines(page).first().innerText(), /\d\d:\d\d:\d\d\.\d{3}\s+fatal\s+pay/);
    assert.equal((await page.locator(".levels").innerText()).replace(/\s+/g, " "), "fatal 1 error 1 warn 1 info 1 debug 1");
    assert.ok((await page.locator(".plot rect").count()) >= 2);
    assert.equal(await page.locator(".log-trace a").count(), 3);
    await assertFits(page);
    await page.getByRole("link", { name: "Oldest" }).click();
    await page.waitForFunction(() => document.querySelector(".log-body")?.textContent === "GET /cart");
    await page.waitForURL("**/logs?order=oldest");
  });
});

test("the form searches, and the address keeps the search", async () => {
  await browser.open(`${backend.url}/logs`, async (page) => {
    await waitForLines(page, 5);
    await page.getByLabel("Severity").selectOption("warn");
    await page.waitForURL("**/logs?severity=warn");
    await waitForLines(page, 3);
    await page.getByLabel("Text").fill("card");
    await page.getByLabel("Attributes").fill("card.id=5");
    await page.locator("select[name=lookback]").selectOption("1h");
    await page.waitForURL(/attributes=card.id%3D5/);
    await page.getByLabel("Service").selectOption("pay");
    await page.waitForURL(/service=pay/);
    await waitForLines(page, 1);
    assert.deepEqual(await page.locator("mark").allInnerTexts(), ["Card", "card"]);
    await page.reload();
    await waitForLines(page, 1);
    assert.equal(await page.getByLabel("Text").inputValue(), "card");
    assert.equal(await page.locator("select[name=severity]").inputValue(), "warn");
    await page.getByLabel("Attributes").fill("card.id");
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByText("“card.id” has no value. Write card.id=value.").waitFor();
  });
});

test("a level of the picture leads to its records and those above", async () => {
  await browser.open(`${backend.url}/logs`, async (page) => {
    await waitForLines(page, 5);
    await page.locator(".levels").getByRole("link", { name: "error 1" }).click();
    await page.waitForURL("**/logs?severity=error");
    await waitForLines(page, 2);
  });
});

test("the records of a trace and a span are asked for by the address, and a chip removes each", async () => {
  await browser.open(`${backend.url}/logs?trace=${TRACE}&span=${spanId(9)}`, async (page) => {
    await page.getByRole("heading", { name: "No log record matches" }).waitFor();
    await keepScreenshot(page, "logs-no-match-light");
    await page.getByRole("link", { name: `Remove the filter: span ${spanId(9)}` }).click();
    await page.waitForURL(`**/logs?trace=${TRACE}`);
    await waitForLines(page, 3);
    await page.getByRole("heading", { name: "3 log records of all time" }).waitFor();
    assert.ok((await page.locator(".plot rect").count()) >= 2);
    await page.getByRole("link", { name: `Remove the filter: trace ${TRACE}` }).click();
    await waitForLines(page, 5);
  });
});

test("none matching offers to widen", async () => {
  await browser.open(`${backend.url}/logs?text=nowhere&service=pay`, async (page) => {
    await page.getByRole("heading", { name: "No log record matches" }).waitFor();
    assert.deepEqual(await page.locator(".no-match a").allInnerTexts(), [
      "Search all time",
      "Search without the filters",
      "Search all services",
    ]);
    await page.getByRole("link", { name: "Search without the filters" }).click();
    await waitForLines(page, 3);
  });
});

test("the brush narrows the window, by mouse, and the chip widens it again", async () => {
  await browser.open(`${backend.url}/logs?lookback=5m`, async (page) => {
    await waitForLines(page, 5);
    const plot = await page.locator(".plot").boundingBox();
    assert.ok(plot);
    const y = plot.y + plot.height / 2;
    await page.mouse.move(plot.x + plot.width * 0.5, y);
    await page.mouse.down();
    await page.mouse.move(plot.x + plot.width * 0.99, y, { steps: 5 });
    assert.match(await page.locator(".readout").innerText(), /: 2 records, 2 errors$/);
    await keepScreenshot(page, "logs-brush-light");
    await page.mouse.up();
    await page.waitForURL(/start=.*&end=/);
    await waitForLines(page, 2);
    await page.getByRole("heading", { name: "2 log records in this window" }).waitFor();
    await page.reload();
    await waitForLines(page, 2);
    await page.getByRole("link", { name: /^Remove the filter: \d+ \w+ \d{4}/ }).click();
    await page.waitForURL("**/logs?lookback=5m");
    await waitForLines(page, 5);
  });
});

test("the brush narrows the window by keyboard", async () => {
  await browser.open(`${backend.url}/logs?lookback=5m`, async (page) => {
    await waitForLines(page, 5);
    const plot = page.getByRole("slider");
    await plot.focus();
    await page.keyboard.press("End");
    for (let i = 0; i < 3; i++) await page.keyboard.press("Shift+PageDown");
    assert.match((await plot.getAttribute("aria-valuetext")) ?? "", /: 2 records, 2 errors$/);
    await page.keyboard.press("Escape");
    assert.equal(await plot.getAttribute("aria-valuetext"), "nothing chosen");
    await page.keyboard.press("End");
    for (let i = 0; i < 3; i++) await page.keyboard.press("Shift+PageDown");
    await page.keyboard.press("Enter");
    await page.waitForURL(/start=.*&end=/);
    await waitForLines(page, 2);
    await page.goBack();
    await waitForLines(page, 5);
  });
});

test("a record unfolds to all it says, and leads to its trace at its span", async () => {
  await browser.open(`${backend.url}/logs`, async (page) => {
    await waitForLines(page, 5);
    await lines(page).nth(1).click();
    const details = page.locator(".log-details");
    await details.waitFor();
    const text = (await details.innerText()).replace(/\s+/g, " ");
    for (const said of [
      "says The Card is refused",
      "digits 0 4 1 2",
      "card.id 5",
      "code.function.name charge",
      "180 ms later",
      "ERROR (17)",
      "event name payment.refused",
      `trace id ${TRACE}`,
      `span id ${spanId(5)}`,
      "trace flags 01 sampled",
      "service.name pay",
      "host.name ariadne",
      "clew-logs 0.1.0",
    ]) {
      assert.ok(text.includes(said), `${said} in ${text}`);
    }
    await page.getByRole("link", { name: "Find logs with this value" }).first().focus();
    await keepScreenshot(page, "logs-unfolded-light");
    await page.locator(".attribute", { hasText: "card.id" }).getByRole("link", { name: "Find logs with this value" }).click();
    await page.waitForURL("**/logs?service=pay&attributes=card.id%3D5");
    await waitForLines(page, 1);
    await lines(page).getByRole("link", { name: "Open its trace" }).click();
    await page.waitForURL(`**/trace/${TRACE}?span=${spanId(5)}`);
    await page.locator(".row.selected", { hasText: "get_reviews" }).waitFor();
    await page.goBack();
    await waitForLines(page, 1);
  });
});

test("the keyboard moves through the records, unfolds them, and opens the trace", async () => {
  await browser.open(`${backend.url}/logs`, async (page) => {
    await waitForLines(page, 5);
    const selected = page.locator(".log.selected .log-body");
    await page.keyboard.press("j");
    assert.equal(await selected.innerText(), "no memory at heap.rs:81");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    assert.equal(await selected.innerText(), "the card is slow");
    const active = await page.getByRole("treegrid").getAttribute("aria-activedescendant");
    assert.equal(await page.locator(".log.selected").getAttribute("id"), active);
    await page.keyboard.press("Enter");
    await page.locator(".log-details").waitFor();
    assert.equal(await page.locator(".log.selected").getAttribute("aria-expanded"), "true");
    await page.keyboard.press("End");
    assert.equal(await selected.innerText(), "GET /cart");
    await page.keyboard.press("Escape");
    assert.equal(await page.locator(".log-details").count(), 0);
    await page.keyboard.press("?");
    await page.getByText("all that a record says").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("/");
    await page.keyboard.type("slow");
    await page.keyboard.press("Enter");
    await waitForLines(page, 1);
    await page.getByRole("treegrid").focus();
    await page.keyboard.press("j");
    await page.keyboard.press("t");
    await page.waitForURL(`**/trace/${TRACE}?span=${spanId(5)}`);
  });
});

test("pages are light and dark, and fit the smallest screen and the widest", async () => {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    for (const viewport of [SMALLEST, PHONE, WIDEST]) {
      await browser.open(
        `${backend.url}/logs`,
        async (page) => {
          await waitForLines(page, 5);
          await lines(page).nth(1).click();
          await page.locator(".log-details").waitFor();
          await assertFits(page);
          const box = await page.locator(".logs").boundingBox();
          assert.ok(box && box.height > 200, "the list has room");
          await keepScreenshot(page, `logs-${viewport.width}-${colorScheme}`);
        },
        { viewport, colorScheme },
      );
    }
  }
});

test("a server without logs, and one that did not look at all of them, are told of", async () => {
  const said = { error: { message: "there is no such path" } };
  await browser.open(
    backend.url,
    async (page) => {
      await page.route("**/api/clew/v1/logs?**", (route) => route.fulfill({ status: 404, json: said }));
      await page.goto(`${backend.url}/logs`);
      await page.getByRole("heading", { name: "This server keeps no logs" }).waitFor();
      await page.getByText("there is no such path").waitFor();
      await page.unroute("**/api/clew/v1/logs?**");
      await page.route("**/api/clew/v1/logs?**", async (route) => {
        const answer = await route.fetch();
        await route.fulfill({ json: { ...(await answer.json()), partial: "a segment is damaged" } });
      });
      await page.goto(`${backend.url}/logs`);
      await page.getByText("Not all that is stored was searched: a segment is damaged").waitFor();
      await page.unroute("**/api/clew/v1/logs?**");
      await page.route("**/api/clew/v1/logs?**", (route) => route.fulfill({ status: 503, json: { error: { message: "too busy" } } }));
      await page.goto(`${backend.url}/logs`);
      await page.getByText("too busy").waitFor();
      await page.unroute("**/api/clew/v1/logs?**");
      await waitForLines(page, 5);
    },
    { allowed: /404|503/ },
  );
});

// The last one: its records stay.
test("hostile records stay text", async () => {
  await sendLogs(backend.otlp, [
    { at: Date.now() - 5_000, level: "error", service: MARKUP, body: MARKUP, attributes: [[MARKUP, MARKUP], ["__proto__", "x"]], event: MARKUP },
    { at: Date.now() - 4_000, service: OVERRIDE, body: OVERRIDE },
    { at: Date.now() - 3_000, service: "__proto__", body: { [MARKUP]: [MARKUP, "javascript:window.pwned=1"], ["__proto__"]: { polluted: true } } },
    { at: Date.now() - 2_000, service: "long", body: "long-".repeat(20_000) },
    { at: Date.now() - 1_000, service: "", body: "" },
  ]);
  await browser.open(`${backend.url}/logs`, async (page) => {
    await waitForLines(page, 10);
    assert.equal((await texts(page))[3], "invoice⟨U+202E⟩gnp.exe");
    assert.equal((await texts(page))[4], MARKUP);
    for (let i = 0; i < 5; i++) {
      await page.keyboard.press("j");
      await page.keyboard.press("Enter");
    }
    assert.equal(await page.locator(".log-details").count(), 5);
    const found = await page.evaluate(() => ({
      pwned: "pwned" in window,
      polluted: "polluted" in {},
      images: document.querySelectorAll("#app img:not(.brand img)").length,
      scripts: document.querySelectorAll("#app script").length,
      links: [...document.querySelectorAll("#app a")].filter((each) => /^(javascript|data):/.test(each.getAttribute("href") ?? "")).length,
    }));
    assert.deepEqual(found, { pwned: false, polluted: false, images: 0, scripts: 0, links: 0 });
    await assertFits(page);
    await keepScreenshot(page, "logs-hostile-light");
  });
});
