// The web UI of Clew. The server puts this module and all that it imports into one file.

import { render } from "preact";

import { html } from "./lib/html.js";
import { traceHref } from "./lib/links.js";
import { saved } from "./lib/saved.js";
import { findTraceId } from "./lib/trace-context.js";
import { place, startNavigation } from "./lib/navigation.js";
import { ComparePage } from "./pages/compare.js";
import { LearnPage } from "./pages/learn.js";
import { LogsPage } from "./pages/logs.js";
import { NotFoundPage } from "./pages/not-found.js";
import { SearchPage } from "./pages/search.js";
import { ServicesPage } from "./pages/services.js";
import { TopBar } from "./pages/top-bar.js";
import { TracePage } from "./pages/trace.js";
import { SavedApp } from "./saved/app.js";

function App() {
  if (saved) return html`<${SavedApp} saved=${saved} />`;
  return html`<${TopBar} /><${Page} />`;
}

function Page() {
  const [path = "", search = ""] = place.value.split("?", 2);
  if (path === "/" || path === "/search") return html`<${SearchPage} />`;
  if (path === "/services") return html`<${ServicesPage} search=${search} />`;
  if (path === "/learn") return html`<${LearnPage} />`;
  if (path === "/compare") return html`<${ComparePage} search=${search} />`;
  if (path === "/logs") return html`<${LogsPage} />`;
  const asked = /^\/trace\/([^/]+)$/.exec(path)?.[1];
  const traceId = asked === undefined ? null : findTraceId(asked);
  if (traceId) return html`<${TracePage} key=${traceId} traceId=${traceId} />`;
  return html`<${NotFoundPage} traceIdAsked=${asked} />`;
}

// The address of a file says nothing of the trace in it.
if (saved) place.value = traceHref(saved.traceId);
startNavigation();
const root = document.getElementById("app");
if (root) render(html`<${App} />`, root);
