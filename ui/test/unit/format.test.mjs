import assert from "node:assert/strict";
import { test } from "node:test";

import { formatAgo, formatDuration, formatShare, formatTime, plural } from "../../lib/format.js";

test("durations have three significant digits at the most", () => {
  const cases = /** @type {[number, string][]} */ ([
    [0, "0 µs"],
    [850, "850 µs"],
    [1_000, "1 ms"],
    [1_236, "1.24 ms"],
    [12_340, "12.3 ms"],
    [123_400, "123 ms"],
    [5_010_000, "5.01 s"],
    [59_940_000, "59.9 s"],
    [60_000_000, "1 min"],
    [125_000_000, "2 min 5 s"],
    [119_999_999, "2 min"],
    [3_660_000_000, "1 h 1 min"],
    [90_000_000_000, "1 d 1 h"],
    [-1_500, "−1.5 ms"],
  ]);
  for (const [micros, expected] of cases) assert.equal(formatDuration(micros), expected);
});

test("moments are told from now", () => {
  const now = 1_000_000_000_000_000;
  const cases = /** @type {[number, string][]} */ ([
    [0, "now"],
    [12, "12 s ago"],
    [119, "1 min ago"],
    [7_200, "2 h ago"],
    [172_800, "2 d ago"],
    [-30, "in 30 s"],
  ]);
  for (const [seconds, expected] of cases) {
    assert.equal(formatAgo(now - seconds * 1_000_000, now), expected);
  }
});

test("an impossible time is said to be one", () => {
  assert.equal(formatTime(Number.MAX_VALUE), "no valid time");
  assert.match(formatTime(1_764_000_000_123_456), /^\d+ Nov 2025, \d\d:\d\d:\d\d\.123$/);
});

test("counts and shares", () => {
  assert.equal(plural(1, "span"), "1 span");
  assert.equal(plural(2_000, "span"), "2,000 spans");
  assert.equal(plural(2, "query", "queries"), "2 queries");
  assert.equal(formatShare(1, 3), "33 %");
  assert.equal(formatShare(1, 1_000), "< 1 %");
  assert.equal(formatShare(0, 10), "0 %");
  assert.equal(formatShare(1, 0), "–");
});
