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
  return `service-${hash(service) % COLOR_COUNT}`;
}

/** FNV-1a. @param {string} text */
function hash(text) {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return value;
}
