// The page that teaches, without traces and with those of the demo.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";

import { startBackend } from "./support/backend.mjs";
import { PHONE, assertFits, keepScreenshot, startBrowser } from "./support/browser.mjs";
import { sendTrace } from "./support/otlp.mjs";
import { demoSpans } from "./support/traces.mjs";

/** @type {import("./support/backend.mjs").Backend} */
let backend;
/** @type {import("./support/backend.mjs").Backend} */
let empty;
/** @type {Awaited<ReturnType<typeof startBrowser>>} */
let browser;

const id = (/** @type {number} */ step) => `1ea40000000000000000000000000${String(step).padStart(3, "0")}`;

/** @param {number} step @param {number} faster */
function spansOf(step, faster) {
  return demoSpans(id(step)).map((span) => ({
    ...span,
    at: span.at / faster,
    lasts: span.lasts / faster,
    attributes: span.name === "fetch_band" ? { "demo.step": String(step) } : span.attributes ?? {},
  }));
}

before(async () => {
  [backend, empty, browser] = await Promise.all([startBackend(), startBackend(), startBrowser()]);
  const start = Date.now() - 60_000;
  for (const [step, faster] of /** @type {const} */ ([[5, 1], [7, 1], [10, 500]])) {
    await sendTrace(backend.otlp, { traceId: id(step), start, spans: spansOf(step, faster) });
  }
  await sendTrace(backend.otlp, {
    traceId: id(3),
    start,
    spans: [{ service: "bands-api", name: "GET /bands/{id}", id: "00000000000000b1", at: 0, lasts: 900, kind: "server" }],
  });
});

after(async () => {
  await browser?.close();
  await Promise.all([backend?.stop(), empty?.stop()]);
});

test("each word is shown at a span that is here", async () => {
  await browser.open(backend.url, async (page) => {
    await page.getByRole("link", { name: "Learn" }).click();
    const example = page.getByRole("figure", { name: "A trace that is here" });
    await example.getByText(`16 spans with the trace id ${id(7)}`).waitFor();
    await keepScreenshot(page, "learn-light");
    await page.getByRole("button", { name: /^Context propagation/ }).click();
    await example.getByText("the context came to bands-api from client").waitFor();
    assert.equal(await example.locator(".example-row.shown").count(), 1);
    await example.locator(".example-row.shown a").click();
    await page.getByRole("complementary", { name: "Span details" }).getByRole("heading", { name: "GET /bands/{id}" }).waitFor();
  });
});

test("the steps lead to the traces that they left, and to what became of the slow one", async () => {
  await browser.open(`${backend.url}/learn`, async (page) => {
    const step = (/** @type {number} */ number) => page.locator(".steps li").nth(number - 1);
    await step(7).getByRole("link", { name: "Its trace" }).waitFor();
    const withTrace = await page.locator(".steps li").evaluateAll((all) => all.flatMap((each, i) => (each.className === "with-trace" ? [i + 1] : [])));
    assert.deepEqual(withTrace, [3, 5, 7, 8, 10]);
    assert.ok((await step(3).getByRole("link", { name: "Its trace" }).getAttribute("href"))?.includes(id(3)));
    await step(5).getByRole("link", { name: "The way of its headers" }).click();
    await page.getByRole("region", { name: "Propagation" }).waitFor();
    await page.goBack();
    await step(10).getByRole("link", { name: "Compare with step 7" }).click();
    await page.getByText("500 times faster").waitFor();
  });
});

test("without traces it says how to make some, and shows them when they come", async () => {
  await browser.open(`${empty.url}/learn`, async (page) => {
    await page.getByText("The demo has not run here yet.").waitFor();
    await page.getByText("As soon as there is a trace").waitFor();
    assert.equal(await page.locator(".steps li").count(), 10);
    await page.getByRole("button", { name: "curl" }).click();
    // What the page says is what a shell does.
    const command = await page.locator(".first-trace pre").innerText();
    const answer = execFileSync("sh", ["-c", command.replace("localhost", "127.0.0.1")], { encoding: "utf8" });
    assert.equal(answer, "{}");
    await page.getByRole("figure", { name: "A trace that is here" }).getByText("hello-curl: say hello").waitFor();
  });
});

test("it fits a phone, in the dark too", async () => {
  await browser.open(
    `${backend.url}/learn`,
    async (page) => {
      await page.getByRole("figure", { name: "A trace that is here" }).waitFor();
      for (const name of ["Java", "Go"]) {
        await page.getByRole("button", { name, exact: true }).click();
        await assertFits(page);
      }
      await keepScreenshot(page, "learn-phone-dark");
    },
    { viewport: PHONE, colorScheme: "dark" },
  );
});
