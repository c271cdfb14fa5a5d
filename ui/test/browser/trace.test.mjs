// The trace page, on the demo's trace and on a failed one.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startBackend } from "./support/backend.mjs";
import { NARROW, PHONE, assertFits, assertInWidth, keepScreenshot, startBrowser } from "./support/browser.mjs";
import { sendTrace } from "./support/otlp.mjs";
import { demoSpans, failedSpans, spanId } from "./support/traces.mjs";

/** @typedef {import("playwright-core").Page} Page */

const DEMO = "0af7651916cd43dd8448eb211c80319c";
const FAILED = "4bf92f3577b34da6a3ce929d0e0e4736";

/** @type {import("./support/backend.mjs").Backend} */
let backend;
/** @type {Awaited<ReturnType<typeof startBrowser>>} */
let browser;

before(async () => {
  [backend, browser] = await Promise.all([startBackend(), startBrowser()]);
  const start = Date.now() - 30_000;
  await sendTrace(backend.otlp, { traceId: DEMO, start, spans: demoSpans(DEMO) });
  await sendTrace(backend.otlp, { traceId: FAILED, start, spans: failedSpans(FAILED) });
});

after(async () => {
  await browser?.close();
  await backend?.stop();
});

/** @param {Page} page @param {string} name @param {number} [nth] */
const row = (page, name, nth = 0) => page.getByRole("row").filter({ hasText: name }).nth(nth);

test("the waterfall shows three services, their spans and where the time went", async () => {
  await browser.open(`${backend.url}/trace/${DEMO}`, async (page) => {
    await page.getByRole("heading", { name: "client fetch_band" }).waitFor();
    assert.equal(await page.title(), "client: fetch_band · Clew");
    assert.equal(await page.getByRole("row").count(), 16);
    const facts = await page.locator(".trace-facts").innerText();
    assert.match(facts.replace(/\s+/g, " "), /Duration 8\.91 s Spans 16 Services 3 Depth 8 Errors 0 Started/);
    const services = await page.locator(".shares li").allInnerTexts();
    assert.deepEqual(services.map((text) => text.split(/\s+/).slice(0, 3).join(" ")), [
      "client 2 spans",
      "bands-api 4 spans",
      "reviews-api 10 spans",
    ]);
    assert.deepEqual(await page.getByRole("list", { name: "Legend" }).getByRole("listitem").allInnerTexts(), [
      "self time",
      "in children",
      "client",
      "server",
    ]);
    await row(page, "GET").getByRole("img", { name: "client span: a call to another service" }).waitFor();
    // The five seconds that no child explains.
    assert.equal(await row(page, "GET /bands/{id}").locator(".gap").innerText(), "5 s of self time");
    assert.equal(await page.locator(".gap").count(), 1);
    await assertFits(page);
    await keepScreenshot(page, "trace-light");
  });
});

test("the pointer names the moment it is at", async () => {
  await browser.open(`${backend.url}/trace/${DEMO}`, async (page) => {
    const box = await row(page, "GET /reviews").locator(".track").boundingBox();
    assert.ok(box);
    await page.mouse.move(box.x + box.width / 2, box.y + 5);
    assert.match(await page.locator(".pointed").innerText(), /^4\.4\d s$/);
  });
});

test("the trace is at hand as JSON", async () => {
  await browser.open(`${backend.url}/trace/${DEMO}`, async (page) => {
    const href = await page.getByRole("link", { name: "JSON" }).getAttribute("href");
    const answer = await fetch(backend.url + href);
    const { data } = /** @type {any} */ (await answer.json());
    assert.equal(data[0].spans.length, 16);
  });
});

test("bars stand where their spans do", async () => {
  await browser.open(`${backend.url}/trace/${DEMO}`, async (page) => {
    const bar = async (/** @type {string} */ name) => {
      const box = await row(page, name).locator(".bar").boundingBox();
      assert.ok(box, name);
      return { left: box.x, right: box.x + box.width };
    };
    const [root, band, reviews] = [await bar("fetch_band"), await bar("find_band"), await bar("get_reviews_by_band_id")];
    const width = root.right - root.left;
    assert.ok(Math.abs((reviews.left - root.left) / width - 5_007 / 8_915) < 0.01);
    assert.ok(reviews.right <= root.right && band.left >= root.left && band.right < reviews.left);
  });
});

test("a span opens with its context, attributes, resource and ids", async () => {
  await browser.open(`${backend.url}/trace/${DEMO}`, async (page) => {
    await row(page, "GET /bands/{id}").click();
    const details = page.getByRole("complementary", { name: "Span details" });
    await details.getByRole("heading", { name: "GET /bands/{id}" }).waitFor();
    const text = (await details.innerText()).replace(/\s+/g, " ");
    assert.match(text, /bands-api server/);
    assert.match(text, /traceparent header, as received/);
    assert.match(text, new RegExp(`trace-id ${DEMO}`));
    assert.match(text, new RegExp(`parent-id ${spanId(2)} ?the parent of this span`));
    assert.match(text, /trace-flags 03 ?sampled, random id/);
    assert.match(text, /tracestate of the span foo bar/);
    assert.match(text, /http\.route \/bands\/\{id\}/);
    assert.match(text, /http\.response\.status_code 200/);
    assert.match(text, /service\.version 0\.1\.0/);
    assert.match(text, new RegExp(`span id ${spanId(3)}`));
    assert.match(text, /scope clew-telemetry 0\.1\.0/);
    assert.ok(page.url().endsWith(`/trace/${DEMO}?span=${spanId(3)}`), page.url());

    await details.getByRole("button", { name: "client: GET" }).click();
    await details.getByRole("heading", { name: "GET", exact: true }).waitFor();
    assert.match((await details.innerText()).replace(/\s+/g, " "), /traceparent header, as sent/);
    await page.getByRole("button", { name: "Close details" }).click();
    await details.waitFor({ state: "detached" });
  });
});

test("the address of a span opens it", async () => {
  await browser.open(
    `${backend.url}/trace/${DEMO}?span=${spanId(8)}`,
    async (page) => {
      const details = page.getByRole("complementary", { name: "Span details" });
      await details.getByRole("heading", { name: "get_reviews_by_band_id" }).waitFor();
      assert.match(await details.innerText(), /reviews counted/);
      assert.equal(await page.locator(".row.selected").count(), 1);
      await assertFits(page);
      await keepScreenshot(page, "trace-details-dark");
    },
    { colorScheme: "dark" },
  );
});

test("the keyboard moves, folds, opens and finds", async () => {
  await browser.open(`${backend.url}/trace/${DEMO}`, async (page) => {
    const selected = async () => (await page.locator(".row.selected .span-name").innerText()).trim();
    await page.getByRole("treegrid").focus();
    await page.keyboard.press("ArrowDown");
    assert.equal(await selected(), "fetch_band");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("j");
    assert.equal(await selected(), "GET /bands/{id}");
    await page.keyboard.press("ArrowLeft");
    assert.equal(await page.getByRole("row").count(), 3);
    assert.equal(await page.locator(".row.selected").getAttribute("aria-expanded"), "false");
    assert.equal(await page.locator(".row.selected .hidden-count").innerText(), "+13");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    assert.equal(await selected(), "find_band");
    await page.keyboard.press("ArrowLeft");
    assert.equal(await selected(), "GET /bands/{id}");
    await page.keyboard.press("End");
    assert.equal(await selected(), "make_review");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "make_review" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("heading", { name: "make_review" }).waitFor({ state: "detached" });

    await page.keyboard.press("/");
    await page.keyboard.type("review.number=3");
    assert.equal(await page.locator(".row.match").count(), 1);
    assert.equal(await page.locator(".row.unmatched").count(), 15);
    await page.keyboard.press("Enter");
    assert.equal(await page.locator(".find-count").innerText(), "1 of 1");
    await page.keyboard.press("Escape");
    assert.equal(await page.locator(".row.match").count(), 0);
  });
});

test("keys work at once on a page just opened, and not while the reader types", async () => {
  const open = async (/** @type {string} */ key, /** @type {(page: Page) => Promise<void>} */ then) =>
    browser.open(`${backend.url}/trace/${FAILED}`, async (page) => {
      await row(page, "fetch_band").waitFor();
      await page.keyboard.press(key);
      await then(page);
    });
  const selected = (/** @type {Page} */ page) => page.locator(".row.selected .span-name").innerText();
  await open("j", async (page) => {
    assert.equal(await selected(page), "fetch_band");
    await page.keyboard.press("j");
    assert.equal(await selected(page), "GET");
    await page.locator(".trace-services button").filter({ hasText: "client" }).click();
    await page.keyboard.press("N");
    assert.equal(await selected(page), "fetch_band", "after a click on a button, too");
  });
  await open("k", async (page) => assert.equal(await selected(page), "fetch_band"));
  await open("e", async (page) => assert.equal(await selected(page), "GET"));
  await open("Enter", (page) => page.getByRole("heading", { name: "fetch_band", level: 2 }).waitFor());
  await open("/", async (page) => {
    await page.keyboard.type("jken[]");
    assert.equal(await page.getByRole("searchbox").inputValue(), "jken[]");
    assert.equal(await page.locator(".row.selected").count(), 0);
  });
});

test("found text is marked, and finding unfolds what hides it", async () => {
  await browser.open(`${backend.url}/trace/${DEMO}`, async (page) => {
    await page.getByRole("button", { name: "Fold all", exact: true }).click();
    assert.equal(await page.getByRole("row").count(), 1);
    await page.getByRole("searchbox").fill("by_band");
    await page.getByRole("searchbox").press("Enter");
    await row(page, "get_reviews_by_band_id").waitFor();
    assert.deepEqual(await page.locator(".row mark").allInnerTexts(), ["by_band"]);
  });
});

test("a find leaves the rows where they are", async () => {
  await browser.open(`${backend.url}/trace/${DEMO}`, async (page) => {
    await row(page, "make_review").waitFor();
    const places = () =>
      page.getByRole("row").evaluateAll((rows) =>
        rows.map((each) => {
          const { y, height } = each.getBoundingClientRect();
          return [y, height];
        }),
      );
    const before = await places();
    await page.getByRole("searchbox").fill("make_review");
    await page.locator(".row.unmatched").first().waitFor();
    assert.deepEqual(await places(), before);
    await keepScreenshot(page, "trace-find-light");
  });
});

test("a drag over the ruler zooms, a double click shows all", async () => {
  await browser.open(`${backend.url}/trace/${DEMO}`, async (page) => {
    const ruler = await page.locator(".ruler").boundingBox();
    assert.ok(ruler);
    const labels = () => page.locator(".tick").allInnerTexts();
    const whole = await labels();
    const y = ruler.y + ruler.height / 2;
    await page.mouse.move(ruler.x + ruler.width * 0.6, y);
    await page.mouse.down();
    await page.mouse.move(ruler.x + ruler.width * 0.7, y, { steps: 4 });
    await page.mouse.up();
    await page.getByRole("button", { name: "Show the whole trace" }).waitFor();
    const zoomed = await labels();
    assert.ok(zoomed.some((label) => /^5\.\d+ s$/.test(label)), zoomed.join(" "));
    await page.locator(".ruler").dblclick();
    assert.deepEqual(await labels(), whole);
  });
});

test("errors are in sight, also when they are folded away", async () => {
  await browser.open(
    `${backend.url}/trace/${FAILED}`,
    async (page) => {
      await page.getByRole("heading", { name: "client fetch_band" }).waitFor();
      assert.equal(await page.locator(".row.failed").count(), 4);
      await page.getByRole("treegrid").focus();
      await page.keyboard.press("e");
      await page.keyboard.press("e");
      await page.keyboard.press("e");
      await page.keyboard.press("Enter");
      const details = page.getByRole("complementary", { name: "Span details" });
      await details.getByRole("heading", { name: "get_reviews" }).waitFor();
      const text = (await details.innerText()).replace(/\s+/g, " ");
      assert.match(text, /reviews-api cannot be reached/);
      assert.match(text, /exception 5 ms into the span/);
      assert.match(text, /exception\.message error sending request/);
      await keepScreenshot(page, "trace-errors-dark");
      await page.getByRole("button", { name: "Fold all", exact: true }).click();
      await page.getByRole("img", { name: "4 errors among the folded spans" }).waitFor();
    },
    { colorScheme: "dark" },
  );
});

test("a phone shows names above bars, and details over the page", async () => {
  await browser.open(
    `${backend.url}/trace/${DEMO}`,
    async (page) => {
      await row(page, "GET /bands/{id}").waitFor();
      await assertFits(page);
      await keepScreenshot(page, "trace-phone");
      await row(page, "GET /bands/{id}").click();
      await page.getByRole("heading", { name: "GET /bands/{id}" }).waitFor();
      await assertFits(page);
      await keepScreenshot(page, "trace-phone-details");
    },
    { viewport: PHONE },
  );
});

test("a narrow page has its legend in sight", async () => {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    await browser.open(
      `${backend.url}/trace/${DEMO}`,
      async (page) => {
        await row(page, "GET /bands/{id}").waitFor();
        await assertFits(page);
        await assertInWidth(page.locator(".trace-header *"));
        await keepScreenshot(page, `trace-narrow-${colorScheme}`);
      },
      { viewport: NARROW, colorScheme },
    );
  }
});

test("a value is copied, and a link to it finds its trace", async () => {
  await browser.open(`${backend.url}/trace/${DEMO}?span=${spanId(12)}`, async (page) => {
    const attribute = page.locator(".attribute").filter({ hasText: "review.number" });
    await attribute.hover();
    await attribute.getByRole("link", { name: "Find traces with this value" }).click();
    await page.getByRole("link", { name: /fetch_band/ }).waitFor();
    assert.equal(await page.getByLabel("Attributes").inputValue(), "review.number=3");
    assert.equal(await page.getByLabel("Service").inputValue(), "reviews-api");
    await page.goBack();
    await page.getByRole("heading", { name: "make_review" }).waitFor();
  });
});

test("a trace that is not there is waited for, and appears by itself", async () => {
  const traceId = "00000000000000000000000000001a7e";
  await browser.open(
    `${backend.url}/trace/${traceId}`,
    async (page) => {
      await page.getByRole("heading", { name: "This trace is not here yet" }).waitFor();
      await page.getByText(/^Looked 2 times\./).waitFor();
      await keepScreenshot(page, "trace-waiting");
      const spans = demoSpans(traceId);
      await sendTrace(backend.otlp, { traceId, start: Date.now() - 9_000, spans: spans.slice(2, 6) });
      await page.getByText(`Parent ${spanId(2)} has not arrived`).waitFor();
      assert.equal(await page.getByText("parent missing").count(), 1);
      await keepScreenshot(page, "trace-parent-missing");
      // The rest comes late: the tree closes without a reload.
      await sendTrace(backend.otlp, { traceId, start: Date.now() - 9_000, spans: spans.slice(0, 2) });
      await page.getByRole("heading", { name: "client fetch_band" }).waitFor();
      assert.equal(await page.getByText("has not arrived").count(), 0);
    },
    { allowed: /404/ },
  );
});

test("a backend that does not answer is said, and asked again", async () => {
  await browser.open(
    `${backend.url}/trace/${"9".repeat(32)}`,
    async (page) => {
      await page.getByRole("heading", { name: "This trace is not here yet" }).waitFor();
      await page.route("**/api/**", (route) => route.abort());
      await page.getByRole("alert").waitFor();
      assert.match(await page.getByRole("alert").innerText(), /No answer from .*clew serve.*Trying again/);
      await page.unroute("**/api/**");
      await page.getByText(/^Looked \d+ times\./).waitFor();
    },
    { allowed: /404|ERR_FAILED/ },
  );
});

test("addresses that are none say so", async () => {
  for (const [path, expected] of [
    ["/nowhere", "Pages are at /, /search and /trace/<trace-id>."],
    ["/trace/xyz", "xyz is no trace id"],
    [`/trace/${"0".repeat(32)}`, "is no trace id"],
  ]) {
    await browser.open(
      `${backend.url}${path}`,
      async (page) => {
        await page.getByRole("heading", { name: "There is no such page" }).waitFor();
        await page.getByText(expected ?? "").waitFor();
      },
      { allowed: /404/ },
    );
  }
});
