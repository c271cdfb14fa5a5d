import { useEffect, useRef } from "preact/hooks";

import { formatCount } from "../lib/format.js";
import { html } from "../lib/html.js";
import { Icon } from "../lib/icons.js";
import { traceHref } from "../lib/links.js";
import { useMoreBeside } from "../lib/more-beside.js";
import { isNarrow } from "../lib/narrow.js";
import { goTo } from "../lib/navigation.js";
import { troubleCount } from "../propagation/hops.js";
import { isField, onKeyAnywhere } from "./keys.js";
import { MODES } from "./modes.js";

/** @typedef {import("./view.js").View} View */

/**
 * The views of the trace, to choose from.
 *
 * @param {{view: View, traceId: string}} props
 */
export function ModeTabs({ view, traceId }) {
  useModeKeys(view, traceId);
  const now = view.mode.value;
  const body = useRef(/** @type {HTMLElement | null} */ (null));
  useMoreBeside(body);
  return html`<nav class="mode-tabs" ref=${body} aria-label="Views of the trace">
    ${MODES.map(
      ({ mode, name, short, key, says }) => html`<a
        key=${mode}
        href=${hrefOf(view, traceId, mode)}
        aria-current=${mode === now ? "page" : undefined}
        title=${`${says} (${key})`}
        >${isNarrow.value ? short : name}${mode === "propagation" && html`<${Trouble} view=${view} />`}</a
      >`,
    )}
  </nav>`;
}

/** At how many places propagation broke. @param {{view: View}} props */
function Trouble({ view }) {
  const { state, hops, findings } = view.hops.value;
  const count = state === "here" ? troubleCount(hops, findings) : 0;
  if (count === 0) return null;
  return html`<span class="tab-trouble" title="Where it broke">
    <${Icon} name="warning" label="Broken at" />${formatCount(count)}
  </span>`;
}

/** @param {View} view @param {string} traceId @param {import("./modes.js").Mode} mode */
function hrefOf(view, traceId, mode) {
  return traceHref(traceId, view.selectedKey.value ?? undefined, mode);
}

/** @param {View} view @param {string} traceId */
function useModeKeys(view, traceId) {
  useEffect(() => {
    const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isField(event.target)) return;
      const chosen = MODES.find(({ key }) => key === event.key);
      if (chosen) goTo(hrefOf(view, traceId, chosen.mode));
      else if (view.mode.peek() === "timeline" || !onKeyAnywhere(view, event.key)) return;
      event.preventDefault();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [view, traceId]);
}
