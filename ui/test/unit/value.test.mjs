import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeAttributes, valueText } from "../../trace/value.js";

/** @param {unknown} json */
const decoded = (json) => decodeAttributes([{ key: "k", value: json }])[0]?.value;

test("a value keeps its type, and all its digits", () => {
  const cases = /** @type {[unknown, unknown, string][]} */ ([
    [{ stringValue: "5" }, { type: "string", value: "5" }, "5"],
    [{ boolValue: true }, { type: "bool", value: true }, "true"],
    [{ intValue: "-9223372036854775808" }, { type: "int", value: "-9223372036854775808" }, "-9223372036854775808"],
    [{ doubleValue: 0.5 }, { type: "double", value: 0.5 }, "0.5"],
    [{ doubleValue: "-Infinity" }, { type: "double", value: -Infinity }, "-Infinity"],
    [{ doubleValue: "NaN" }, { type: "double", value: NaN }, "NaN"],
    [{ bytesValue: "AP8Q" }, { type: "bytes", value: "AP8Q" }, "AP8Q"],
    [{}, { type: "empty", value: null }, ""],
  ]);
  for (const [json, value, text] of cases) {
    const read = decoded(json);
    assert.deepEqual(read, value);
    assert.equal(read && valueText(read), text);
  }
});

test("arrays and maps are JSON where they must be text", () => {
  const members = [
    { key: "n", value: { intValue: "9007199254740993" } },
    { key: 'quoted "key"', value: { arrayValue: { values: [{ stringValue: "a" }, {}, { bytesValue: "AA==" }] } } },
    { key: "__proto__", value: { doubleValue: "NaN" } },
  ];
  const value = decoded({ kvlistValue: { values: members } });
  assert.equal(
    value && valueText(value),
    String.raw`{"n":9007199254740993,"quoted \"key\"":["a",null,"AA=="],"__proto__":"NaN"}`,
  );
});

test("whatever comes is decoded without an exception", () => {
  assert.deepEqual(decodeAttributes(null), []);
  for (const json of [null, 1, "x", [], { other: 1 }, { arrayValue: null }, { kvlistValue: { values: 1 } }]) {
    assert.ok(decoded(json));
  }
  assert.deepEqual(decodeAttributes([null]), [{ key: "", value: { type: "empty", value: null } }]);
});
