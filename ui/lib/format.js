// How numbers, times and names read. Durations are numbers of nanoseconds; moments are nanoseconds
// since 1970 as bigint, since a number has no room for them.

const NANOS_PER_MICRO = 1_000;
const NANOS_PER_MS = 1_000_000;
const NANOS_PER_S = 1_000_000_000;
const NANOS_PER_MIN = 60 * NANOS_PER_S;
const NANOS_PER_HOUR = 60 * NANOS_PER_MIN;
export const NANOS_PER_DAY = 24 * NANOS_PER_HOUR;

const COUNT = new Intl.NumberFormat("en-US");
/** From here on a count has a comma. Below, its digits are all, and found sooner: rows have many counts. */
const GROUPED_MIN = 1_000;
/** Made when it is first needed: that takes longer than a page's first view has. @type {Intl.NumberFormat | undefined} */
let roughCount;

/** @returns {bigint} the present moment */
export function now() {
  return BigInt(Date.now()) * BigInt(NANOS_PER_MS);
}

/**
 * A duration with three significant digits: `850 ns`, `1.24 ms`, `5.01 s`, `2 min 5 s`.
 *
 * @param {number} nanos
 * @returns {string}
 */
export function formatDuration(nanos) {
  const size = Math.abs(nanos);
  const sign = nanos < 0 ? "−" : "";
  // What would be rounded to a thousand is one of the next unit.
  if (size < NANOS_PER_MICRO) return `${sign}${Math.round(size)} ns`;
  if (size < 999.5 * NANOS_PER_MICRO) return `${sign}${threeDigits(size / NANOS_PER_MICRO)} µs`;
  if (size < 999.5 * NANOS_PER_MS) return `${sign}${threeDigits(size / NANOS_PER_MS)} ms`;
  if (size < NANOS_PER_MIN) return `${sign}${threeDigits(size / NANOS_PER_S)} s`;
  if (size < NANOS_PER_HOUR) return sign + twoUnits(size, NANOS_PER_MIN, "min", NANOS_PER_S, "s");
  if (size < NANOS_PER_DAY) return sign + twoUnits(size, NANOS_PER_HOUR, "h", NANOS_PER_MIN, "min");
  return sign + twoUnits(size, NANOS_PER_DAY, "d", NANOS_PER_HOUR, "h");
}

/** @param {number} value below 1000 */
function threeDigits(value) {
  const decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
  return String(Number(value.toFixed(decimals)));
}

/**
 * @param {number} nanos
 * @param {number} bigUnit
 * @param {string} bigName
 * @param {number} smallUnit
 * @param {string} smallName
 */
function twoUnits(nanos, bigUnit, bigName, smallUnit, smallName) {
  const whole = Math.round(nanos / smallUnit) * smallUnit;
  const big = Math.floor(whole / bigUnit);
  const small = Math.round((whole - big * bigUnit) / smallUnit);
  return small === 0 ? `${big} ${bigName}` : `${big} ${bigName} ${small} ${smallName}`;
}

/**
 * How long ago something was: `now`, `12 s ago`, `3 min ago`, `2 h ago`, `5 d ago`.
 *
 * @param {bigint} moment
 * @param {bigint} from the present moment
 * @returns {string}
 */
export function formatAgo(moment, from) {
  const ago = Number(from - moment);
  if (ago < -NANOS_PER_S) return `in ${wholeUnit(-ago)}`;
  if (ago < NANOS_PER_S) return "now";
  return `${wholeUnit(ago)} ago`;
}

/** @param {number} nanos */
function wholeUnit(nanos) {
  if (nanos < NANOS_PER_MIN) return `${Math.floor(nanos / NANOS_PER_S)} s`;
  if (nanos < NANOS_PER_HOUR) return `${Math.floor(nanos / NANOS_PER_MIN)} min`;
  if (nanos < NANOS_PER_DAY) return `${Math.floor(nanos / NANOS_PER_HOUR)} h`;
  return `${Math.floor(nanos / NANOS_PER_DAY)} d`;
}

/**
 * A moment in the reader's time zone, to the millisecond: `22 Nov 2026, 13:37:02.114`.
 *
 * @param {bigint} moment
 * @returns {string}
 */
export function formatTime(moment) {
  const date = dateOf(moment);
  if (Number.isNaN(date.getTime())) return "no valid time";
  const day = date.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
  return `${day}, ${formatClock(moment)}`;
}

/**
 * The time of day in the reader's time zone: `13:37:02.114`.
 *
 * @param {bigint} moment
 * @returns {string}
 */
export function formatClock(moment) {
  const date = dateOf(moment);
  if (Number.isNaN(date.getTime())) return "no valid time";
  /** @param {number} value @param {number} width */
  const pad = (value, width) => String(value).padStart(width, "0");
  return (
    `${pad(date.getHours(), 2)}:${pad(date.getMinutes(), 2)}:${pad(date.getSeconds(), 2)}` +
    `.${pad(date.getMilliseconds(), 3)}`
  );
}

/**
 * A moment to the nanosecond, in UTC: `2026-11-22T12:37:02.114567891Z`.
 *
 * @param {bigint} moment
 * @returns {string}
 */
export function formatExactTime(moment) {
  const date = dateOf(moment);
  if (Number.isNaN(date.getTime())) return "no valid time";
  const nanos = String(moment % BigInt(NANOS_PER_S)).padStart(9, "0");
  return date.toISOString().replace(/\.\d+Z$/, `.${nanos}Z`);
}

/** @param {bigint} moment */
export function dateOf(moment) {
  return new Date(Number(moment / BigInt(NANOS_PER_MS)));
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
  const isPlain = Number.isInteger(count) && count >= 0 && count < GROUPED_MIN;
  return isPlain ? String(count) : COUNT.format(count);
}

/**
 * A count for a list, where its size matters and not its digits: `940`, `1.2K`, `35M`.
 *
 * @param {number} count
 * @returns {string}
 */
export function formatRoughCount(count) {
  roughCount ??= new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 2 });
  return roughCount.format(count);
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
