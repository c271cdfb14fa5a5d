// The search form’s attributes: `http.response.status_code=500 user.name="Ann Lee"`.

/**
 * @typedef {{key: string, value: string}} AttributeFilter
 */

/** An attribute that cannot be understood, with a sentence for the reader. */
export class AttributeError extends Error {}

// A key up to the equals sign, then a quoted or a bare value.
const FILTER = /\s*(?:([^\s="]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))(?=\s|$))/y;

/**
 * @param {string} text
 * @returns {AttributeFilter[]} all of which must hold, also two with the same key
 * @throws {AttributeError}
 */
export function parseAttributes(text) {
  const filters = [];
  let at = 0;
  while (text.slice(at).trim() !== "") {
    FILTER.lastIndex = at;
    const match = FILTER.exec(text);
    if (!match) throw new AttributeError(explain(text.slice(at).trim()));
    const [, key = "", quoted, bare = ""] = match;
    filters.push({ key, value: quoted === undefined ? bare : quoted.replace(/\\(.)/gs, "$1") });
    at = FILTER.lastIndex;
  }
  return filters;
}

/** @param {string} rest what could not be read */
function explain(rest) {
  const word = rest.split(/\s/, 1)[0] ?? rest;
  if (word.startsWith("=")) return `“${word}” has no key. Write key=value.`;
  if (!word.includes("=")) return `“${word}” has no value. Write ${word}=value.`;
  const [key] = word.split("=", 1);
  if (/="[^"]*$/.test(rest)) return `The quotation mark after “${key}=” is not closed.`;
  return `“${word}” has a quotation mark inside. Write ${key}="…" and \\" for the mark itself.`;
}

/**
 * @param {AttributeFilter[]} filters
 * @returns {string} what `parseAttributes` reads back
 */
export function formatAttributes(filters) {
  return filters.map(({ key, value }) => `${key}=${quote(value)}`).join(" ");
}

/** @param {string} value */
function quote(value) {
  return /[\s"\\]/.test(value) ? `"${value.replace(/["\\]/g, "\\$&")}"` : value;
}
