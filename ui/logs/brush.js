// The brush over the histogram: cells chosen by mouse, touch or keyboard.

/**
 * @typedef {{anchor: number, at: number}} Brush cells by number; the one it began at, and where it is now
 */

/**
 * @param {Brush} brush
 * @returns {{from: number, to: number}} the first cell and the one after the last
 */
export function brushed({ anchor, at }) {
  return { from: Math.min(anchor, at), to: Math.max(anchor, at) + 1 };
}

/** How far each key moves. @type {Record<string, number>} */
const MOVES = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -10,
  PageUp: 10,
  Home: -Infinity,
  End: Infinity,
};

/**
 * @param {Brush | null} brush
 * @param {{key: string, shiftKey: boolean}} event with Shift the brush grows, without it moves on as one cell
 * @param {number} cells how many there are
 * @returns {Brush | null} where the key takes it; `null` if the key is not of the brush
 */
export function moved(brush, { key, shiftKey }, cells) {
  const by = Object.hasOwn(MOVES, key) ? MOVES[key] : undefined;
  if (by === undefined) return null;
  // The newest is at the right, where a reader begins.
  const from = brush ? brush.at : by > 0 ? -1 : cells;
  const at = Math.min(cells - 1, Math.max(0, from + by));
  return { anchor: shiftKey && brush ? brush.anchor : at, at };
}
