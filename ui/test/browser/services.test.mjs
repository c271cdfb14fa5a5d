// The page of services: the map, and the figures of each.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startBackend } from "./support/backend.mjs";
import { NARROW, PHONE, assertFits, keepScreenshot, startBrowser } from "./support/browser.mjs";
import { sendTrace } from "./support/otlp.mjs";
import { demoSpans, failedSpans, repeatedSpans, spanId } from "./support/traces.mjs";

/** @type {import("./support/backend.mjs").Backend} */
let backend;
/** @type {import("./support/backend.mjs").Backend} */
let empty;
/** @type {Awaited<ReturnType<typeof startBrowser>>} */
let browser;

const id = (/** @type {number} */ number) => `5e${String(number).padStart(30, "0")}`;

before(async () => {
  [backend, empty, browser] = await Promise.all([startBackend(), startBackend(), startBrowser()]);
  for (let i = 0; i < 20; i++) {
    const traceId = id(i + 1);
    const spans = i % 5 === 3 ? failedSpans(traceId) : demoSpans(traceId);
    await sendTrace(backend.otlp, { traceId, start: Date.now() - 3_000_000 + i * 140_000, spans });
  }
  await sendTrace(backend.otlp, { traceId: id(90), start: Date.now() - 60_000, spans: repeatedSpans() });
  const evil = "<img src=x onerror=alert(1)>\u202e";
  await sendTrace(backend.otlp, {
    traceId: id(91),
    start: Date.now() - 60_000,
    spans: [
      { service: evil, name: evil, id: spanId(1), at: 0, lasts: 900, kind: "server" },
      { service: evil, name: "", id: spanId(2), parent: spanId(1), at: 1, lasts: 9, kind: "client", attributes: { "db.system": evil } },
    ],
  });
});

after(async () => {
  await browser?.close();
  await Promise.all([backend?.stop(), empty?.stop()]);
});

test("the map shows who calls whom with rate, errors and latency", async () => {
  await browser.open(backend.url, async (page) => {
    await page.getByRole("link", { name: "Services" }).click();
    const node = page.getByRole("link", { name: /^bands-api, 20\/h, 20 % errors, p95 8\.\d+ s/ });
    await node.waitFor();
    await page.getByRole("link", { name: /^postgresql/ }).waitFor();
    const edges = await page.locator(".graph-edge title").allTextContents();
    assert.ok(edges.some((each) => /^client calls bands-api: 20 times, 20 % errors, p50 8\.\d+ s/.test(each)), edges.join("\n"));
    assert.ok(edges.some((each) => each.startsWith("shop calls postgresql: 40 times, 5 % errors")), edges.join("\n"));
    const bands = page.getByRole("row").filter({ hasText: "bands-api" });
    assert.match((await bands.innerText()).replace(/\s+/g, " "), /bands-api 20\/h 20 % 8\.\d+ s 8\.\d+ s 8\.\d+ s/);
    assert.ok((await page.locator(".graph-label").allTextContents()).some((each) => /20 calls · p95 8\.\d+ s$/.test(each)));
    const client = page.getByRole("row").filter({ hasText: "client" });
    await client.getByTitle("It makes calls and answers none").waitFor();
    await assertFits(page);
    await keepScreenshot(page, "services-light");
    await node.click();
    await page.getByRole("heading", { name: "bands-api" }).waitFor();
    assert.ok(page.url().endsWith("/services?last=1h&service=bands-api"));
    // Those that have nothing to do with it are out of the way.
    await page.getByRole("link", { name: /^postgresql/ }).waitFor({ state: "detached" });
    await page.getByRole("link", { name: /^client, / }).waitFor();
  });
});

test("a node of the map leads to its service and back without loading the page again", async () => {
  await browser.open(`${backend.url}/services`, async (page) => {
    await page.evaluate(() => Object.assign(window, { isKept: true }));
    const isKept = () => page.evaluate(() => "isKept" in window);
    const node = page.getByRole("link", { name: /^bands-api, 20\/h/ });
    await node.click();
    await page.getByRole("heading", { name: "bands-api" }).waitFor();
    assert.ok(await isKept());
    await node.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "bands-api" }).waitFor({ state: "detached" });
    assert.ok(page.url().endsWith("/services?last=1h"));
    assert.ok(await isKept());
    // In a tab of its own, as any link.
    const [tab] = await Promise.all([page.context().waitForEvent("page"), node.click({ modifiers: ["Control"] })]);
    await tab.waitForURL(/service=bands-api/);
    assert.ok(page.url().endsWith("/services?last=1h"));
  });
});

test("a service has its figures over time, and its slowest spans lead to their traces", async () => {
  await browser.open(
    `${backend.url}/services?service=bands-api`,
    async (page) => {
      await page.getByRole("img", { name: "Latency over time" }).waitFor();
      const name = page.getByRole("row").filter({ hasText: "GET /bands/{id}" });
      assert.match((await name.innerText()).replace(/\s+/g, " "), /GET \/bands\/\{id\} 20\/h 20 %/);
      await keepScreenshot(page, "service-dark");
      await page.locator(".exemplar").first().click();
      await page.getByRole("complementary", { name: "Span details" }).waitFor();
      assert.match(page.url(), /\/trace\/5e0+\d+\?span=/);
    },
    { colorScheme: "dark" },
  );
});

test("one name can be looked at alone, and spans of every kind", async () => {
  await browser.open(`${backend.url}/services?service=reviews-api&kind=all`, async (page) => {
    await page.getByRole("link", { name: "make_review" }).click();
    await page.getByText("“make_review” alone.").waitFor();
    assert.equal(new URL(page.url()).searchParams.get("name"), "make_review");
    await page.getByRole("link", { name: "make_review" }).click();
    await page.getByText("All spans of the service.").waitFor();
    await page.getByRole("link", { name: "Only requests to it" }).click();
    await page.getByText("All requests to the service.").waitFor();
    await page.getByRole("link", { name: "Its traces" }).click();
    await page.locator(".result").first().waitFor();
    assert.match(page.url(), /\/search\?service=reviews-api&lookback=1h/);
  });
});

test("a narrow screen has rate, errors and p95 in sight", async () => {
  const viewport = { width: 360, height: 740 };
  await browser.open(
    `${backend.url}/services`,
    async (page) => {
      for (const name of ["Rate", "Errors", "p95"]) {
        const box = await page.getByRole("columnheader", { name, exact: true }).boundingBox();
        assert.ok(box && box.x + box.width <= viewport.width, `${name}: ${JSON.stringify(box)}`);
      }
      assert.equal(await page.locator(".figure-list-box").getAttribute("data-more"), "right");
    },
    { viewport },
  );
});

test("a client that nobody calls is seen by what it does", async () => {
  await browser.open(`${backend.url}/services?service=client`, async (page) => {
    await page.getByRole("link", { name: "fetch_band" }).waitFor();
  });
});

test("without spans the page says what to do", async () => {
  await browser.open(`${empty.url}/services`, async (page) => {
    await page.getByRole("heading", { name: "No spans in this time" }).waitFor();
    await page.getByRole("link", { name: "24 hours" }).click();
    assert.equal(await page.getByRole("combobox").inputValue(), "24h");
    await page.getByRole("link", { name: "send a first trace" }).click();
    await page.waitForURL(`${empty.url}/`);
  });
});

test("hostile names stay text, and all of it fits a phone", async () => {
  for (const viewport of [PHONE, NARROW]) {
    await browser.open(
      `${backend.url}/services?service=${encodeURIComponent("<img src=x onerror=alert(1)>\u202e")}`,
      async (page) => {
        await page.getByRole("heading", { name: "<img src=x" }).waitFor();
        await page.getByRole("img", { name: "Latency over time" }).waitFor();
        const text = (await page.locator("main").textContent()) ?? "";
        assert.ok(text.includes("⟨U+202E⟩") && !text.includes("\u202e"));
        assert.equal(await page.locator("main img").count(), 0);
        await assertFits(page);
        await keepScreenshot(page, `services-${viewport.width}`);
      },
      { viewport },
    );
  }
});
