// W3C Trace Context, as far as a reader needs it: the headers taken apart field by field.

/**
 * @typedef {object} TraceParent
 * @property {string} version
 * @property {string} traceId
 * @property {string} parentId
 * @property {string} flags
 * @property {boolean} sampled
 * @property {boolean} random
 */

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/**
 * The fields of a `traceparent` header, or `null` if it is not one.
 *
 * @param {string} header
 * @returns {TraceParent | null}
 */
export function parseTraceParent(header) {
  const match = TRACEPARENT.exec(header);
  if (!match) return null;
  const [, version = "", traceId = "", parentId = "", flags = "", rest] = match;
  if (version === "ff" || isZero(traceId) || isZero(parentId)) return null;
  if (version === "00" && rest !== undefined) return null;
  const bits = Number.parseInt(flags, 16);
  return { version, traceId, parentId, flags, sampled: (bits & 1) !== 0, random: (bits & 2) !== 0 };
}

/** @param {string} id */
function isZero(id) {
  return /^0+$/.test(id);
}

/**
 * The members of a `tracestate` header in their order; a member that is no `key=value` has no value.
 *
 * @param {string} header
 * @returns {{key: string, value: string | null}[]}
 */
export function parseTraceState(header) {
  return header
    .split(",")
    .map((member) => member.trim())
    .filter((member) => member !== "")
    .map((member) => {
      const at = member.indexOf("=");
      if (at < 0) return { key: member, value: null };
      return { key: member.slice(0, at), value: member.slice(at + 1) };
    });
}

/**
 * The trace id that a reader means: 32 hex digits, 16 of them, or a whole `traceparent` header.
 *
 * @param {string} text
 * @returns {string | null} 32 lower-case hex digits
 */
export function findTraceId(text) {
  const trimmed = text.trim().toLowerCase();
  if (/^([0-9a-f]{16}|[0-9a-f]{32})$/.test(trimmed) && !isZero(trimmed)) {
    return trimmed.padStart(32, "0");
  }
  const header = trimmed.replace(/^traceparent:\s*/, "");
  return parseTraceParent(header)?.traceId ?? null;
}
