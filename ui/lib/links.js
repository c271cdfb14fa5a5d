// Which values of spans may become a link.

/**
 * The address if `text` is an absolute http or https URL without credentials, else `null`.
 *
 * @param {string} text
 * @returns {string | null}
 */
export function safeHref(text) {
  if (!/^https?:\/\//i.test(text) || /\s/.test(text)) return null;
  try {
    const url = new URL(text);
    const plain = url.username === "" && url.password === "";
    return plain && (url.protocol === "http:" || url.protocol === "https:") ? url.href : null;
  } catch {
    return null;
  }
}

/**
 * @param {string} traceId
 * @param {string} [spanId]
 * @returns {string}
 */
export function traceHref(traceId, spanId) {
  const path = `/trace/${encodeURIComponent(traceId)}`;
  return spanId ? `${path}?span=${encodeURIComponent(spanId)}` : path;
}
