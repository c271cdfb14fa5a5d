// Promise U1: nothing in a span reaches a page as markup, a script or an address.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startBackend } from "./support/backend.mjs";
import { PHONE, assertFits, keepScreenshot, startBrowser } from "./support/browser.mjs";
import { sendTrace } from "./support/otlp.mjs";
import { spanId } from "./support/traces.mjs";

const TRACE = "bad00000000000000000000000000bad";
const MARKUP = `<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>`;
const LONG = "long-".repeat(4_000);
const OVERRIDE = "invoice\u202egnp.exe";

/** @type {import("./support/backend.mjs").Backend} */
let backend;
/** @type {Awaited<ReturnType<typeof startBrowser>>} */
let browser;

before(async () => {
  [backend, browser] = await Promise.all([startBackend(), startBrowser()]);
  const id = spanId;
  await sendTrace(backend.otlp, {
    traceId: TRACE,
    start: Date.now() - 60_000,
    scope: { attributes: [[MARKUP, MARKUP]], schemaUrl: MARKUP },
    schemaUrl: "javascript:window.pwned=2",
    spans: [
      {
        service: MARKUP,
        name: MARKUP,
        id: id(1),
        at: 0,
        lasts: 100_000,
        error: MARKUP,
        state: "foo=<b>bar</b>,k=v=w",
        attributes: [
          [MARKUP, MARKUP],
          ["__proto__", "polluted"],
          ["constructor", "polluted"],
          ["script.url", "javascript:window.pwned=1"],
          ["data.url", "data:text/html,<script>window.pwned=1</script>"],
          ["plain.url", "https://example.com/a?b=<c>&d='e'"],
          ["secret.url", "https://user:secret@example.com/"],
          ["file.name", OVERRIDE],
          ["long", LONG],
          ["json", `{"__proto__":{"polluted":true},"html":"${MARKUP.replaceAll('"', '\\"')}"}`],
          ["quotes", `"'\`\${window.pwned=1}`],
          ["empty", ""],
          ["big.number", Number.MAX_SAFE_INTEGER],
          ["http.request.header.traceparent", [MARKUP]],
          ["map", { [MARKUP]: MARKUP, ["__proto__"]: { polluted: true }, [OVERRIDE]: ["javascript:window.pwned=3"] }],
          ["deep", Array.from({ length: 20 }).reduce((inner) => [inner], /** @type {any} */ (MARKUP))],
        ],
        events: [{ at: 5, name: MARKUP, attributes: { "exception.stacktrace": `${MARKUP}\n  at line 2` } }],
        links: [{ trace: "4bf92f3577b34da6a3ce929d0e0e4736", span: "00f067aa0ba902b7", state: MARKUP, attributes: [[MARKUP, MARKUP]] }],
      },
      { service: "__proto__", name: "hasOwnProperty", id: id(2), parent: id(1), at: 1_000, lasts: 10_000 },
      { service: OVERRIDE, name: LONG, id: id(3), parent: id(1), at: 20_000, lasts: 10_000 },
      { service: "constructor", name: "toString", id: id(4), parent: id(3), at: 10_000, lasts: 12_000, kind: "server" },
      {
        service: "many",
        name: "attributes",
        id: id(8),
        parent: id(1),
        at: 60_000,
        lasts: 1,
        attributes: Array.from({ length: 5_000 }, (_, i) => /** @type {[string, number]} */ ([`key.${i}`, i])),
        links: [{ trace: TRACE, span: id(2) }],
      },
      { service: "ring", name: "one", id: id(5), parent: id(6), at: 40_000, lasts: 1_000 },
      { service: "ring", name: "other", id: id(6), parent: id(5), at: 41_000, lasts: 1_000 },
      { service: "", name: "", id: id(7), parent: "00f067aa0ba902b7", at: 50_000, lasts: 0 },
      { service: MARKUP, name: OVERRIDE, id: id(9), parent: "00f067aa0ba902b7", at: 51_000, lasts: 0, kind: "server" },
    ],
  });
});

after(async () => {
  await browser?.close();
  await backend?.stop();
});

/** @param {import("playwright-core").Page} page */
async function assertUnharmed(page) {
  const found = await page.evaluate(() => ({
    pwned: "pwned" in window,
    polluted: "polluted" in {},
    images: document.querySelectorAll("#app img:not(.brand img)").length,
    scripts: document.querySelectorAll("#app script").length,
    handlers: document.querySelectorAll("[onerror], [onclick], [onload]").length,
    links: [...document.querySelectorAll("a")].map((link) => link.protocol).filter((each) => !/^https?:$/.test(each)),
  }));
  assert.deepEqual(found, { pwned: false, polluted: false, images: 0, scripts: 0, handlers: 0, links: [] });
}

test("the trace page shows hostile text as text", async () => {
  await browser.open(`${backend.url}/trace/${TRACE}?span=${spanId(1)}`, async (page) => {
    const details = page.getByRole("complementary", { name: "Span details" });
    await details.waitFor();
    assert.ok((await page.locator("h1").innerText()).includes(MARKUP));
    const text = await details.innerText();
    for (const expected of [MARKUP, "javascript:window.pwned=1", "__proto__", "invoice⟨U+202E⟩gnp.exe", "<b>bar</b>"]) {
      assert.ok(text.includes(expected), expected);
    }
    assert.match(text, /This is not a valid traceparent/);
    assert.match(text, /show all 20,000 characters/);
    assert.ok(!text.includes("long-".repeat(200)), "long values are cut");
    await details.getByRole("heading", { name: "Scope" }).click();
    assert.ok((await details.innerText()).split(MARKUP).length > 12, "in each place that can have it");
    assert.equal(await page.title(), `${`${MARKUP}: ${MARKUP}`.slice(0, 80)}… · Clew`);
    await assertUnharmed(page);
    await assertFits(page);
    await keepScreenshot(page, "hostile-light");
  });
});

test("only http and https addresses are links, and they tell nobody where they came from", async () => {
  await browser.open(`${backend.url}/trace/${TRACE}?span=${spanId(1)}`, async (page) => {
    await page.getByRole("complementary", { name: "Span details" }).waitFor();
    const links = await page.locator(".details a.value").evaluateAll((found) =>
      found.map((link) => ["href", "rel", "target"].map((name) => link.getAttribute(name))),
    );
    const link = page.getByRole("link", { name: "trace 4bf92f3577b34da6a3ce929d0e0e4736" });
    assert.equal(await link.getAttribute("href"), "/trace/4bf92f3577b34da6a3ce929d0e0e4736?span=00f067aa0ba902b7");
    assert.deepEqual(links, [["https://example.com/a?b=%3Cc%3E&d=%27e%27", "noopener noreferrer", "_blank"]]);
  });
});

test("long lists are cut, and links within the trace go to their span", async () => {
  await browser.open(`${backend.url}/trace/${TRACE}?span=${spanId(8)}`, async (page) => {
    const details = page.getByRole("complementary", { name: "Span details" });
    await details.getByText("The first 500 of 5,000.").waitFor();
    assert.ok((await details.locator(".attribute").count()) < 520);
    await details.getByRole("link", { name: "__proto__: hasOwnProperty" }).click();
    await details.getByRole("heading", { name: "hasOwnProperty" }).waitFor();
  });
});

test("broken trees are drawn and explained", async () => {
  await browser.open(`${backend.url}/trace/${TRACE}`, async (page) => {
    await page.getByRole("row").first().waitFor();
    assert.equal(await page.locator(".row").count(), 9);
    assert.equal(await page.getByText("parents in a ring").count(), 1);
    assert.equal(await page.getByText("parent missing").count(), 2);
    await page.getByText(/^A span of .*has a parent that is not here\./).waitFor();
    await page.getByText(/Clocks differ: 1 span begins before its parent, by up to 10 ms \(constructor\)/).waitFor();
    await page.getByRole("button", { name: "Align clocks" }).click();
    await page.getByText("Shown with the clocks aligned.").waitFor();
    await page.getByText("toString").click();
    await page.getByText(/later than recorded, to align the clocks/).waitFor();
  });
});

test("findings that name hostile services show them as text", async () => {
  await browser.open(`${backend.url}/trace/${TRACE}`, async (page) => {
    const finding = page.locator(".notice").filter({ hasText: "The span that called" });
    await finding.waitFor();
    assert.ok((await finding.innerText()).includes(MARKUP));
    await finding.locator("summary").click();
    await finding.getByRole("link", { name: /⟨U\+202E⟩/ }).click();
    await page.getByRole("heading", { name: "invoice⟨U+202E⟩gnp.exe" }).waitFor();
    await assertUnharmed(page);
    await assertFits(page);
    await keepScreenshot(page, "hostile-findings");
  });
});

test("the search page shows hostile text as text, and finds it", async () => {
  await browser.open(backend.url, async (page) => {
    await page.getByRole("link", { name: /window\.pwned/ }).waitFor();
    await assertUnharmed(page);
    await assertFits(page);
    await page.getByLabel("Service").selectOption(MARKUP);
    await page.waitForURL(/service=/);
    await page.locator("#span-names option").first().waitFor({ state: "attached" });
    await page.getByLabel("Attributes").fill("__proto__=polluted");
    await page.getByLabel("Attributes").press("Enter");
    await page.waitForURL(/attributes=/);
    await page.getByRole("link", { name: /window\.pwned/ }).waitFor();
    await assertUnharmed(page);
  });
});

test("hostile addresses are harmless, too", async () => {
  const query = new URLSearchParams({ service: MARKUP, name: MARKUP, attributes: MARKUP, minDuration: MARKUP });
  await browser.open(`${backend.url}/search?${query}`, async (page) => {
    await page.getByRole("alert").first().waitFor();
    await assertUnharmed(page);
  });
  await browser.open(
    `${backend.url}/trace/${encodeURIComponent(MARKUP)}`,
    async (page) => {
      await page.getByText("is not a trace id").waitFor();
      await assertUnharmed(page);
    },
    { allowed: /404/ },
  );
});

test("long names do not break a phone's page", async () => {
  await browser.open(
    `${backend.url}/trace/${TRACE}?span=${spanId(3)}`,
    async (page) => {
      await page.getByRole("complementary", { name: "Span details" }).waitFor();
      await assertFits(page);
      await keepScreenshot(page, "hostile-phone");
    },
    { viewport: PHONE },
  );
});

test("the browser itself would refuse markup from strings and inline scripts", async () => {
  await browser.open(
    backend.url,
    async (page) => {
      await page.getByRole("link", { name: /window\.pwned/ }).waitFor();
      const refused = await page.evaluate(() => {
        try {
          document.body.innerHTML = "<b>x</b>";
          return "done";
        } catch (error) {
          return String(error);
        }
      });
      assert.match(refused, /TrustedHTML/);
      await page.evaluate(() => {
        const script = document.createElement("script");
        script.append("window.pwned = 1");
        try {
          document.body.append(script);
        } catch (error) {
          // Some browsers refuse it with an error, others with a report alone.
        }
      });
      assert.equal(await page.evaluate(() => "pwned" in window), false);
    },
    { allowed: /Content Security Policy|TrustedHTML|TrustedScript/ },
  );
});
