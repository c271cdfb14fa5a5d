// Text that came from spans, made safe to look at. Markup is no danger (text nodes only); characters
// that steer the layout of text are, since they can make one name look like another.

/** What stands where a span or an event has no name. */
export const NO_NAME = "(no name)";

/** What stands where a service gave no name. */
const UNKNOWN_SERVICE = "unknown_service";

/**
 * @param {unknown} name
 * @returns {string}
 */
export function serviceName(name) {
  return typeof name === "string" && name !== "" ? name : UNKNOWN_SERVICE;
}

// Unicode's own classes, which grow with it: controls, format characters (zero-width, bidirectional,
// tags), line and paragraph separators, and whatever else has no look of its own, such as fillers
// and variation selectors. Tabs, line feeds and the two selectors that belong to emoji stay.
const INVISIBLE = /(?![\t\n\ufe0e\ufe0f])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * `text` with every invisible or direction-changing character spelled out, as `⟨U+202E⟩`.
 *
 * @param {string} text
 * @returns {string}
 */
export function visible(text) {
  return text.replace(INVISIBLE, (char) => `⟨U+${codePoint(char)}⟩`);
}

/** @param {string} char */
function codePoint(char) {
  return (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
}

/**
 * The same on one line and of bounded length, for names in lists.
 *
 * @param {string} text
 * @param {number} [max] in UTF-16 units
 * @returns {string}
 */
export function oneLine(text, max = 300) {
  const cut = text.length > max ? `${text.slice(0, max)}…` : text;
  return visible(cut.replace(/\s+/g, " "));
}

/**
 * `text` cut at the places where `query` occurs, ignoring case: odd elements are the matches.
 *
 * @param {string} text
 * @param {string} query lower case
 * @returns {string[]}
 */
export function splitMatches(text, query) {
  const lower = text.toLowerCase();
  // Some characters change length in lower case; then places in one are not places in the other.
  if (query === "" || lower.length !== text.length) return [text];
  const parts = [];
  let from = 0;
  for (let at = lower.indexOf(query); at >= 0; at = lower.indexOf(query, from)) {
    parts.push(text.slice(from, at), text.slice(at, at + query.length));
    from = at + query.length;
  }
  parts.push(text.slice(from));
  return parts;
}
