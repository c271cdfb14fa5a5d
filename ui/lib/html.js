// Preact's `h` as a tagged template. Values become text nodes or properties, never markup.

import { h } from "preact";
import htm from "htm";

export const html = htm.bind(h);
