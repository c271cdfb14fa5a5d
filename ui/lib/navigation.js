// Where the reader is: the address bar as a signal, and links that do not reload the page.

import { signal } from "@preact/signals";

import { saved } from "./saved.js";

/** The address that is shown: path and query. */
export const place = signal(currentPlace());

/** Whether the reader came by the browser's back or forward, and expects what was left there. */
export const arrival = { isBack: false };

/** @returns {string} */
function currentPlace() {
  return location.pathname + location.search;
}

/** Keeps `place` in step with the browser's history and with clicks on links of this origin. */
export function startNavigation() {
  addEventListener("popstate", () => {
    arrival.isBack = true;
    place.value = currentPlace();
  });
  document.addEventListener("click", followLink);
}

/**
 * @param {string} href path and query on this origin
 */
export function goTo(href) {
  arrival.isBack = false;
  if (saved) return goToSaved(href);
  if (href !== currentPlace()) history.pushState(null, "", href);
  place.value = currentPlace();
  scrollTo(0, 0);
}

/**
 * Changes the address without a new entry in the history, for what a page remembers of itself.
 *
 * @param {string} href path and query on this origin
 */
export function replacePlace(href) {
  if (!saved && href !== currentPlace()) history.replaceState(null, "", href);
}

/** A file has the page of one trace, and no history. @param {string} href */
function goToSaved(href) {
  const [path] = href.split("?", 1);
  const [here] = place.peek().split("?", 1);
  if (path === here) place.value = href;
}

/** @param {MouseEvent} event */
function followLink(event) {
  const plain = !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  if (event.defaultPrevented || event.button !== 0 || !plain) return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  // Of a link in a drawing, what the attributes say is not to be had as of one in the text.
  const href = link?.getAttribute("href") ?? null;
  if (!link || href === null || (link.getAttribute("target") ?? "") !== "") return;
  const { origin, pathname, search, hash } = new URL(href, location.href);
  if (origin !== location.origin || hash !== "" || /^\/(api|static)\//.test(pathname)) return;
  event.preventDefault();
  goTo(pathname + search);
}
