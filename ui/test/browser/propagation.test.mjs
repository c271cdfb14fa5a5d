// The view of a trace that follows its context from process to process.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startBackend } from "./support/backend.mjs";
import { NARROW, PHONE, assertFits, keepScreenshot, startBrowser } from "./support/browser.mjs";
import { sendTrace } from "./support/otlp.mjs";
import { demoSpans, spanId } from "./support/traces.mjs";

/** @typedef {import("playwright-core").Page} Page */

const DEMO = "0af7651916cd43dd8448eb211c80319c";
const CALLING = "11111111111111111111111111111111";
const CALLED = "22222222222222222222222222222222";
const HOSTILE = "33333333333333333333333333333333";
const MANY = "44444444444444444444444444444444";

/** @type {import("./support/backend.mjs").Backend} */
let backend;
/** @type {Awaited<ReturnType<typeof startBrowser>>} */
let browser;

before(async () => {
  [backend, browser] = await Promise.all([startBackend(), startBrowser()]);
  const start = Date.now() - 30_000;
  await sendTrace(backend.otlp, { traceId: DEMO, start, spans: demoSpans(DEMO) });
  const call = /** @type {const} */ ({ kind: "client", attributes: { "url.full": "http://pay:80/charge", "server.address": "pay", "server.port": 80 } });
  await sendTrace(backend.otlp, {
    traceId: CALLING,
    start,
    spans: [{ service: "web", name: "POST", id: spanId(1), at: 0, lasts: 900, ...call }],
  });
  await sendTrace(backend.otlp, {
    traceId: CALLED,
    start,
    spans: [{ service: "pay", name: "POST /charge", id: spanId(2), at: 100, lasts: 700, kind: "server", attributes: { "url.path": "/charge" } }],
  });
  const header = { "http.request.header.traceparent": ["<img src=x onerror=alert(1)>\u202e"], "http.request.header.tracestate": ["<b>=\u202e"] };
  await sendTrace(backend.otlp, {
    traceId: HOSTILE,
    start,
    spans: [
      { service: "<script>", name: "<script>alert(2)</script>", id: spanId(1), at: 0, lasts: 900, kind: "client", attributes: { "peer.service": "<i>peer\u202e" } },
      { service: "<i>x\u202e", name: "<b>", id: spanId(2), parent: spanId(1), at: 1, lasts: 9, kind: "server", attributes: header },
    ],
  });
  const calls = Array.from({ length: 250 }, (_, i) => ({ service: "web", name: `call ${i}`, id: spanId(i + 1), at: i, lasts: 9, kind: /** @type {const} */ ("client") }));
  await sendTrace(backend.otlp, { traceId: MANY, start, spans: calls });
});

after(async () => {
  await browser?.close();
  await backend?.stop();
});

/** @param {Page} page */
const view = (page) => page.getByRole("region", { name: "Propagation" });
/** @param {Page} page */
const hops = (page) => view(page).locator(".hop");

test("each call is shown with the headers that it took", async () => {
  await browser.open(`${backend.url}/trace/${DEMO}`, async (page) => {
    await page.getByRole("link", { name: "Propagation" }).click();
    await view(page).getByRole("heading", { name: "The context arrived" }).waitFor();
    assert.equal(new URL(page.url()).searchParams.get("view"), "propagation");
    assert.equal(await hops(page).count(), 2);
    const first = (await hops(page).first().innerText()).replace(/\s+/g, " ");
    assert.match(first, /client GET .*bands-api GET \/bands\/\{id\}/);
    assert.match(first, new RegExp(`traceparent recorded 00 version ${DEMO} trace-id ${spanId(2)} parent-id: client’s span 03 sampled, random id`));
    assert.match(first, /tracestate (recorded|reconstructed) foo bar/);
    await assertFits(page);
    await keepScreenshot(page, "propagation-light");
  });
});

test("its address and its key lead there, and back", async () => {
  await browser.open(`${backend.url}/trace/${DEMO}?view=propagation`, async (page) => {
    await hops(page).first().waitFor();
    assert.equal(await page.getByRole("treegrid").count(), 0);
    await page.keyboard.press("t");
    await page.getByRole("treegrid").waitFor();
    await page.keyboard.press("p");
    await hops(page).first().waitFor();
    await page.goBack();
    await page.getByRole("treegrid").waitFor();
  });
});

test("an end of a call opens its span beside", async () => {
  await browser.open(`${backend.url}/trace/${DEMO}?view=propagation`, async (page) => {
    await hops(page).first().getByRole("link", { name: "GET /bands/{id}" }).click();
    const details = page.getByRole("complementary", { name: "Span details" });
    await details.getByRole("heading", { name: "GET /bands/{id}" }).waitFor();
    assert.ok(await view(page).isVisible());
    assert.match(page.url(), /view=propagation&span=/);
    await keepScreenshot(page, "propagation-span");
  });
});

test("where the trace broke it says why, what to do, and where it goes on", async () => {
  await browser.open(`${backend.url}/trace/${CALLING}`, async (page) => {
    const tab = page.getByRole("link", { name: "Propagation" });
    await tab.getByText("1").waitFor();
    await tab.click();
    const hop = hops(page).first();
    await hop.getByText("While web waited, pay began a trace of its own: POST /charge.").waitFor();
    assert.match(await hop.innerText(), /pay:80/);
    assert.match(await hop.innerText(), /The context did not arrive/);
    await keepScreenshot(page, "propagation-broken");
    await hop.getByRole("link", { name: "Go to the other trace" }).click();
    await view(page).getByText("pay began this trace while web called it in another: POST.").waitFor();
    assert.ok(page.url().includes(CALLED));
  });
});

test("hostile values stay text", async () => {
  await browser.open(`${backend.url}/trace/${HOSTILE}?view=propagation`, async (page) => {
    await hops(page).first().waitFor();
    const text = await view(page).innerText();
    assert.ok(text.includes("<img src=x onerror=alert(1)>⟨U+202E⟩"), text);
    assert.ok(text.includes("<script>alert(2)</script>"));
    assert.ok(!text.includes("\u202e"));
    assert.equal(await view(page).locator("img, script, b, i").count(), 0);
  });
});

test("of many calls a part is drawn, and more on demand", async () => {
  await browser.open(`${backend.url}/trace/${MANY}?view=propagation`, async (page) => {
    await hops(page).first().waitFor();
    assert.equal(await hops(page).count(), 100);
    await page.getByRole("button", { name: "Show more (150 left)" }).click();
    await page.getByRole("button", { name: "Show more (50 left)" }).click();
    assert.equal(await hops(page).count(), 250);
  });
});

test("on a phone and in the dark everything is in sight", async () => {
  for (const viewport of [PHONE, NARROW]) {
    await browser.open(
      `${backend.url}/trace/${CALLING}?view=propagation`,
      async (page) => {
        await hops(page).first().waitFor();
        await assertFits(page);
        await keepScreenshot(page, `propagation-dark-${viewport.width}`);
      },
      { viewport, colorScheme: "dark" },
    );
  }
});
