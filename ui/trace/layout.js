// Where things stand on the time line. Places are parts of its width, from 0 to 1.

/** @typedef {{start: number, end: number}} Range ns after the start of the trace */

/** Self-time parts narrower than this part of the width are drawn as one with their neighbours. */
const PART_MIN = 0.002;
/** A wait without any child this long, as a part of the whole trace, is pointed out. */
const GAP_MIN = 0.15;

/**
 * @param {number} time ns after the start of the trace
 * @param {Range} range
 * @returns {number} below 0 or above 1 if it lies outside
 */
export function placeOf(time, range) {
  const length = range.end - range.start;
  return length <= 0 ? 0 : (time - range.start) / length;
}

/**
 * @param {Range} bar
 * @param {Range} range what is shown
 * @returns {{left: number, width: number} | null} `null` if it lies outside
 */
export function barOf(bar, range) {
  const left = placeOf(bar.start, range);
  const right = placeOf(bar.end, range);
  if (right < 0 || left > 1) return null;
  const from = Math.max(0, left);
  return { left: from, width: Math.min(1, right) - from };
}

/**
 * @param {Range[]} parts by start
 * @param {Range} range
 * @returns {{left: number, width: number}[]} as bars, tiny ones joined
 */
export function barsOf(parts, range) {
  /** @type {{left: number, width: number}[]} */
  const bars = [];
  for (const part of parts) {
    const bar = barOf(part, range);
    if (!bar) continue;
    const last = bars.at(-1);
    const gap = last ? bar.left - last.left - last.width : Infinity;
    if (last && gap < PART_MIN && bar.width < PART_MIN) {
      last.width = bar.left + bar.width - last.left;
    } else {
      bars.push(bar);
    }
  }
  return bars;
}

/**
 * The longest time that a span with children worked without any, if it explains much of the trace.
 *
 * @param {Range[]} selfParts when it worked itself
 * @param {Range} trace
 * @returns {Range | null}
 */
export function telltaleGap(selfParts, trace) {
  let longest = null;
  for (const part of selfParts) {
    if (!longest || part.end - part.start > longest.end - longest.start) longest = part;
  }
  const big = longest && longest.end - longest.start >= GAP_MIN * (trace.end - trace.start);
  return big ? longest : null;
}

/**
 * Round offsets for the ruler: 0, 200 ms, 400 ms…
 *
 * @param {number} from ns after the start of the trace
 * @param {number} to
 * @param {number} count about how many
 * @returns {number[]}
 */
export function ticks(from, to, count) {
  const length = to - from;
  if (!(length > 0) || count < 1) return [from];
  const step = roundStep(length / count);
  const result = [];
  for (let i = Math.ceil(from / step); i * step <= to; i++) result.push(i * step);
  return result;
}

/** The next of 1, 2, 5, 10, 20, 50… @param {number} rough */
function roundStep(rough) {
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  const factor = [1, 2, 5].find((each) => each * power >= rough) ?? 10;
  return Math.max(1, factor * power);
}
