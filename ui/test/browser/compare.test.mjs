// The page that compares two traces.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startBackend } from "./support/backend.mjs";
import { NARROW, PHONE, assertFits, keepScreenshot, startBrowser } from "./support/browser.mjs";
import { sendTrace } from "./support/otlp.mjs";
import { demoSpans, repeatedSpans, spanId } from "./support/traces.mjs";

/** @typedef {import("playwright-core").Page} Page */

const BEFORE = "0af7651916cd43dd8448eb211c80319c";
const AFTER = "1bf7651916cd43dd8448eb211c80319c";
const REPEATED = "5e1ec70000000000000000000000000a";
const ONCE = "5e1ec70000000000000000000000000b";
const HOSTILE = "33333333333333333333333333333333";

/** @type {import("./support/backend.mjs").Backend} */
let backend;
/** @type {Awaited<ReturnType<typeof startBrowser>>} */
let browser;

before(async () => {
  [backend, browser] = await Promise.all([startBackend(), startBrowser()]);
  const start = Date.now() - 30_000;
  await sendTrace(backend.otlp, { traceId: BEFORE, start, spans: demoSpans(BEFORE) });
  const repaired = demoSpans(AFTER).map((span) => ({ ...span, at: span.at / 500, lasts: span.lasts / 500 }));
  await sendTrace(backend.otlp, { traceId: AFTER, start: start + 9_000, spans: repaired });
  await sendTrace(backend.otlp, { traceId: REPEATED, start, spans: repeatedSpans() });
  const [root, query] = repeatedSpans();
  const one = [root, query].flatMap((span) => (span ? [{ ...span, lasts: 4_000 }] : []));
  const fails = /** @type {const} */ ({ service: "shop", name: "render", id: spanId(3), parent: spanId(1), at: 10, lasts: 9, kind: "producer", error: "no" });
  await sendTrace(backend.otlp, { traceId: ONCE, start, spans: [...one, fails] });
  const evil = "<img src=x onerror=alert(1)>\u202e";
  await sendTrace(backend.otlp, { traceId: HOSTILE, start, spans: [{ service: evil, name: evil, id: spanId(1), at: 0, lasts: 9_000 }] });
});

after(async () => {
  await browser?.close();
  await backend?.stop();
});

/** @param {string} before @param {string} [after] */
const address = (before, after) => `${backend.url}/compare?before=${before}${after ? `&after=${after}` : ""}`;
/** @param {Page} page @param {string} name */
const row = (page, name) => page.getByRole("row").filter({ hasText: name }).first();

test("from a trace to its comparison with another of the same call", async () => {
  await browser.open(`${backend.url}/trace/${BEFORE}`, async (page) => {
    await page.getByRole("link", { name: "Compare" }).click();
    await page.getByRole("heading", { name: "Compare with which trace?" }).waitFor();
    await keepScreenshot(page, "compare-choose-light");
    assert.equal(await page.locator(".offers li").count(), 1);
    await page.locator(".offers a").click();
    await page.getByText(/8\.9\d s → 17\.8 ms/).waitFor();
    assert.ok(page.url().endsWith(`/compare?before=${BEFORE}&after=${AFTER}`));
  });
});

test("what makes the difference is said at once, and each span has both its times", async () => {
  await browser.open(address(BEFORE, AFTER), async (page) => {
    await page.getByText("500 times faster").waitFor();
    const explained = await page.locator(".explanations li").allInnerTexts();
    assert.match((explained[0] ?? "").replace(/\s+/g, " "), /bands-api ?GET \/bands\/\{id\} −5 s/);
    assert.match((explained[1] ?? "").replace(/\s+/g, " "), /reviews-api ?make_review ×8 −3\.88 s/);
    const band = row(page, "GET /bands/{id}");
    assert.match((await band.innerText()).replace(/\s+/g, " "), /↓ bands-api GET \/bands\/\{id\} 8\.91 s 17\.8 ms −8\.89 s/);
    await band.getByRole("img", { name: "faster" }).waitFor();
    await assertFits(page);
    await keepScreenshot(page, "compare-light");
    await band.getByRole("link", { name: "17.8 ms" }).click();
    await page.getByRole("complementary", { name: "Span details" }).waitFor();
    assert.ok(page.url().includes(`/trace/${AFTER}?span=`));
  });
});

test("what is new and gone is marked, and can be seen alone", async () => {
  await browser.open(
    address(REPEATED, ONCE),
    async (page) => {
      const queries = page.getByRole("row").filter({ hasText: /×\d+/ }).first();
      await queries.getByRole("img", { name: "gone" }).waitFor();
      await row(page, "render").getByRole("img", { name: "new" }).waitFor();
      await keepScreenshot(page, "compare-dark");
      await page.getByRole("button", { name: /^new/ }).click();
      await page.locator('[aria-rowcount="3"]').waitFor();
      await page.getByTitle("The other way round").click();
      await queries.getByRole("img", { name: "new" }).waitFor();
    },
    { colorScheme: "dark" },
  );
});

test("a trace that is not there, or no id at all, is said", async () => {
  const gone = "99999999999999999999999999999999";
  const allowed = /404/;
  await browser.open(address(BEFORE, gone), async (page) => page.getByText(`trace ${gone} not found`).waitFor(), { allowed });
  await browser.open(address(gone), async (page) => page.getByText("The trace to compare is not here.").waitFor(), { allowed });
  await browser.open(address(BEFORE), async (page) => {
    const field = page.getByRole("textbox", { name: "Trace id or traceparent to compare with" });
    await field.fill("nonsense");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("Neither a trace id").waitFor();
    await field.fill(`00-${AFTER}-${spanId(1)}-01`);
    await page.keyboard.press("Enter");
    await page.getByText("500 times faster").waitFor();
  });
});

test("hostile names stay text, and all of it fits a phone", async () => {
  for (const viewport of [PHONE, NARROW]) {
    await browser.open(
      address(HOSTILE, BEFORE),
      async (page) => {
        const hostile = row(page, "<img src=x");
        await hostile.waitFor();
        const text = (await page.locator("main").textContent()) ?? "";
        assert.ok(text.includes("⟨U+202E⟩") && !text.includes("\u202e"));
        assert.equal(await page.locator("main img").count(), 0);
        await assertFits(page);
        await keepScreenshot(page, `compare-${viewport.width}`);
      },
      { viewport },
    );
  }
});

test("without a trace, both can be chosen one after the other", async () => {
  await browser.open(`${backend.url}/compare`, async (page) => {
    await page.getByRole("heading", { name: "Compare which traces?" }).waitFor();
    await page.locator(".offers a").first().click();
    await page.getByRole("heading", { name: "Compare with which trace?" }).waitFor();
    await page.goBack();
    await page.getByRole("textbox", { name: "Trace id or traceparent to begin with" }).fill(BEFORE);
    await page.keyboard.press("Enter");
    await page.waitForURL(address(BEFORE));
    await page.locator(".offers a").first().waitFor();
  });
});
