// Makes the pictures of the documentation: `npm run pictures`. They show the demo's own traces, and for the
// page of services the traffic of the load generator's shop.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { startBackend } from "./browser/support/backend.mjs";
import { startBrowser } from "./browser/support/browser.mjs";
import { takePicture, writePicture } from "./browser/support/looks.mjs";

/** @typedef {import("playwright-core").Page} Page */

const repository = fileURLToPath(new URL("../../", import.meta.url));
const programs = `${process.env.CARGO_TARGET_DIR ?? join(repository, "target")}/debug`;
const IMAGES = join(repository, "docs/images");

/** What the shop sends: enough for figures over time, and little enough to be there in seconds. */
const SHOP = ["--spans", "60000", "--over", "50m"];

/** @param {string} name @param {string[]} args */
function run(name, args) {
  const program = join(programs, name);
  if (!existsSync(program)) throw new Error(`${program} is not there: run “cargo build -p clew -p clew-loadgen”.`);
  execFileSync(program, args, { stdio: ["ignore", "ignore", "inherit"] });
}

/** @param {string} url @param {number} step @returns {Promise<string>} the trace of a step of the demo */
async function traceOfStep(url, step) {
  const answer = await fetch(`${url}/api/clew/v1/traces?attribute=demo.step%3D${step}`);
  const { traces } = /** @type {any} */ (await answer.json());
  return traces[0].traceId;
}

/** @param {string} selector */
const until = (selector) => (/** @type {Page} */ page) => page.locator(selector).first().waitFor();

/**
 * @param {{slow: string, cut: string, fast: string}} traces
 * @returns {[string, string, (page: Page) => Promise<unknown>][]} name, path, what to wait for
 */
function placesOf({ slow, cut, fast }) {
  const serverSpan = async (/** @type {Page} */ page) => {
    await page.locator(".row").filter({ hasText: "GET /bands/{id}" }).click();
    await page.locator("aside.details h2").waitFor();
  };
  const logs = async (/** @type {Page} */ page) => {
    await page.locator(".log-button").click();
    await page.locator(".trace-log").first().waitFor();
  };
  return [
    ["search", "/", until(".results > li")],
    ["trace", `/trace/${slow}`, serverSpan],
    ["trace-logs", `/trace/${slow}`, logs],
    ["flame", `/trace/${slow}?view=flame`, until(".frame")],
    ["spans", `/trace/${slow}?view=spans`, until(".table-room .table-row")],
    ["graph", `/trace/${slow}?view=services`, until(".graph-node")],
    ["propagation", `/trace/${cut}?view=propagation`, until(".hop")],
    ["compare", `/compare?before=${slow}&after=${fast}`, until(".compare-row.faster")],
    ["logs", "/logs", until(".log")],
    ["learn", "/learn", until(".example-row")],
  ];
}

/** @param {Awaited<ReturnType<typeof startBrowser>>} browser @param {string} url @param {ReturnType<typeof placesOf>} places */
async function picture(browser, url, places) {
  for (const [name, path, arrive] of places) {
    for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
      const look = { viewport: { width: 1440, height: 900 }, colorScheme };
      await browser.open(
        url + path,
        async (page) => {
          await arrive(page);
          writePicture(join(IMAGES, `${name}-${colorScheme}.png`), await takePicture(page));
        },
        look,
      );
      process.stdout.write(`${name}-${colorScheme}.png\n`);
    }
  }
}

/** @param {string} url */
const portOf = (url) => new URL(url).port;

mkdirSync(IMAGES, { recursive: true });
const [demo, shop, browser] = await Promise.all([startBackend(), startBackend(), startBrowser()]);
const ports = ["--http-port", portOf(demo.url), "--otlp-grpc-port", portOf(demo.otlpGrpc), "--bands-port", "0", "--reviews-port", "0"];
run("clew", ["demo", "--yes", "--exit", ...ports]);
run("clew-loadgen", ["--endpoint", `http://127.0.0.1:${portOf(shop.otlpGrpc)}`, ...SHOP]);
const [slow, cut, fast] = await Promise.all([7, 5, 10].map((step) => traceOfStep(demo.url, step)));
await picture(browser, demo.url, placesOf({ slow: slow ?? "", cut: cut ?? "", fast: fast ?? "" }));
await picture(browser, shop.url, [
  ["services", "/services", until(".figure-list")],
  ["service", "/services?service=checkout", until(".exemplar")],
]);
await browser.close();
await Promise.all([demo.stop(), shop.stop()]);
