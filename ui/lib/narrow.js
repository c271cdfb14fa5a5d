// Whether the screen is a narrow one, for what a style sheet cannot say: an order, or other words.

import { signal } from "@preact/signals";

/** The same width stands in `styles`. */
const query = matchMedia("(max-width: 720px)");

/** Changes when a screen is turned. */
export const isNarrow = signal(query.matches);

query.addEventListener("change", () => (isNarrow.value = query.matches));
