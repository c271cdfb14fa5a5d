// How numbers, times and names read. Times are in microseconds since the epoch, as the API has them.

const MICROS_PER_MS = 1_000;
const MICROS_PER_S = 1_000_000;
const MICROS_PER_MIN = 60 * MICROS_PER_S;
const MICROS_PER_HOUR = 60 * MICROS_PER_MIN;
const MICROS_PER_DAY = 24 * MICROS_PER_HOUR;

const COUNT = new Intl.NumberFormat("en-US");

/**
 * A duration with three significant digits: `850 µs`, `1.24 ms`, `5.01 s`, `2 min 5 s`.
 *
 * @param {number} micros
 * @returns {string}
 */
export function formatDuration(micros) {
  const size = Math.abs(micros);
  const sign = micros < 0 ? "−" : "";
  if (size < MICROS_PER_MS) return `${sign}${Math.round(size)} µs`;
  if (size < MICROS_PER_S) return `${sign}${threeDigits(size / MICROS_PER_MS)} ms`;
  if (size < MICROS_PER_MIN) return `${sign}${threeDigits(size / MICROS_PER_S)} s`;
  if (size < MICROS_PER_HOUR) return sign + twoUnits(size, MICROS_PER_MIN, "min", MICROS_PER_S, "s");
  if (size < MICROS_PER_DAY) return sign + twoUnits(size, MICROS_PER_HOUR, "h", MICROS_PER_MIN, "min");
  return sign + twoUnits(size, MICROS_PER_DAY, "d", MICROS_PER_HOUR, "h");
}

/** @param {number} value below 1000 */
function threeDigits(value) {
  const decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
  return String(Number(value.toFixed(decimals)));
}

/**
 * @param {number} micros
 * @param {number} bigUnit
 * @param {string} bigName
 * @param {number} smallUnit
 * @param {string} smallName
 */
function twoUnits(micros, bigUnit, bigName, smallUnit, smallName) {
  const whole = Math.round(micros / smallUnit) * smallUnit;
  const big = Math.floor(whole / bigUnit);
  const small = Math.round((whole - big * bigUnit) / smallUnit);
  return small === 0 ? `${big} ${bigName}` : `${big} ${bigName} ${small} ${smallName}`;
}

/**
 * How long ago something was: `now`, `12 s ago`, `3 min ago`, `2 h ago`, `5 d ago`.
 *
 * @param {number} micros when
 * @param {number} nowMicros
 * @returns {string}
 */
export function formatAgo(micros, nowMicros) {
  const ago = nowMicros - micros;
  if (ago < -MICROS_PER_S) return `in ${wholeUnit(-ago)}`;
  if (ago < MICROS_PER_S) return "now";
  return `${wholeUnit(ago)} ago`;
}

/** @param {number} micros */
function wholeUnit(micros) {
  if (micros < MICROS_PER_MIN) return `${Math.floor(micros / MICROS_PER_S)} s`;
  if (micros < MICROS_PER_HOUR) return `${Math.floor(micros / MICROS_PER_MIN)} min`;
  if (micros < MICROS_PER_DAY) return `${Math.floor(micros / MICROS_PER_HOUR)} h`;
  return `${Math.floor(micros / MICROS_PER_DAY)} d`;
}

/**
 * A moment in the reader's time zone, to the millisecond: `22 Nov 2026, 13:37:02.114`.
 *
 * @param {number} micros
 * @returns {string}
 */
export function formatTime(micros) {
  const date = new Date(micros / MICROS_PER_MS);
  if (Number.isNaN(date.getTime())) return "no valid time";
  return `${formatDay(date)}, ${formatClock(micros)}`;
}

/** @param {Date} date */
function formatDay(date) {
  return date.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
}

/**
 * The time of day in the reader's time zone: `13:37:02.114`.
 *
 * @param {number} micros
 * @returns {string}
 */
export function formatClock(micros) {
  const date = new Date(micros / MICROS_PER_MS);
  if (Number.isNaN(date.getTime())) return "no valid time";
  /** @param {number} value @param {number} width */
  const pad = (value, width) => String(value).padStart(width, "0");
  return (
    `${pad(date.getHours(), 2)}:${pad(date.getMinutes(), 2)}:${pad(date.getSeconds(), 2)}` +
    `.${pad(date.getMilliseconds(), 3)}`
  );
}

/**
 * A count with its noun: `1 span`, `2,000 spans`.
 *
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 * @returns {string}
 */
export function plural(count, one, many = `${one}s`) {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/**
 * @param {number} count
 * @returns {string}
 */
export function formatCount(count) {
  return COUNT.format(count);
}

/**
 * A part of a whole: `42 %`, `< 1 %`.
 *
 * @param {number} part
 * @param {number} whole
 * @returns {string}
 */
export function formatShare(part, whole) {
  if (whole <= 0) return "–";
  const percent = (100 * part) / whole;
  if (percent > 0 && percent < 1) return "< 1 %";
  return `${Math.round(percent)} %`;
}
