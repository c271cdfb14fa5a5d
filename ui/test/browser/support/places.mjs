// Every page of the UI, as a place to go and what is to be seen there. What holds for all pages is
// tested over this list: a new page is one entry more.

import { sendLogs } from "./logs.mjs";
import { sendTrace } from "./otlp.mjs";
import { demoSpans, failedSpans } from "./traces.mjs";

/**
 * @typedef {import("playwright-core").Page} Page
 *
 * @typedef {object} Place
 * @property {string} name
 * @property {string} path
 * @property {(page: Page) => Promise<unknown>} arrive waits until all of it is there, and does what
 *   leads to it
 * @property {RegExp} [allowed] complaints that belong to it
 */

export const SLOW = "0af7651916cd43dd8448eb211c80319c";
export const FAST = "1bf7651916cd43dd8448eb211c80319c";
export const FAILED = "4bf92f3577b34da6a3ce929d0e0e4736";

/** @param {string} selector @returns {Place["arrive"]} */
const shows = (selector) => (page) => page.locator(selector).first().waitFor();

/** Log records come after the spans, and move what is there. @param {string} selector @returns {Place["arrive"]} */
const showsWithLogs = (selector) => async (page) => {
  await page.locator(selector).first().waitFor();
  await page.locator(".log-button").waitFor();
};

/** What a backend without any span shows. @type {Place[]} */
export const EMPTY_PLACES = [
  { name: "welcome", path: "/", arrive: shows(".welcome h1") },
  { name: "logs-welcome", path: "/logs", arrive: shows(".welcome h1") },
  { name: "services-empty", path: "/services", arrive: shows("main h2") },
  { name: "learn-empty", path: "/learn", arrive: shows(".run-demo") },
];

/** What a backend shows after `sendAll`. @type {Place[]} */
export const PLACES = [
  { name: "search", path: "/", arrive: shows(".results > li") },
  { name: "search-no-match", path: "/search?name=nothing", arrive: shows(".no-match") },
  { name: "trace", path: `/trace/${SLOW}`, arrive: showsWithLogs(".waterfall .row") },
  { name: "trace-failed", path: `/trace/${FAILED}`, arrive: shows(".log-button") },
  {
    name: "trace-details",
    path: `/trace/${FAILED}?span=aaaaaaaaaaa10006`,
    arrive: showsWithLogs("aside.details h2"),
  },
  {
    name: "trace-logs",
    path: `/trace/${SLOW}`,
    async arrive(page) {
      await page.locator(".log-button").click();
      await page.locator(".trace-log").first().waitFor();
    },
  },
  { name: "trace-flame", path: `/trace/${SLOW}?view=flame`, arrive: showsWithLogs(".frame") },
  { name: "trace-spans", path: `/trace/${SLOW}?view=spans`, arrive: showsWithLogs(".table-room .table-row") },
  { name: "trace-services", path: `/trace/${FAILED}?view=services`, arrive: showsWithLogs(".graph-node") },
  { name: "trace-propagation", path: `/trace/${SLOW}?view=propagation`, arrive: showsWithLogs(".hop") },
  { name: "trace-awaited", path: "/trace/99999999999999999999999999999999", arrive: shows("main h1"), allowed: /404/ },
  { name: "logs", path: "/logs?lookback=all", arrive: shows(".plot rect") },
  {
    name: "logs-unfolded",
    path: "/logs?lookback=all",
    async arrive(page) {
      await page.locator(".log").nth(1).click();
      await page.locator(".log-open").waitFor();
    },
  },
  { name: "compare", path: `/compare?before=${SLOW}&after=${FAST}`, arrive: shows(".compare-row:not(.compare-titles)") },
  { name: "compare-first", path: "/compare", arrive: shows(".offers a") },
  { name: "compare-chooser", path: `/compare?before=${SLOW}`, arrive: shows(".offers a") },
  { name: "services", path: "/services", arrive: shows(".figure-list") },
  { name: "service", path: "/services?service=bands-api", arrive: shows(".exemplar") },
  { name: "service-all-kinds", path: "/services?service=reviews-api&kind=all", arrive: shows(".exemplar") },
  { name: "learn", path: "/learn", arrive: shows(".example-row") },
  { name: "not-found", path: "/nowhere", arrive: shows("main h1"), allowed: /404/ },
];

/**
 * Three traces of one call, and the log records of the first.
 *
 * @param {import("./backend.mjs").Backend} backend
 * @param {number} start of the first, epoch ms
 */
export async function sendAll(backend, start) {
  const fast = demoSpans(FAST).map((span) => ({ ...span, at: span.at / 500, lasts: span.lasts / 500 }));
  await sendTrace(backend.otlp, { traceId: SLOW, start, spans: demoSpans(SLOW) });
  await sendTrace(backend.otlp, { traceId: FAST, start: start + 9_000, spans: fast });
  await sendTrace(backend.otlp, { traceId: FAILED, start: start + 15_000, spans: failedSpans(FAILED) });
  const within = { trace: SLOW, span: "aaaaaaaaaaa10007" };
  await sendLogs(backend.otlp, [
    { at: start + 3, level: "info", service: "bands-api", body: "asked for a band", trace: SLOW },
    { at: start + 2_500, level: "warn", service: "bands-api", body: "still waiting for a lock", ...within },
    { at: start + 3_000, level: "trace", service: "bands-api", body: "seed 81", ...within },
    { at: start + 4_000, level: "debug", service: "bands-api", body: "found it in the cache", ...within },
    { at: start + 6_300, level: "error", service: "reviews-api", body: { says: "out of range", stars: 11 }, attributes: { "review.number": 4 }, event: "review.refused", ...within },
    { at: start + 8_400, level: "fatal", service: "reviews-api", body: "no memory", ...within },
  ]);
}
