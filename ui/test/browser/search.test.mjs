// The search page: from no span at all to a live list.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startBackend } from "./support/backend.mjs";
import { NARROW, PHONE, assertFits, assertInWidth, keepScreenshot, startBrowser } from "./support/browser.mjs";
import { sendTrace } from "./support/otlp.mjs";
import { demoSpans, failedSpans, manySpans, numbers } from "./support/traces.mjs";

/** @typedef {import("playwright-core").Page} Page */

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

/** @param {number} number */
const traceId = (number) => (0xc1e40000 + number).toString(16).padStart(32, "7");

/** @param {Page} page */
const results = (page) => page.locator(".results > li");

/** The answer to the newest question is there. @param {Page} page */
const settled = (page) => page.locator('.found[aria-busy="false"]').waitFor();

/** Twenty calls of the last half hour: slow, fast and failed ones, and one large trace. */
async function sendHistory() {
  const random = numbers(11);
  for (let i = 1; i <= 20; i++) {
    const id = traceId(i);
    const start = Date.now() - Math.floor(random() * 1_800_000) - 20_000;
    const speed = i % 3 === 1 ? 0.002 : 0.4 + random();
    const spans = (i % 7 === 3 ? failedSpans(id) : demoSpans(id)).map((span) => ({
      ...span,
      at: span.at * speed,
      lasts: span.lasts * speed,
      events: [],
    }));
    await sendTrace(backend.otlp, { traceId: id, start, spans });
  }
  await sendTrace(backend.otlp, { traceId: traceId(99), start: Date.now() - 10_000, spans: manySpans(400) });
}

test("without any span the page teaches how to send one, then shows it by itself", async () => {
  await browser.open(backend.url, async (page) => {
    await page.getByRole("heading", { name: "Waiting for the first span" }).waitFor();
    const text = await page.locator("main").innerText();
    assert.match(text, /a client and two small services/);
    const { port } = new URL(backend.url);
    assert.match(text, new RegExp(`cargo run --release -- demo --http-port ${port} --otlp-grpc-port \\d+`));
    assert.match(text, /export OTEL_SERVICE_NAME=my-service/);
    assert.ok(text.includes(`export OTEL_EXPORTER_OTLP_ENDPOINT=${backend.otlp}`), "names the port really used");
    assert.match(text, /OTEL_EXPORTER_OTLP_PROTOCOL=http\/protobuf/);
    assert.match(text, /Or begin with a first program/);
    await assertFits(page);
    await keepScreenshot(page, "welcome-light");

    await sendTrace(backend.otlp, { traceId: traceId(0), start: Date.now() - 9_000, spans: demoSpans(traceId(0)) });
    await page.getByRole("link", { name: /client fetch_band/ }).waitFor();
    assert.equal(await page.getByText("Waiting for the first span").count(), 0);
  });
});

test("results are listed in the order of the API, with services, errors, times and a picture", async () => {
  await sendHistory();
  await browser.open(`${backend.url}/search?limit=50`, async (page) => {
    await page.getByRole("heading", { name: "22 traces of the last 24 hours" }).waitFor();
    assert.equal(await results(page).count(), 22);
    const large = (await results(page).filter({ hasText: "gateway" }).innerText()).replace(/\s+/g, " ");
    assert.match(large, /^gateway POST \/checkout .*400 spans gateway \d+ .* 4 s 1\d s ago \d+ \w+ \d{4}, \d\d:\d\d:\d\d\.\d{3}$/);
    const links = await results(page).locator("a").evaluateAll((found) => found.map((each) => each.getAttribute("href")));
    const answer = await fetch(`${backend.url}/api/clew/v1/traces?limit=50`);
    const { traces } = /** @type {any} */ (await answer.json());
    assert.deepEqual(links, traces.map((/** @type {any} */ trace) => `/trace/${trace.traceId}`));
    const failed = results(page).filter({ hasText: "4 errors" });
    assert.equal(await failed.count(), 3);
    assert.deepEqual(await failed.first().locator(".chip-name").allInnerTexts(), ["client", "bands-api"]);
    const [client] = await failed.first().locator(".chip").all();
    assert.equal(await client?.locator(".chip-count").innerText(), "2");
    assert.equal((await client?.getByTitle("1 error in this service").innerText())?.trim(), "1");
    const flawless = results(page).filter({ hasText: "16 spans" }).filter({ hasNotText: "error" });
    assert.equal(await flawless.first().locator(".chip-errors").count(), 0);
    assert.equal(await page.locator(".dot").count(), 22);
    assert.equal(await page.locator(".dot.failed").count(), await results(page).filter({ hasText: /\d errors?/ }).count());
    // Errors are drawn over their neighbours.
    const drawn = await page.locator(".dot").evaluateAll((dots) => dots.map((dot) => dot.classList.contains("failed")));
    assert.deepEqual(drawn, [...drawn].sort((a, b) => Number(a) - Number(b)));
    assert.deepEqual(await page.locator(".scatter-title, .scatter-times span:nth-child(2)").allInnerTexts(), ["duration", "started"]);
    await assertFits(page);
    await keepScreenshot(page, "search-light");
  });
});

test("the form searches, and the address keeps the search", async () => {
  await browser.open(backend.url, async (page) => {
    await results(page).first().waitFor();
    await page.getByLabel("Service").selectOption("reviews-api");
    await page.waitForURL("**/search?service=reviews-api");
    await page.getByLabel("Span name").fill("make_review");
    await page.getByLabel("Attributes").fill("review.number=8");
    await page.getByLabel("Min duration").fill("50ms");
    await page.locator("select[name=lookback]").selectOption("1h");
    await page.getByRole("button", { name: "Search" }).click();
    await page.waitForURL(/minDuration=50ms/);
    const params = new URL(page.url()).searchParams;
    assert.deepEqual(Object.fromEntries(params), {
      service: "reviews-api",
      name: "make_review",
      attributes: "review.number=8",
      minDuration: "50ms",
      lookback: "1h",
    });
    await settled(page);
    await page.getByRole("heading", { name: /traces of the last 1 hour/ }).waitFor();
    // The fast calls take two thousandths of the time: 50 ms leaves them out.
    const slow = await results(page).count();
    assert.ok(slow > 0 && slow < 14, `${slow}`);
    await page.reload();
    await results(page).first().waitFor();
    assert.equal(await results(page).count(), slow);
    assert.equal(await page.getByLabel("Attributes").inputValue(), "review.number=8");
    assert.equal(await page.locator("select[name=lookback]").inputValue(), "1h");
  });
});

test("span names of the chosen service are suggested", async () => {
  await browser.open(`${backend.url}/search?service=bands-api`, async (page) => {
    await page.locator("#span-names option").first().waitFor({ state: "attached" });
    const names = await page.locator("#span-names option").evaluateAll((options) => options.map((each) => each.getAttribute("value")));
    assert.deepEqual(names.sort(), ["GET", "GET /bands/{id}", "find_band", "get_reviews"]);
  });
});

test("what cannot be searched for is explained beside its field", async () => {
  await browser.open(backend.url, async (page) => {
    await results(page).first().waitFor();
    await page.getByLabel("Attributes").fill("error");
    await page.getByLabel("Min duration").fill("100");
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByText("“error” has no value. Write error=value.").waitFor();
    await page.getByText("“100” needs a unit: 100ms, 100s or 100m.").waitFor();
    assert.equal(await page.getByLabel("Attributes").getAttribute("aria-invalid"), "true");
    assert.equal(new URL(page.url()).search, "");
    await keepScreenshot(page, "search-problems");
    await page.getByLabel("Attributes").fill("review.number=8");
    await page.getByLabel("Min duration").fill("");
    await page.getByLabel("Min duration").press("Enter");
    await page.waitForURL("**/search?attributes=review.number%3D8");
    assert.equal(await page.getByText("has no value").count(), 0);
  });
});

test("no match is said, with ways to widen the search", async () => {
  await browser.open(`${backend.url}/search?service=bands-api&tags=no.such%3Dkey`, async (page) => {
    await page.getByRole("heading", { name: "No trace matches" }).waitFor();
    await keepScreenshot(page, "search-no-match");
    await page.getByRole("link", { name: "Search without the filters" }).click();
    await results(page).first().waitFor();
    assert.ok(page.url().endsWith("/search?service=bands-api"));
  });
});

test("the backend orders the results", async () => {
  await browser.open(`${backend.url}/search?limit=50&status=unset`, async (page) => {
    await results(page).first().waitFor();
    await page.getByRole("link", { name: "Slowest" }).click();
    await page.waitForURL(/order=slowest/);
    await settled(page);
    const widths = await page.locator(".duration-track span").evaluateAll((bars) => bars.map((bar) => bar.clientWidth));
    assert.deepEqual(widths, [...widths].sort((a, b) => b - a));
    await page.getByRole("link", { name: "Oldest" }).click();
    await page.waitForURL(/order=oldest/);
    await settled(page);
    const times = (await results(page).locator(".note").allInnerTexts()).map((text) => Date.parse(text.replace(",", "")));
    assert.deepEqual(times, [...times].sort((a, b) => a - b));
  });
});

test("kind and status narrow the search", async () => {
  await browser.open(`${backend.url}/search?limit=5`, async (page) => {
    await results(page).first().waitFor();
    await page.getByLabel("Status").selectOption("error");
    await page.waitForURL(/status=error/);
    await settled(page);
    const texts = await results(page).allInnerTexts();
    assert.ok(texts.length > 0 && texts.every((text) => /\d errors?/.test(text)));
    await page.getByLabel("Kind").selectOption("producer");
    await page.getByRole("heading", { name: "No trace matches" }).waitFor();
  });
});

test("bookmarks from when the page had Jaeger's names still work", async () => {
  const href = "/search?operation=get_reviews&tags=error%3Dtrue+band.id%3D553be815-76f3-49db-b9d7-caca4b23cc3e&sort=longest";
  await browser.open(backend.url + href, async (page) => {
    await page.getByRole("heading", { name: "3 traces of the last 24 hours" }).waitFor();
    assert.equal(await page.getByLabel("Span name").inputValue(), "get_reviews");
    assert.equal(await page.getByLabel("Status").inputValue(), "error");
    assert.equal(await page.getByRole("link", { name: "Slowest" }).getAttribute("aria-current"), "true");
  });
});

test("the services say how many spans they have", async () => {
  await browser.open(backend.url, async (page) => {
    await results(page).first().waitFor();
    const options = await page.getByLabel("Service").locator("option").allInnerTexts();
    assert.equal(options[0], "All services");
    assert.ok(options.slice(1).every((text) => /^[a-z-]+ · [\d.]+K?$/.test(text.trim())), options.join("; "));
    assert.deepEqual(options.slice(1), options.slice(1).sort());
  });
});

test("more is shown on demand, stays, and new traces come before it", async () => {
  await browser.open(`${backend.url}/search?limit=4`, async (page) => {
    await page.getByRole("heading", { name: "The newest 4 traces of the last 24 hours" }).waitFor();
    await page.getByRole("button", { name: "Show 4 more" }).click();
    await results(page).nth(7).waitFor();
    await page.mouse.move(5, 5);
    const hrefs = () => results(page).locator("a").evaluateAll((found) => found.map((each) => each.getAttribute("href")));
    const before = await hrefs();
    assert.equal(new Set(before).size, 8);
    const id = traceId(150);
    await sendTrace(backend.otlp, { traceId: id, start: Date.now(), spans: demoSpans(id) });
    await page.locator(`.results a[href="/trace/${id}"]`).waitFor();
    assert.deepEqual(await hrefs(), [`/trace/${id}`, ...before]);
    assert.equal(await page.locator(".result.fresh").count(), 1);
    await keepScreenshot(page, "search-more");

    // More at once than a page has: what was loaded holds still until the reader wants them.
    for (let i = 160; i < 165; i++) {
      await sendTrace(backend.otlp, { traceId: traceId(i), start: Date.now(), spans: demoSpans(traceId(i)) });
    }
    const catchUp = page.getByRole("button", { name: "Others come first now: show them" });
    await catchUp.waitFor();
    assert.deepEqual((await hrefs()).slice(-8), before);
    await catchUp.click();
    await page.getByRole("heading", { name: "The newest 4 traces" }).waitFor();

    while ((await page.getByRole("button", { name: "Show 4 more" }).count()) > 0) {
      const count = await results(page).count();
      await page.getByRole("button", { name: "Show 4 more" }).press("Enter");
      await results(page).nth(count).waitFor();
    }
    await page.getByRole("heading", { name: "28 traces of the last 24 hours" }).waitFor();
    assert.equal(new Set(await hrefs()).size, 28);
  });
});

test("new traces appear while the page is open", async () => {
  await browser.open(backend.url, async (page) => {
    await results(page).first().waitFor();
    const id = traceId(200);
    await sendTrace(backend.otlp, { traceId: id, start: Date.now(), spans: demoSpans(id) });
    await page.locator(`.results a[href="/trace/${id}"]`).waitFor();
    assert.match((await results(page).first().locator("a").getAttribute("href")) ?? "", new RegExp(id));
  });
});

test("the list holds still under the pointer", async () => {
  await browser.open(backend.url, async (page) => {
    await results(page).nth(2).hover();
    await page.getByText("held while you point").waitFor();
    const before = await results(page).first().locator("a").getAttribute("href");
    const id = traceId(300);
    await sendTrace(backend.otlp, { traceId: id, start: Date.now(), spans: demoSpans(id) });
    // The first answer may have been under way; the second has the new trace.
    await page.waitForResponse(/\/v1\/traces\?/);
    await page.waitForResponse(/\/v1\/traces\?/);
    assert.equal(await results(page).first().locator("a").getAttribute("href"), before);
    await page.mouse.move(5, 5);
    await page.locator(`.results a[href="/trace/${id}"]`).waitFor();
  });
});

test("a result leads to its trace, and back to the list", async () => {
  await browser.open(`${backend.url}/search?service=client`, async (page) => {
    await results(page).nth(1).locator("a").click();
    await page.getByRole("treegrid").waitFor();
    await page.goBack();
    await results(page).first().waitFor();
    assert.equal(await page.getByLabel("Service").inputValue(), "client");
  });
});

test("a pasted traceparent leads to its trace; anything else is refused", async () => {
  await browser.open(backend.url, async (page) => {
    const field = page.getByLabel("Go to a trace id or traceparent");
    await field.fill("javascript:alert(1)");
    await field.press("Enter");
    await page.getByText("Neither a trace id (32 hex digits) nor a traceparent header.").waitFor();
    await field.fill(`traceparent: 00-${traceId(0)}-00f067aa0ba902b7-01`);
    await field.press("Enter");
    await page.waitForURL(`**/trace/${traceId(0)}`);
    await page.getByRole("treegrid").waitFor();
  });
});

test("a backend that is gone is said, and what was found stays", async () => {
  await browser.open(
    backend.url,
    async (page) => {
      await results(page).first().waitFor();
      await page.route("**/api/**", (route) => route.abort());
      await page.getByRole("alert").waitFor();
      assert.match(await page.getByRole("alert").innerText(), /No answer from .* Trying again/);
      assert.ok((await results(page).count()) > 0);
      assert.equal(await page.locator(".live").innerText(), "not up to date");
      await keepScreenshot(page, "search-gone-light");
      await page.unroute("**/api/**");
      await page.getByRole("alert").waitFor({ state: "detached" });
      assert.equal(await page.locator(".live").innerText(), "live");
    },
    { allowed: /ERR_FAILED/ },
  );
});

test("a backend that takes requests and says nothing is gone, too", async () => {
  await browser.open(backend.url, async (page) => {
    await page.clock.install();
    await page.reload();
    await results(page).first().waitFor();
    const asked = page.waitForRequest(/\/api\//);
    await page.route("**/api/**", () => {});
    await page.clock.runFor(4_000);
    await asked;
    await page.clock.runFor(21_000);
    await page.getByText("not up to date").waitFor();
    await page.unrouteAll({ behavior: "ignoreErrors" });
    await page.clock.runFor(4_000);
    await page.getByText("live", { exact: true }).waitFor();
  });
});

test("a search that makes no sense is not tried again", async () => {
  await browser.open(`${backend.url}/search?minDuration=5`, async (page) => {
    assert.match(await page.getByRole("alert").innerText(), /^“5” needs a unit: [^.]*\.$/);
  });
});

test("the list fits a phone, in the dark", async () => {
  await browser.open(
    backend.url,
    async (page) => {
      await results(page).first().waitFor();
      await assertFits(page);
      await keepScreenshot(page, "search-phone-dark");
    },
    { viewport: PHONE, colorScheme: "dark" },
  );
  await browser.open(
    `${backend.url}/search?limit=50`,
    async (page) => {
      await results(page).first().waitFor();
      await keepScreenshot(page, "search-dark");
    },
    { colorScheme: "dark" },
  );
});

test("a narrow page begins with its results, and has all fields at hand", async () => {
  await browser.open(
    `${backend.url}/search?tags=review.number%3D8`,
    async (page) => {
      await results(page).first().waitFor();
      const box = await results(page).first().boundingBox();
      assert.ok(box && box.y + box.height <= NARROW.height, `the first result ends at ${box && box.y + box.height}`);
      await assertFits(page);
      await assertInWidth(page.locator("main *:not(.hidden, option)"));
      await keepScreenshot(page, "search-narrow-light");
      assert.equal(await page.locator("input[name=attributes]").isVisible(), false);
      await page.getByRole("button", { name: "More filters (1 set)" }).click();
      assert.equal(await page.locator("input[name=attributes]").inputValue(), "review.number=8");
      await page.getByLabel("Min duration").fill("5");
      await page.getByRole("button", { name: "Fewer filters" }).click();
      await page.getByRole("button", { name: "Search" }).click();
      await page.getByText("“5” needs a unit").waitFor();
      await assertFits(page);
      await keepScreenshot(page, "search-narrow-fields");
    },
    { viewport: NARROW },
  );
});
