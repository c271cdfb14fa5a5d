// The picture of the results: time from left to right, duration from the bottom up.

/** From this ratio of the longest to the shortest on, durations are drawn on a logarithmic scale. */
const LOG_RATIO = 40;
/** Marks of a logarithmic scale, ns: those that read well. */
const LOG_MARKS = [
  ...[1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10],
  ...[60e9, 600e9, 3600e9, 36_000e9, 86_400e9, 864_000e9],
];
const LOG_MARKS_MAX = 4;

/** Dots keep away from the edges by this part of the width and of the height. */
const MARGIN_X = 0.01;
const MARGIN_Y = 0.12;

/**
 * @typedef {{start: bigint, duration: number}} Point
 * @typedef {object} Scale
 * @property {(point: Point) => {x: number, y: number}} place parts of width and height, from 0 to 1
 * @property {{y: number, duration: number}[]} marks for the vertical axis, ns
 * @property {bigint} from ns since 1970, at the left
 * @property {bigint} to ns since 1970, at the right
 */

/**
 * @param {Point[]} points at least one
 * @returns {Scale}
 */
export function scaleOf(points) {
  const durations = points.map((point) => Math.max(1, point.duration));
  const [first] = points;
  let from = first?.start ?? 0n;
  let to = from;
  for (const { start } of points) {
    if (start < from) from = start;
    if (start > to) to = start;
  }
  const longest = Math.max(...durations);
  const shortest = Math.min(...durations);
  const height = longest / shortest >= LOG_RATIO ? logarithmic(shortest, longest) : linear(longest);
  return {
    place: ({ start, duration }) => ({
      x: inside(to > from ? Number(start - from) / Number(to - from) : 1, MARGIN_X),
      y: inside(height(Math.max(1, duration)), MARGIN_Y),
    }),
    marks: marksOf(longest, shortest, height),
    from,
    to,
  };
}

/** @param {number} part @param {number} margin */
function inside(part, margin) {
  return margin + part * (1 - 2 * margin);
}

/** @param {number} longest @returns {(duration: number) => number} */
function linear(longest) {
  return (duration) => duration / longest;
}

/** @param {number} shortest @param {number} longest @returns {(duration: number) => number} */
function logarithmic(shortest, longest) {
  return (duration) => Math.log(duration / shortest) / Math.log(longest / shortest);
}

/**
 * Round durations at some distance from each other.
 *
 * @param {number} longest
 * @param {number} shortest
 * @param {(duration: number) => number} height
 */
function marksOf(longest, shortest, height) {
  if (longest / shortest < LOG_RATIO) {
    const step = roundDown(longest / 2);
    const halves = [step, 2 * step].filter((duration) => duration <= longest);
    return halves.map((duration) => ({ duration, y: inside(height(duration), MARGIN_Y) }));
  }
  const marks = LOG_MARKS.filter((duration) => duration >= shortest && duration <= longest).map(
    (duration) => ({ duration, y: inside(height(duration), MARGIN_Y) }),
  );
  const every = Math.ceil(marks.length / LOG_MARKS_MAX);
  return marks.filter((_, i) => (marks.length - 1 - i) % every === 0);
}

/** The next 1, 2 or 5 times a power of ten below. @param {number} value */
function roundDown(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  const factor = [5, 2, 1].find((each) => each * power <= value) ?? 1;
  return factor * power;
}
