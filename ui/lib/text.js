// Text that came from spans, made safe to look at. Markup is no danger (text nodes only); characters
// that steer the layout of text are, since they can make one name look like another.

/** What stands where a span or an event has no name. */
export const NO_NAME = "(no name)";

// C0 and C1 controls except tab and line feed, zero-width characters, bidirectional controls,
// line and paragraph separators, interlinear marks and the byte order mark.
const INVISIBLE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;

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
