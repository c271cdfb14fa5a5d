// Reading parts of an answer. What is not as expected becomes empty: a page that shows less is
// better than one that shows nothing.

/** @param {unknown} value @returns {any[]} */
export function list(value) {
  return Array.isArray(value) ? value : [];
}

/** @param {unknown} value @returns {Record<string, unknown>} */
export function object(value) {
  return typeof value === "object" && value !== null ? /** @type {Record<string, unknown>} */ (value) : {};
}

/** @param {unknown} value */
export function text(value) {
  return typeof value === "string" ? value : "";
}

/** @param {unknown} value */
export function number(value) {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

/** A 64-bit number, which JSON has as text. @param {unknown} value @returns {bigint} */
export function bigint(value) {
  return typeof value === "string" && /^-?\d{1,20}$/.test(value) ? BigInt(value) : 0n;
}
