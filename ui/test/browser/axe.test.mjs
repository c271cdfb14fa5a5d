// Everybody can use the pages: axe finds nothing against WCAG 2.2 AA, and the keyboard reaches
// every control, in the order of reading and in sight.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";

import { startBackend } from "./support/backend.mjs";
import { startBrowser } from "./support/browser.mjs";
import { EMPTY_PLACES, PLACES, sendAll } from "./support/places.mjs";

/**
 * @typedef {import("playwright-core").Page} Page
 * @typedef {import("./support/backend.mjs").Backend} Backend
 */

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** @type {Backend} */
let empty;
/** @type {Backend} */
let full;
/** @type {Awaited<ReturnType<typeof startBrowser>>} */
let browser;

before(async () => {
  [empty, full, browser] = await Promise.all([startBackend(), startBackend(), startBrowser()]);
  await sendAll(full, Date.now() - 30_000);
});

after(async () => {
  await browser?.close();
  await Promise.all([empty?.stop(), full?.stop()]);
});

/**
 * What axe finds, a paragraph each.
 *
 * @param {Page} page
 * @returns {Promise<string[]>}
 */
async function violations(page) {
  // The page's security policy forbids scripts of others; the debugger may still run one.
  await page.evaluate(AXE);
  return page.evaluate(async (rules) => {
    const { axe } = /** @type {any} */ (globalThis);
    const found = await axe.run(document, { runOnly: { type: "tag", values: rules }, resultTypes: ["violations"] });
    return found.violations.flatMap((/** @type {any} */ { id, help, nodes }) =>
      nodes.map((/** @type {any} */ node) =>
        [`${id}: ${help}`, node.target.join(" "), node.html.slice(0, 300), node.failureSummary].join("\n  "),
      ),
    );
  }, RULES);
}

/**
 * Presses Tab from the address bar until the focus has been everywhere.
 *
 * @param {Page} page
 * @returns {Promise<string[]>} what is wrong on the way
 */
async function walk(page) {
  const problems = [];
  const count = await page.evaluate(startWalk);
  assert.ok(count > 0);
  for (let nth = 0; nth < count; nth++) {
    await page.keyboard.press("Tab");
    const { problem, isLost } = await page.evaluate(step, nth);
    if (problem !== null) problems.push(problem);
    if (isLost) return problems;
  }
  await page.keyboard.press("Tab");
  const isStuck = await page.evaluate((last) => document.activeElement?.getAttribute("data-nth") === String(last), count - 1);
  return isStuck ? [...problems, "Tab does not leave the last control"] : problems;
}

/** Numbers the controls in the order of the document, and notes how they look without the focus. In the page. */
function startWalk() {
  const controls = "a[href], button, input, select, textarea, summary, [tabindex]";
  const tabbable = [...document.querySelectorAll(controls)].filter(
    (each) =>
      /** @type {HTMLElement | SVGElement} */ (each).tabIndex >= 0 &&
      !each.matches(":disabled") &&
      each.checkVisibility({ visibilityProperty: true }),
  );
  // Wherever the page put the focus, the way begins before its first control.
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute("tabindex");
  const looks = (/** @type {Element} */ each) => {
    // The focus may show on the field around an input, or on the row of a tree that is the cursor.
    const cursor = document.getElementById(each.getAttribute("aria-activedescendant") ?? "");
    return [each, each.parentElement, cursor].map((one) => {
      if (!one) return "";
      const { outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(one);
      const outline = outlineStyle === "none" || outlineWidth === "0px" ? "none" : `${outlineWidth} ${outlineColor}`;
      return outline === "none" && boxShadow === "none" ? "" : `${outline} ${boxShadow}`;
    });
  };
  tabbable.forEach((each, i) => each.setAttribute("data-nth", String(i)));
  Object.assign(globalThis, { looks, unfocused: tabbable.map(looks) });
  return tabbable.length;
}

/** Looks at the control that has the focus, and should be the `nth`. In the page. @param {number} nth */
function step(nth) {
  const { looks, unfocused } = /** @type {any} */ (globalThis);
  const at = (/** @type {number} */ i) => document.querySelector(`[data-nth="${i}"]`);
  const name = (/** @type {Element | null} */ each) => {
    const copy = each?.cloneNode(false);
    return copy instanceof Element ? copy.outerHTML : "nothing";
  };
  const now = document.activeElement;
  if (!now || now !== at(nth)) return { isLost: true, problem: `Tab goes to ${name(now)}, not to ${name(at(nth))}` };
  const found = (/** @type {string} */ problem) => ({ isLost: false, problem: `${name(now)} ${problem}` });
  const isSeen = looks(now).some((/** @type {string} */ look, /** @type {number} */ i) => look !== "" && look !== unfocused[nth][i]);
  if (!isSeen) return found("does not show that it has the focus");
  const here = now.getBoundingClientRect();
  if (here.bottom <= 0 || here.top >= innerHeight) return found("stays out of sight");
  // A column beside may begin higher; within a column, the way leads down.
  const before = at(nth - 1)?.getBoundingClientRect();
  const isAbove = before && here.bottom <= before.top && here.left < before.right && before.left < here.right;
  return isAbove ? found("comes after what stands below it") : { isLost: false, problem: null };
}

for (const place of [...EMPTY_PLACES, ...PLACES]) {
  const { name, path, arrive, allowed } = place;
  const address = () => `${(EMPTY_PLACES.includes(place) ? empty : full).url}${path}`;
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    test(`axe finds nothing: ${name}, ${colorScheme}`, async () => {
      await browser.open(
        address(),
        async (page) => {
          await arrive(page);
          const found = await violations(page);
          assert.equal(found.length, 0, `\n${found.join("\n\n")}\n`);
        },
        { colorScheme, allowed },
      );
    });
  }

  test(`Tab leads through all of it: ${name}`, async () => {
    await browser.open(
      address(),
      async (page) => {
        await arrive(page);
        assert.deepEqual(await walk(page), []);
      },
      { allowed },
    );
  });
}
