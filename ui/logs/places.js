// Where the records of the list stand. All lines are of one height; those unfolded have more below.

/**
 * @typedef {{index: number, height: number}} Unfolded a record and the height of what is below its line
 */

/**
 * @param {number} index
 * @param {number} lineHeight
 * @param {Unfolded[]} unfolded in the order of the list
 * @returns {number} pixels from the top of the list
 */
export function topOf(index, lineHeight, unfolded) {
  let top = index * lineHeight;
  for (const each of unfolded) {
    if (each.index >= index) break;
    top += each.height;
  }
  return top;
}

/**
 * @param {number} top pixels from the top of the list
 * @param {number} lineHeight
 * @param {Unfolded[]} unfolded in the order of the list
 * @returns {number} the record that stands there
 */
export function indexAt(top, lineHeight, unfolded) {
  let above = 0;
  for (const { index, height } of unfolded) {
    const begins = index * lineHeight + above;
    if (top < begins + lineHeight) break;
    if (top < begins + lineHeight + height) return index;
    above += height;
  }
  return Math.max(0, Math.floor((top - above) / lineHeight));
}
