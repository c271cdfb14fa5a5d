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
 * @param {{last?: string, service?: string, name?: string, kind?: string}} query
 * @returns {string} where services are shown; what is empty is left out
 */
export function servicesHref(query) {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value) params.set(key, value);
  }
  return params.size > 0 ? `/services?${params}` : "/services";
}

/**
 * @param {string} before a trace id
 * @param {string} [after] another; without one the reader is asked
 * @returns {string} where the two are compared
 */
export function compareHref(before, after) {
  return `/compare?${new URLSearchParams(after === undefined ? { before } : { before, after })}`;
}

/**
 * @param {string} traceId
 * @param {string} [spanId]
 * @param {string} [mode] which view of it, if not the first
 * @param {boolean} [withLogs] whether the log records are open beside it
 * @returns {string}
 */
export function traceHref(traceId, spanId, mode = "timeline", withLogs = false) {
  const path = `/trace/${encodeURIComponent(traceId)}`;
  const query = new URLSearchParams();
  if (mode !== "timeline") query.set("view", mode);
  if (spanId) query.set("span", spanId);
  if (withLogs) query.set("panel", "logs");
  return query.size > 0 ? `${path}?${query}` : path;
}
