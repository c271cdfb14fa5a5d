import assert from "node:assert/strict";
import { test } from "node:test";

import {
  formatAgo,
  formatDuration,
  formatExactTime,
  formatRoughCount,
  formatShare,
  formatTime,
  plural,
} from "../../lib/format.js";

test("durations have three significant digits at the most", () => {
  const cases = /** @type {[number, string][]} */ ([
    [0, "0 ns"],
    [850, "850 ns"],
    [1_000, "1 µs"],
    [1_236, "1.24 µs"],
    [12_340_000, "12.3 ms"],
    [123_400_000, "123 ms"],
    [5_010_000_000, "5.01 s"],
    [59_940_000_000, "59.9 s"],
    [60_000_000_000, "1 min"],
    [125_000_000_000, "2 min 5 s"],
    [119_999_999_999, "2 min"],
    [3_660_000_000_000, "1 h 1 min"],
    [90_000_000_000_000, "1 d 1 h"],
    [-1_500_000, "−1.5 ms"],
  ]);
  for (const [nanos, expected] of cases) assert.equal(formatDuration(nanos), expected);
  for (const [nanos, expected] of /** @type {const} */ ([[999_600, "1 ms"], [999_400, "999 µs"], [999_600_000, "1 s"]])) assert.equal(formatDuration(nanos), expected);
});

test("moments are told from now", () => {
  const now = 1_000_000_000_000_000_000n;
  const cases = /** @type {[number, string][]} */ ([
    [0, "now"],
    [12, "12 s ago"],
    [119, "1 min ago"],
    [7_200, "2 h ago"],
    [172_800, "2 d ago"],
    [-30, "in 30 s"],
  ]);
  for (const [seconds, expected] of cases) {
    assert.equal(formatAgo(now - BigInt(seconds) * 1_000_000_000n, now), expected);
  }
});

test("an impossible time is said to be one", () => {
  assert.equal(formatTime(2n ** 64n * 1_000_000n), "no valid time");
  assert.match(formatTime(1_764_000_000_123_456_789n), /^\d+ Nov 2025, \d\d:\d\d:\d\d\.123$/);
  assert.equal(formatExactTime(1_764_000_000_023_456_789n), "2025-11-24T16:00:00.023456789Z");
});

test("counts and shares", () => {
  assert.equal(plural(1, "span"), "1 span");
  assert.equal(plural(2_000, "span"), "2,000 spans");
  assert.equal(plural(2, "query", "queries"), "2 queries");
  assert.deepEqual([940, 1_234, 35_000_000].map(formatRoughCount), ["940", "1.2K", "35M"]);
  assert.equal(formatShare(1, 3), "33 %");
  assert.equal(formatShare(1, 1_000), "< 1 %");
  assert.equal(formatShare(0, 10), "0 %");
  assert.equal(formatShare(1, 0), "–");
});
