// A trace that was saved as a file, opened without a server.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";

import { startBackend } from "./support/backend.mjs";
import { keepScreenshot, startBrowser } from "./support/browser.mjs";
import { sendLogs } from "./support/logs.mjs";
import { sendTrace } from "./support/otlp.mjs";
import { demoSpans, spanId } from "./support/traces.mjs";

const DEMO = "0af7651916cd43dd8448eb211c80319c";
const EVIL = "</script><script>document.title='evil'</script><img src=x onerror=alert(1)>";

/** The page alone, without what a trace adds. */
const FILE_BYTES_MAX = 900_000;

/** @type {import("./support/backend.mjs").Backend} */
let backend;
/** @type {Awaited<ReturnType<typeof startBrowser>>} */
let browser;
const folder = mkdtempSync(join(tmpdir(), "clew-saved-"));

before(async () => {
  [backend, browser] = await Promise.all([startBackend(), startBrowser()]);
  const start = Date.now() - 30_000;
  const evil = { service: "client", name: EVIL, id: spanId(99), parent: spanId(1), at: 10, lasts: 5, attributes: { evil: EVIL } };
  await sendTrace(backend.otlp, { traceId: DEMO, start, spans: [...demoSpans(DEMO), evil] });
  await sendLogs(backend.otlp, [{ at: start + 5, body: `a line ${EVIL}`, service: "client", trace: DEMO, span: spanId(1), level: "warn" }]);
});

after(async () => {
  rmSync(folder, { recursive: true, force: true });
  await browser?.close();
  await backend?.stop();
});

test("a saved trace opens without a server, in every view", async () => {
  const path = join(folder, "trace.html");
  await browser.open(`${backend.url}/trace/${DEMO}`, async (page) => {
    await page.getByRole("treegrid").waitFor();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save" }).click()]);
    assert.equal(download.suggestedFilename(), `trace-${DEMO}.html`);
    await download.saveAs(path);
  });
  const { size } = statSync(path);
  assert.ok(size < FILE_BYTES_MAX, `${size} bytes`);
  // Whatever is shown now is in the file.
  await backend.stop();
  await browser.open(
    pathToFileURL(path).href,
    async (page) => {
      const grid = page.getByRole("treegrid");
      await grid.waitFor();
      assert.equal(await grid.getAttribute("aria-rowcount"), "17");
      assert.ok(!(await page.title()).includes("evil"));
      await page.getByText(EVIL).first().waitFor();
      await page.getByText("A copy of a trace, saved").waitFor();
      await keepScreenshot(page, "saved-light");
      await page.getByRole("row").filter({ hasText: "GET /bands/{id}" }).click();
      await page.getByRole("complementary", { name: "Span details" }).waitFor();
      await page.getByRole("link", { name: "Propagation" }).click();
      await page.getByText("The context arrived").first().waitFor();
      for (const [key, sign] of /** @type {const} */ ([["f", ".frame"], ["s", ".table-room .table-row"], ["g", ".graph-node"], ["t", ".row"]])) {
        await page.keyboard.press(key);
        await page.locator(sign).first().waitFor();
      }
      await page.getByRole("button", { name: "Logs 1" }).click();
      await page.getByRole("button", { name: /^Trace/ }).click();
      await page.getByText("a line </script>").first().waitFor();
      assert.equal(await page.locator("img").count(), 0);
      for (const name of ["Compare", "JSON", "Save"]) assert.equal(await page.getByText(name, { exact: true }).count(), 0, name);
    },
    { allowed: /^asked for (file|data):/ },
  );
});
