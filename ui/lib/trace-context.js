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

/** Bits of `flags` of OTLP's spans and links: those of W3C, then two of OTLP's own. */
const SAMPLED = 0x01;
const RANDOM = 0x02;
const W3C_FLAGS = 0xff;
const TELLS_REMOTE = 0x100;
const IS_REMOTE = 0x200;

/**
 * @param {number} flags of a span or a link
 * @returns {string} those of W3C as they stand in a `traceparent`
 */
export function flagsHex(flags) {
  return (flags & W3C_FLAGS).toString(16).padStart(2, "0");
}

/**
 * What the flags of a span or a link say, in words.
 *
 * @param {number} flags
 * @returns {string}
 */
export function describeFlags(flags) {
  // Senders that know the flags set at least one bit: that they tell where the parent is.
  if (flags === 0) return "the sender did not say";
  const words = [flags & SAMPLED ? "sampled" : "sampled flag not set, as some SDKs leave it"];
  if (flags & RANDOM) words.push("random id");
  if (flags & TELLS_REMOTE && flags & IS_REMOTE) words.push("remote parent");
  return words.join(", ");
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
