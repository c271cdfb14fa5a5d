// The search form's tags: `http.response.status_code=500 error=true user="Ann Lee"`.

/**
 * @typedef {{key: string, value: string}} Tag
 */

/** A tag that cannot be understood, with a sentence for the reader. */
export class TagError extends Error {}

// A key up to the equals sign, then a quoted or a bare value.
const TAG = /\s*(?:([^\s="]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))(?=\s|$))/y;

/**
 * @param {string} text
 * @returns {Tag[]} all of which must hold, also two with the same key
 * @throws {TagError}
 */
export function parseTags(text) {
  const tags = [];
  let at = 0;
  while (text.slice(at).trim() !== "") {
    TAG.lastIndex = at;
    const match = TAG.exec(text);
    if (!match) throw new TagError(explain(text.slice(at).trim()));
    const [, key = "", quoted, bare = ""] = match;
    tags.push({ key, value: quoted === undefined ? bare : quoted.replace(/\\(.)/gs, "$1") });
    at = TAG.lastIndex;
  }
  return tags;
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
 * @param {Tag[]} tags
 * @returns {string} what `parseTags` reads back
 */
export function formatTags(tags) {
  return tags.map(({ key, value }) => `${key}=${quote(value)}`).join(" ");
}

/** @param {string} value */
function quote(value) {
  return /[\s"\\]/.test(value) ? `"${value.replace(/["\\]/g, "\\$&")}"` : value;
}
