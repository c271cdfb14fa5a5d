import { CopyButton } from "../lib/copy-button.js";
import { html } from "../lib/html.js";

/** What to type, to be copied. @param {{text: string}} props */
export function Command({ text }) {
  return html`<div class="command">
    <pre tabindex="0">${text}</pre>
    <${CopyButton} text=${text} label="Copy" />
  </div>`;
}
