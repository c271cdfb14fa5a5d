// A trace as one HTML file that opens without a server: the page, its modules and what the backend
// answered, all in one.

import { fetchHops, keepTraceLines } from "../lib/api.js";
import { formatTime, now } from "../lib/format.js";
import { ApiError } from "../lib/receive.js";
import { SAVED_ID } from "../lib/saved.js";
import { followLogs } from "../trace/load-logs.js";

/** All modules of the UI in one, and the name that they have in the file. */
const APP = "/static/app.js";
const APP_NAME = "clew";

/** All that the page of the file may do is run its own modules. */
const POLICY = "default-src 'none'; script-src 'unsafe-inline' data:; style-src 'unsafe-inline'; img-src data:";

/**
 * @param {string} traceId
 * @returns {Promise<Blob>} the file
 */
export async function traceFile(traceId) {
  const [modules, styles, answers] = await Promise.all([loadModules(), loadStyles(), loadAnswers(traceId)]);
  const saved = { traceId, savedAt: formatTime(now()).replace(/:\d\d\.\d+$/, ""), answers };
  return new Blob([pageOf({ modules, styles, data: inScript(JSON.stringify(saved)), title: `Trace ${traceId}` })], {
    type: "text/html",
  });
}

/**
 * @param {{modules: Record<string, string>, styles: string, data: string, title: string}} parts
 * @returns {string}
 */
export function pageOf({ modules, styles, data, title }) {
  const imports = Object.fromEntries(Object.entries(modules).map(([name, source]) => [name, dataUrl(source)]));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${styles}</style>
<script type="application/json" id="${SAVED_ID}">${data}</script>
<script type="importmap">${inScript(JSON.stringify({ imports }))}</script>
</head>
<body>
<div id="app"></div>
<script type="module">import "${APP_NAME}";</script>
</body>
</html>
`;
}

/**
 * JSON within a script: nothing in it ends the script, whatever a span says.
 *
 * @param {string} json
 */
export function inScript(json) {
  return json.replaceAll("<", "\\u003c");
}

/** @param {string} source @returns {string} */
function dataUrl(source) {
  const bytes = new TextEncoder().encode(source);
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return `data:text/javascript;base64,${btoa(binary)}`;
}

/**
 * The modules of the UI and the packages that they import, by their names.
 *
 * @returns {Promise<Record<string, string>>}
 */
async function loadModules() {
  const map = JSON.parse(document.querySelector('script[type="importmap"]')?.textContent ?? "{}");
  const paths = Object.entries(/** @type {Record<string, string>} */ ({ ...map.imports, [APP_NAME]: APP }));
  return Object.fromEntries(await Promise.all(paths.map(async ([name, path]) => [name, await loadText(path)])));
}

/** @returns {Promise<string>} */
async function loadStyles() {
  const links = /** @type {HTMLLinkElement[]} */ ([...document.querySelectorAll('link[rel="stylesheet"]')]);
  const sheets = await Promise.all(links.map((link) => loadText(new URL(link.href).pathname)));
  return sheets.join("\n");
}

/** @param {string} path @returns {Promise<string>} */
async function loadText(path) {
  const response = await fetch(path);
  if (!response.ok) throw new ApiError(`The page could not be saved: ${path} is not there.`, response.status);
  return response.text();
}

/**
 * What the backend answers of the trace, as the page asks it. The page may ask for more meanwhile: that
 * is not of the file.
 *
 * @param {string} traceId
 * @returns {Promise<import("../lib/api.js").Answers>}
 */
export async function loadAnswers(traceId) {
  const answers = {};
  const stop = new AbortController();
  await Promise.all([keepTraceLines(traceId, stop.signal, answers), fetchHops(traceId, stop.signal, answers)]);
  // The first answer is enough: whoever opens the file waits for no others.
  await followLogs(traceId, () => stop.abort(), stop.signal, answers);
  return answers;
}
