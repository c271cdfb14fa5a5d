// The page of a trace that was saved as a file.

import { html } from "../lib/html.js";
import { TracePage } from "../pages/trace.js";

/** @param {{saved: import("../lib/saved.js").Saved}} props */
export function SavedApp({ saved }) {
  return html`<header class="top-bar">
      <span class="brand">Clew</span>
      <span class="hint">${`A copy of a trace, saved ${saved.savedAt}. It needs no server; other pages are not in it.`}</span>
    </header>
    <${TracePage} traceId=${saved.traceId} />`;
}
