// The trace page, on the demo's trace and on a failed one.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startBackend } from "./support/backend.mjs";
import { NARROW, PHONE, assertFits, assertInWidth, keepScreenshot, startBrowser } from "./support/browser.mjs";
import { sendTrace } from "./support/otlp.mjs";
import { demoSpans, failedSpans, repeatedSpans, spanId } from "./support/traces.mjs";

/** @typedef {import("playwright-core").Page} Page */

const DEMO = "0af7651916cd43dd8448eb211c80319c";
const REPEATED = "5e1ec70000000000000000000000000a";
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
  await sendTrace(backend.otlp, { traceId: REPEATED, start, spans: repeatedSpans() });
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
    assert.equal(await page.locator(".row").count(), 16);
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
      "critical path",
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

test("many spans alike are one row, and shown one by one on demand", async () => {
  await browser.open(`${backend.url}/trace/${REPEATED}`, async (page) => {
    const grid = page.getByRole("treegrid");
    await grid.waitFor();
    assert.equal(await page.locator(".row").count(), 3);
    const many = row(page, "SELECT");
    assert.match((await many.innerText()).replace(/\s+/g, " "), /^SELECT ×40 Σ 80 ms/);
    await many.getByRole("img", { name: "2 errors among these spans" }).waitFor();
    await keepScreenshot(page, "repeats-light");
    await many.click();
    const details = page.getByRole("complementary", { name: "Span details" });
    await details.getByText("One of 40 alike, 80 ms in all, 2 ms on average").waitFor();
    // The key shows them; another on one of them brings the row for all back.
    await grid.focus();
    await page.keyboard.press("ArrowRight");
    await page.locator('[aria-rowcount="42"]').waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowLeft");
    await page.locator('[aria-rowcount="3"]').waitFor();
    // What is hidden is found.
    await page.keyboard.press("/");
    await page.keyboard.type("item=39");
    await page.keyboard.press("Enter");
    await page.locator('[aria-rowcount="42"]').waitFor();
    assert.equal(await page.locator(".find-count").innerText(), "1 of 1");
  });
});

test("the critical path is drawn below the bars that the trace waited for", async () => {
  await browser.open(`${backend.url}/trace/${DEMO}`, async (page) => {
    await row(page, "make_review").locator(".critical").first().waitFor();
    assert.equal(await row(page, "find_band").locator(".critical").count(), 1);
    assert.equal(await page.locator(".row").filter({ has: page.locator(".critical") }).count(), 16);
  });
  await browser.open(`${backend.url}/trace/${REPEATED}`, async (page) => {
    await row(page, "in the background").waitFor();
    assert.equal(await row(page, "in the background").locator(".critical").count(), 0);
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
    const { spans } = /** @type {any} */ (await answer.json());
    assert.equal(spans.length, 16);
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
    assert.match(text, /Scope clew-telemetry 0\.1\.0/);
    assert.ok(page.url().endsWith(`/trace/${DEMO}?span=${spanId(3)}`), page.url());

    await details.getByRole("link", { name: "client: GET" }).click();
    await details.getByRole("heading", { name: "GET", exact: true }).waitFor();
    assert.match((await details.innerText()).replace(/\s+/g, " "), /traceparent header, as sent/);
    await page.getByRole("button", { name: "Close details" }).click();
    await details.waitFor({ state: "detached" });
  });
});

test("a trace of which something cannot be read says so", async () => {
  await browser.open(`${backend.url}/`, async (page) => {
    await page.route("**/api/clew/v1/traces/*/lines", async (route) => {
      const answer = await route.fetch();
      const body = (await answer.text()).replace('"partial":null', '"partial":"a file is <b>damaged</b>"');
      await route.fulfill({ response: answer, body });
    });
    await page.goto(`${backend.url}/trace/${DEMO}`);
    await page.getByText("This may not be the whole trace: a file is <b>damaged</b>.").waitFor();
    await assertFits(page);
    await keepScreenshot(page, "trace-partial-light");
  });
});

test("a finding says what is odd, why it may be, and leads to its spans", async () => {
  const traceId = "00000000000000000000000000f1d1d6";
  const unsampled = { "http.request.header.traceparent": [`00-${traceId}-${spanId(2)}-00`] };
  const spans = demoSpans(traceId).map((span) => ({ ...span, attributes: { ...span.attributes, ...unsampled } }));
  const [, , ...withoutCaller] = spans;
  await sendTrace(backend.otlp, { traceId, start: Date.now() - 9_000, spans: withoutCaller });
  await browser.open(`${backend.url}/trace/${traceId}`, async (page) => {
    const what = page.getByText("The span that called bands-api is not here.");
    await what.waitFor();
    await page.getByText("14 spans of bands-api and another service were told that the trace is not sampled.").click();
    const finding = page.locator(".notice").filter({ hasText: "not sampled" });
    assert.match(await finding.innerText(), /Something on the way, such as a proxy/);
    assert.equal(await finding.locator(".examples li").count(), 11);
    assert.match(await finding.innerText(), /and 4 other spans/);
    await finding.getByRole("link", { name: "bands-api: find_band" }).click();
    await page.getByRole("heading", { name: "find_band" }).waitFor();
    assert.equal(await page.locator(".row.selected .span-name").innerText(), "find_band");
    await what.click();
    await assertFits(page);
    await keepScreenshot(page, "trace-findings-light");
  });
  await browser.open(
    `${backend.url}/trace/${traceId}`,
    async (page) => {
      await page.getByText("The span that called bands-api is not here.").click();
      await assertFits(page);
      await assertInWidth(page.locator(".notices *"));
      await keepScreenshot(page, "trace-findings-narrow");
    },
    { viewport: NARROW },
  );
});

test("values are shown by their type, and nothing that was sent is left out", async () => {
  const traceId = "00000000000000000000000000007a1e";
  const linked = "1234567890abcdef1234567890abcdef";
  await sendTrace(backend.otlp, {
    traceId,
    start: Date.now() - 9_000,
    scope: { attributes: { "scope.mode": "fast" }, dropped: 2, schemaUrl: "https://opentelemetry.io/schemas/1.27.0" },
    schemaUrl: "https://opentelemetry.io/schemas/1.26.0",
    spans: [
      {
        service: "mailer",
        name: "send",
        id: spanId(1),
        at: 0,
        lasts: 0.75,
        kind: "producer",
        flags: 0x303,
        attributes: {
          "text.digits": "42",
          number: 42,
          ratio: 0.25,
          is_draft: false,
          key: new Uint8Array([0, 255, 16]),
          missing: null,
          empty: "",
          recipients: ["ann@example.com", "bob@example.com"],
          options: { retry: { times: 3, wait: "1s" }, tags: [] },
        },
        dropped: { attributes: 3, events: 1, links: 2 },
        events: [{ at: 0.5, name: "queued" }],
        links: [{ trace: linked, span: spanId(9), state: "a=b", flags: 0x101, attributes: { "link.reason": "batch" } }],
      },
    ],
  });
  await browser.open(`${backend.url}/trace/${traceId}?span=${spanId(1)}`, async (page) => {
    const details = page.getByRole("complementary", { name: "Span details" });
    await details.getByRole("heading", { name: "send" }).waitFor();
    const attribute = (/** @type {string} */ key) =>
      details.locator(".attribute").filter({ has: page.locator("dt").getByText(key, { exact: true }) }).first();
    assert.equal(await attribute("text.digits").locator(".value-text").innerText(), "42");
    assert.equal(await attribute("number").locator(".value-number").innerText(), "42");
    assert.equal(await attribute("ratio").locator(".value-number").innerText(), "0.25");
    assert.equal(await attribute("is_draft").locator(".value-bool").innerText(), "false");
    assert.match(await attribute("key").innerText(), /3 bytes, base64 AP8Q/);
    assert.match(await attribute("missing").innerText(), /\(no value\)/);
    assert.match(await attribute("empty").innerText(), /\(empty\)/);
    assert.deepEqual(await attribute("recipients").locator("dd dd").allInnerTexts(), ["ann@example.com", "bob@example.com"]);
    assert.deepEqual((await attribute("options").locator("dt").allInnerTexts()), ["options", "retry", "times", "wait", "tags"]);
    const text = (await details.innerText()).replace(/\s+/g, " ");
    assert.match(text, /Duration 750 ns/);
    assert.match(text, /queued 500 ns into the span/);
    assert.match(text, /3 attributes were dropped by the sender\./);
    assert.match(text, /1 event was dropped by the sender\./);
    assert.match(text, /2 links were dropped by the sender\./);
    assert.match(text, new RegExp(`trace ${linked}, span ${spanId(9)} sampled a b link\\.reason batch`));
    assert.match(text, /trace flags 03 sampled, random id, remote parent/);
    assert.match(text, /schema URL https:\/\/opentelemetry\.io\/schemas\/1\.26\.0/);
    await details.getByRole("heading", { name: "Scope" }).click();
    const scope = (await details.innerText()).replace(/\s+/g, " ");
    assert.match(scope, /scope\.mode fast 2 attributes were dropped by the sender\. schema URL \S+1\.27\.0/);
    await assertFits(page);
    await keepScreenshot(page, "trace-values-light");
    await attribute("recipients").hover();
    await attribute("recipients").getByRole("link", { name: "Find traces with this value" }).click();
    await page.getByRole("link", { name: /mailer send/ }).waitFor();
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
    assert.equal(await page.locator(".row").count(), 3);
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
    assert.equal(await page.locator(".row").count(), 1);
    await page.getByRole("searchbox").fill("by_band");
    await page.getByRole("searchbox").press("Enter");
    await row(page, "get_reviews_by_band_id").waitFor();
    assert.deepEqual(await page.locator(".row mark").allInnerTexts(), ["by_band"]);
  });
});

test("what is not found is hidden on demand, and what leads there is not", async () => {
  await browser.open(`${backend.url}/trace/${DEMO}`, async (page) => {
    await page.getByRole("treegrid").waitFor();
    await page.getByLabel("Find in this trace").fill("find_band");
    const all = await page.locator(".row").count();
    await page.getByRole("button", { name: "Only matches" }).click();
    await page.waitForFunction((before) => document.querySelectorAll(".row").length < before, all);
    assert.deepEqual(await page.locator(".row .span-name").allInnerTexts(), ["fetch_band", "GET", "GET /bands/{id}", "find_band"]);
    await keepScreenshot(page, "trace-only-matches");
    await page.getByRole("button", { name: "Only matches" }).click();
    await page.waitForFunction((before) => document.querySelectorAll(".row").length === before, all);
    // Without a search all is shown, whatever the switch says.
    await page.getByRole("button", { name: "Only matches" }).click();
    await page.getByLabel("Find in this trace").fill("");
    await page.waitForFunction((before) => document.querySelectorAll(".row").length === before, all);
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
      await page.getByText("The span that called bands-api is not here.").waitFor();
      assert.equal(await page.getByText("parent missing").count(), 1);
      await keepScreenshot(page, "trace-parent-missing");
      // The rest comes late: the tree closes without a reload.
      await sendTrace(backend.otlp, { traceId, start: Date.now() - 9_000, spans: spans.slice(0, 2) });
      await page.getByRole("heading", { name: "client fetch_band" }).waitFor();
      assert.equal(await page.getByText("is not here").count(), 0);
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
    ["/nowhere", "Pages are at /, /search, /logs, /services, /compare, /learn and /trace/<trace-id>."],
    ["/trace/65aa2c1f", "and this has 8."],
    ["/trace/xyz", "xyz is not a trace id"],
    [`/trace/${"0".repeat(32)}`, "is not a trace id"],
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
