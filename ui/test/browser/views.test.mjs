// The flame graph, the table of spans and the graph of services of a trace.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startBackend } from "./support/backend.mjs";
import { DESKTOP, NARROW, PHONE, assertFits, keepScreenshot, startBrowser } from "./support/browser.mjs";
import { sendTrace } from "./support/otlp.mjs";
import { demoSpans, failedSpans, manySpans, spanId } from "./support/traces.mjs";

/** @typedef {import("playwright-core").Page} Page */

const DEMO = "0af7651916cd43dd8448eb211c80319c";
const FAILED = "4bf92f3577b34da6a3ce929d0e0e4736";
const LARGE = "1a46e000000000000000000000002000";
const HOSTILE = "33333333333333333333333333333333";
const CHAIN = "1a46e00000000000000000000000c4a1";

const SERVICES = "1a46e0000000000000000000005e41ce";

/** @type {import("./support/backend.mjs").Backend} */
let backend;
/** @type {Awaited<ReturnType<typeof startBrowser>>} */
let browser;

before(async () => {
  [backend, browser] = await Promise.all([startBackend(), startBrowser()]);
  const start = Date.now() - 30_000;
  await sendTrace(backend.otlp, { traceId: DEMO, start, spans: demoSpans(DEMO) });
  await sendTrace(backend.otlp, { traceId: FAILED, start, spans: failedSpans(FAILED) });
  await sendTrace(backend.otlp, { traceId: LARGE, start, spans: manySpans(2_000) });
  const evil = "<img src=x onerror=alert(1)>\u202e";
  await sendTrace(backend.otlp, {
    traceId: HOSTILE,
    start,
    spans: [
      { service: evil, name: evil, id: spanId(1), at: 0, lasts: 900 },
      { service: `${evil}2`, name: "", id: spanId(2), parent: spanId(1), at: 1, lasts: 9, kind: "client", attributes: { "db.system": evil } },
    ],
  });
  const chain = Array.from({ length: 3_000 }, (_, i) => ({
    service: "recursive",
    name: `level ${i}`,
    id: spanId(i),
    ...(i > 0 ? { parent: spanId(i - 1) } : {}),
    at: i * 10,
    lasts: 100_000 - i * 20,
  }));
  await sendTrace(backend.otlp, { traceId: CHAIN, start, spans: chain });
  const services = chain.slice(0, 2_000).map((span, i) => ({ ...span, service: `service-${i}` }));
  await sendTrace(backend.otlp, { traceId: SERVICES, start, spans: services });
});

after(async () => {
  await browser?.close();
  await backend?.stop();
});

/** @param {Page} page */
const details = (page) => page.getByRole("complementary", { name: "Span details" });

test("the flame graph shows where the time went, and a frame leads to its span", async () => {
  await browser.open(`${backend.url}/trace/${DEMO}`, async (page) => {
    await page.getByRole("treegrid").waitFor();
    await page.keyboard.press("f");
    const frames = page.getByRole("group", { name: "Frames" }).getByRole("button");
    await frames.first().waitFor();
    // What took a millisecond of nine seconds is too narrow to be seen.
    assert.equal(await frames.count(), 8);
    const many = frames.filter({ hasText: "make_review ×8" });
    assert.match((await many.getAttribute("title")) ?? "", /reviews-api: make_review\n8 spans, 3\.89 s \(44 %\), 3\.89 s of it self time/);
    await assertFits(page);
    await keepScreenshot(page, "flame-light");
    const before = await many.boundingBox();
    await many.click();
    await details(page).getByRole("heading", { name: "make_review" }).waitFor();
    await page.getByRole("button", { name: "Show the whole trace" }).waitFor();
    const zoomed = await many.boundingBox();
    assert.ok(before && zoomed && zoomed.width > before.width);
    assert.match(page.url(), /view=flame&span=/);
  });
});

test("what is looked for stands out in the flame graph and in the graph of services", async () => {
  await browser.open(`${backend.url}/trace/${DEMO}?view=flame`, async (page) => {
    await page.getByRole("searchbox", { name: "Find in this trace" }).fill("reviews-api");
    await page.locator(".frame.unmatched").first().waitFor();
    assert.equal(await page.locator(".frame:not(.unmatched)").count(), 3);
    await page.getByRole("navigation", { name: "Views of the trace" }).getByRole("link", { name: "Services" }).click();
    await page.locator(".graph-node.dim").first().waitFor();
    assert.equal(await page.locator(".graph-node:not(.dim)").count(), 1);
  });
});

test("the table sorts by self time, and by any other column", async () => {
  await browser.open(`${backend.url}/trace/${DEMO}?view=spans`, async (page) => {
    const table = page.getByRole("table", { name: "Spans" });
    const first = table.getByRole("row").nth(1);
    await first.getByText("GET /bands/{id}").waitFor();
    assert.match((await first.innerText()).replace(/\s+/g, " "), /bands-api GET \/bands\/\{id\} 5\.01 s 1 8\.91 s 5\.01 s 8\.91 s 8\.91 s/);
    await keepScreenshot(page, "table-light");
    await table.getByRole("button", { name: "Spans" }).click();
    await table.getByRole("row").nth(1).getByText("make_review").waitFor();
    assert.equal(await table.getByRole("columnheader", { name: "Spans" }).getAttribute("aria-sort"), "descending");
    await table.getByRole("row").nth(1).click();
    await details(page).getByRole("heading", { name: "make_review" }).waitFor();
    await page.getByRole("button", { name: "By service" }).click();
    await page.locator('[role="table"][aria-rowcount="4"]').waitFor();
    await page.getByRole("button", { name: "Each span" }).click();
    await page.locator('[role="table"][aria-rowcount="17"]').waitFor();
    await page.getByRole("searchbox", { name: "Find in this trace" }).fill("make_review");
    await page.getByText("8 of 16 rows").waitFor();
  });
});

test("a narrow screen has all views, and of the table name, self time and count", async () => {
  const viewport = { width: 360, height: 740 };
  await browser.open(
    `${backend.url}/trace/${DEMO}?view=spans`,
    async (page) => {
      const table = page.getByRole("table", { name: "Spans" });
      for (const name of ["Self time", "Spans"]) await assertInSight(table.getByRole("columnheader", { name }), viewport.width);
      await assertInSight(page.getByRole("link", { name: "Propagation" }), viewport.width);
      const name = table.getByRole("rowheader").first();
      await table.evaluate((element) => (element.scrollLeft = 400));
      // The rest passes below the name.
      await assertInSight(table.getByRole("columnheader", { name: "Errors" }), viewport.width);
      await assertInSight(name, viewport.width);
    },
    { viewport },
  );
});

/** @param {import("playwright-core").Locator} element @param {number} width of the screen */
async function assertInSight(element, width) {
  await element.waitFor();
  const box = await element.boundingBox();
  assert.ok(box && box.x >= 0 && box.x + box.width <= width, `${JSON.stringify(box)} on a screen ${width} wide`);
}

test("2,000 spans are a table of which a part is drawn", async () => {
  await browser.open(
    `${backend.url}/trace/${LARGE}?view=spans`,
    async (page) => {
      await page.getByRole("button", { name: "Each span" }).click();
      await page.locator('[role="table"][aria-rowcount="2001"]').waitFor();
      assert.ok((await page.getByRole("row").count()) < 80);
      await keepScreenshot(page, "table-dark");
    },
    { colorScheme: "dark" },
  );
});

test("the graph shows who called whom, and choosing a service finds its spans", async () => {
  await browser.open(`${backend.url}/trace/${FAILED}?view=services`, async (page) => {
    const node = page.getByRole("link", { name: /^bands-api, 4 spans, 3 errors/ });
    await node.waitFor();
    assert.equal(await page.locator(".graph-edge.bad").count(), 1);
    await assertFits(page);
    await keepScreenshot(page, "graph-light");
    await node.click();
    assert.equal(await page.getByRole("searchbox", { name: "Find in this trace" }).inputValue(), "bands-api");
  });
});

test("errors are a key away in each view", async () => {
  await browser.open(`${backend.url}/trace/${FAILED}?view=flame`, async (page) => {
    await page.locator(".frame").first().waitFor();
    await page.keyboard.press("e");
    await details(page).getByRole("heading", { name: "GET", exact: true }).waitFor();
    await page.keyboard.press("Escape");
    await details(page).waitFor({ state: "detached" });
  });
});

test("hostile names stay text in every view", async () => {
  for (const view of ["flame", "spans", "services"]) {
    await browser.open(`${backend.url}/trace/${HOSTILE}?view=${view}`, async (page) => {
      const body = page.locator(".trace-body");
      await page.locator(".frame, .table-room .table-row, .graph-node").first().waitFor();
      const text = (await body.textContent()) ?? "";
      assert.ok(text.includes("<img src=x") && text.includes("⟨U+202E⟩"), text);
      assert.ok(!text.includes("\u202e"));
      assert.equal(await body.locator("img").count(), 0);
    });
  }
});

test("a chain of 3,000 spans is drawn in each view, and all of them fit a phone", async () => {
  for (const [view, viewport] of /** @type {const} */ ([["flame", PHONE], ["spans", NARROW], ["services", PHONE]])) {
    await browser.open(
      `${backend.url}/trace/${CHAIN}?view=${view}`,
      async (page) => {
        await page.locator(".frame, .table-room .table-row, .graph-node").first().waitFor();
        assert.ok((await page.locator(".frame, .table-room .table-row").count()) < 120);
        await assertFits(page);
        await keepScreenshot(page, `chain-${view}-phone`);
      },
      { viewport },
    );
  }
});

test("of a chain of 2,000 services a part is drawn, and the page says of how many", async () => {
  for (const viewport of [DESKTOP, PHONE]) {
    await browser.open(
      `${backend.url}/trace/${SERVICES}?view=services`,
      async (page) => {
        await page.getByText("Not drawn: 1,940 more with less to do.").waitFor();
        assert.equal(await page.locator(".graph-node").count(), 60);
        assert.equal(await page.locator(".graph-edge").count(), 59);
        await assertFits(page);
        await keepScreenshot(page, `graph-left-out-${viewport.width}`);
      },
      { viewport },
    );
  }
});
