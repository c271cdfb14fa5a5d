// The web UI of Clew. No build step: these files run as they are.

import { render } from "preact";

import { html } from "./lib/html.js";
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

function App() {
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

startNavigation();
const root = document.getElementById("app");
if (root) render(html`<${App} />`, root);
