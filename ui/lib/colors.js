// One colour per service. It follows from the name alone, so that it is the same on every page, in
// every browser, and whichever other services there are.

/**
 * How many colours `styles/base.css` defines as `.service-0`, `.service-1`, … More would make it
 * rarer that two services share one, but neighbours too alike to tell apart.
 */
export const COLOR_COUNT = 33;

/**
 * The class that carries the colour of a service.
 *
 * @param {string} service
 * @returns {string}
 */
export function serviceClass(service) {
  const known = classes.get(service);
  if (known !== undefined) return known;
  // Names are what somebody sent: there may be any number of them.
  if (classes.size >= KNOWN_MAX) classes.clear();
  const name = `service-${hash(service) % COLOR_COUNT}`;
  classes.set(service, name);
  return name;
}

/** More services than a reader meets. */
const KNOWN_MAX = 1_000;
/** Those that were asked for: a large trace asks for each of its spans. @type {Map<string, string>} */
const classes = new Map();

/** FNV-1a. @param {string} text */
function hash(text) {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return value;
}
