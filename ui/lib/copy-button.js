import { useEffect, useState } from "preact/hooks";

import { html } from "./html.js";
import { Icon } from "./icons.js";

/** How long the button says that it has copied. */
const THANKS_MS = 1_500;

/**
 * @param {{text: string, label: string}} props
 */
export function CopyButton({ text, label }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), THANKS_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async (/** @type {Event} */ event) => {
    event.stopPropagation();
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return html`<button
    type="button"
    class=${copied ? "icon-button copied" : "icon-button"}
    title=${copied ? "Copied" : label}
    aria-label=${copied ? "Copied" : label}
    onClick=${copy}
  >
    <${Icon} name=${copied ? "check" : "copy"} />
  </button>`;
}
