// One colour per service, the same on every page and in every visit.

/** How many colours `styles/base.css` defines as `.service-0`, `.service-1`, … */
export const COLOR_COUNT = 11;

const STORAGE_KEY = "clew.service-colors";
/** More names than this, and longer ones, are not kept: storage is finite, and names are hostile. */
const NAMES_KEPT_MAX = 200;
const NAME_KEPT_LENGTH_MAX = 200;

/** @type {Map<string, number> | null} */
let known = null;

/**
 * The class that carries the colour of a service.
 *
 * @param {string} service
 * @returns {string}
 */
export function serviceClass(service) {
  known ??= load();
  let color = known.get(service);
  if (color === undefined) {
    color = chooseColor(service, [...known.values()]);
    known.set(service, color);
    save(known);
  }
  return `service-${color}`;
}

/**
 * The colour that the name hashes to, or the next one that fewer services have.
 *
 * @param {string} service
 * @param {number[]} taken the colours of the other services
 * @returns {number}
 */
export function chooseColor(service, taken) {
  const uses = new Array(COLOR_COUNT).fill(0);
  for (const color of taken) uses[color] += 1;
  const fewest = Math.min(...uses);
  let color = hash(service) % COLOR_COUNT;
  while (uses[color] !== fewest) color = (color + 1) % COLOR_COUNT;
  return color;
}

/** FNV-1a. @param {string} text */
function hash(text) {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return value;
}

/** @returns {Map<string, number>} */
function load() {
  try {
    const stored = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "[]");
    return new Map(stored.filter(isEntry));
  } catch {
    return new Map(); // Storage that is off or spoilt costs the reader the same colours next time.
  }
}

/** @param {unknown} entry */
function isEntry(entry) {
  if (!Array.isArray(entry)) return false;
  const [name, color] = entry;
  return typeof name === "string" && Number.isInteger(color) && color >= 0 && color < COLOR_COUNT;
}

/** @param {Map<string, number>} colors */
function save(colors) {
  if (colors.size > NAMES_KEPT_MAX) return;
  const entries = [...colors].filter(([name]) => name.length <= NAME_KEPT_LENGTH_MAX);
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(entries));
  } catch {
    // As in `load`.
  }
}
