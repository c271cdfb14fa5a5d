// The page of a trace that was saved as a file.

import { render } from "preact";

import { html } from "../lib/html.js";
import { saved } from "../lib/saved.js";
import { place, startNavigation } from "../lib/navigation.js";
import { traceHref } from "../lib/links.js";
import { TracePage } from "../pages/trace.js";

function App() {
  if (!saved) return null;
  return html`<header class="top-bar">
      <span class="brand">Clew</span>
      <span class="hint">${`A copy of a trace, saved ${saved.savedAt}. It needs no server; other pages are not in it.`}</span>
    </header>
    <${TracePage} traceId=${saved.traceId} />`;
}

if (saved) place.value = traceHref(saved.traceId);
startNavigation();
const root = document.getElementById("app");
if (root) render(html`<${App} />`, root);
