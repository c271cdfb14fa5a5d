// A page that was saved as a file: it has what the backend answered, and asks nobody.

/**
 * @typedef {object} Saved
 * @property {string} traceId
 * @property {string} savedAt when, as a reader says it
 * @property {Record<string, unknown>} answers by the path that was asked for
 */

/** Where the file keeps it. */
export const SAVED_ID = "clew-saved";

/** What this page was saved with; `null` where a backend serves it. */
export const saved = readSaved();

/** @returns {Saved | null} */
function readSaved() {
  // Unit tests have no page.
  const element = typeof document === "undefined" ? null : document.getElementById(SAVED_ID);
  return element ? JSON.parse(element.textContent ?? "null") : null;
}
