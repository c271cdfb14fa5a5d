// Values of attributes, as OTLP's JSON has them: each says its type.

import { list, text } from "../lib/json.js";

/**
 * @typedef {{key: string, value: Value}} Attribute
 *
 * @typedef {{type: "string", value: string}
 *   | {type: "bool", value: boolean}
 *   | {type: "int", value: string}
 *   | {type: "double", value: number}
 *   | {type: "bytes", value: string}
 *   | {type: "array", value: Value[]}
 *   | {type: "map", value: Attribute[]}
 *   | {type: "empty", value: null}} Value int: its digits, since a number has no room for all of
 *   them; bytes: as base64; empty: a value that was not sent
 */

/**
 * @param {unknown} json
 * @returns {Attribute[]}
 */
export function decodeAttributes(json) {
  return list(json).map((each) => ({ key: text(each?.key), value: decodeValue(each?.value) }));
}

/**
 * @param {any} json
 * @returns {Value}
 */
export function decodeValue(json) {
  const [type, value] = Object.entries(json ?? {})[0] ?? [];
  switch (type) {
    case "stringValue":
      return { type: "string", value: text(value) };
    case "boolValue":
      return { type: "bool", value: value === true };
    case "intValue":
      return { type: "int", value: text(value) };
    case "doubleValue": // NaN and the infinities come as text.
      return { type: "double", value: Number(value) };
    case "bytesValue":
      return { type: "bytes", value: text(value) };
    case "arrayValue":
      return { type: "array", value: list(/** @type {any} */ (value)?.values).map(decodeValue) };
    case "kvlistValue":
      return { type: "map", value: decodeAttributes(/** @type {any} */ (value)?.values) };
    default:
      return { type: "empty", value: null };
  }
}

/**
 * The value as the text by which the API finds it.
 *
 * @param {Value} value
 * @returns {string}
 */
export function valueText(value) {
  return value.type === "empty" ? "" : value.type === "string" ? value.value : jsonText(value, plain);
}

/** @param {Value} value what it is when no quotes are around it */
function plain(value) {
  return String(value.value);
}

/**
 * @param {Value} value
 * @param {(scalar: Value) => string} write what has no members
 * @returns {string}
 */
function jsonText(value, write) {
  if (value.type === "array") return `[${value.value.map((each) => jsonText(each, quoted)).join(",")}]`;
  if (value.type !== "map") return write(value);
  const members = value.value.map((each) => `${JSON.stringify(each.key)}:${jsonText(each.value, quoted)}`);
  return `{${members.join(",")}}`;
}

/** @param {Value} value as it stands in JSON */
function quoted(value) {
  const isWord = value.type === "bool" || value.type === "int" || value.type === "empty";
  const isNumber = value.type === "double" && Number.isFinite(value.value);
  return isWord || isNumber ? String(value.value) : JSON.stringify(String(value.value));
}
