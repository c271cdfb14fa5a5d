// Small line drawings, in the colour of the text around them.

import { html } from "./html.js";

/** 16 × 16 paths. */
const PATHS = {
  chevron: "M6 4l4 4-4 4",
  client: "M5 11l6-6M6.5 5H11v4.5",
  server: "M11 5l-6 6M5 6.5V11h4.5",
  producer: "M3 8h7M7.5 5L10.5 8l-3 3M13 4v8",
  consumer: "M6 8h7M8.5 5L5.5 8l3 3M3 4v8",
  copy: "M6 6V3.5h6.5V10H10M3.5 6H10v6.5H3.5z",
  check: "M3.5 8.5l3 3 6-7",
  clock: "M8 14A6 6 0 108 2a6 6 0 000 12zM8 4.8V8l2.4 1.6",
  close: "M4 4l8 8M12 4l-8 8",
  filter: "M2.5 3.5h11L9.5 8.5v4l-3 1v-5z",
  search: "M7 11.5a4.5 4.5 0 100-9 4.5 4.5 0 000 9zM10.5 10.5l3 3",
  up: "M4 10l4-4 4 4",
  down: "M4 6l4 4 4-4",
  foldAll: "M4 3l4 3.5L12 3M4 13l4-3.5L12 13",
  unfoldAll: "M4 6.5L8 3l4 3.5M4 9.5L8 13l4-3.5",
  warning: "M8 2.5L14.5 13.5h-13zM8 6.5v3.2M8 11.4v.6",
  lines: "M2.5 4h11M2.5 8h11M2.5 12h6.5",
  trace: "M2.5 4h7M5 8h6M8.5 12h5",
  link: "M6.5 9.5l3-3M7.5 4.5l1-1a2.8 2.8 0 014 4l-1 1M8.5 11.5l-1 1a2.8 2.8 0 01-4-4l1-1",
};

/**
 * @typedef {keyof typeof PATHS} IconName
 * @param {{name: IconName, label?: string}} props without a label it is decoration
 */
export function Icon({ name, label }) {
  return html`<svg class="icon icon-${name}" viewBox="0 0 16 16" ...${named(label)}>
    ${label && html`<title>${label}</title>`}
    <path d=${PATHS[name]} />
  </svg>`;
}

/** @param {string} [label] */
function named(label) {
  return label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
}

/** The mark of a failed span. @param {{label: string, hollow?: boolean}} props with an empty label it is decoration */
export function ErrorMark({ label, hollow = false }) {
  return html`<svg class=${hollow ? "error-mark hollow" : "error-mark"} viewBox="0 0 16 16" ...${named(label)}>
    ${label && html`<title>${label}</title>`}
    <circle cx="8" cy="8" r="6.25" />
    <path d="M8 4.6v4.2M8 11v.4" />
  </svg>`;
}
