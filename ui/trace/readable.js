/** @typedef {import("./decode.js").Attribute} Attribute */

/** Flat arrays stay on one line up to this length. */
const FLAT_MAX = 100;

/**
 * The value as text for a reader: arrays and maps come as JSON text and read better with line
 * breaks.
 *
 * @param {Pick<Attribute, "type" | "value">} attribute
 */
export function readable({ type, value }) {
  const text = String(value);
  if (type === "binary") return text === "" ? "(empty)" : `${text} (base64)`;
  if (text === "") return "(empty)";
  if (type !== "string" || !/^[[{]/.test(text)) return text;
  try {
    const parsed = JSON.parse(text, refuseRounded);
    const isFlat = Array.isArray(parsed) && parsed.every((each) => typeof each !== "object");
    return isFlat && text.length < FLAT_MAX ? text : JSON.stringify(parsed, null, 2);
  } catch {
    return text; // It only looks like JSON, or JavaScript cannot hold its numbers.
  }
}

/** @param {string} _key @param {unknown} value */
function refuseRounded(_key, value) {
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw new RangeError("rounded");
  return value;
}
