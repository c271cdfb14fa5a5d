import { html } from "../lib/html.js";
import { KEYS } from "./keys.js";

/** The keys of the waterfall, behind a button. */
export function Keys() {
  const close = (/** @type {Event} */ event) => {
    /** @type {HTMLDetailsElement} */ (event.currentTarget).open = false;
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape") close(event);
  };
  return html`<details class="keys" onKeyDown=${onKeyDown} onFocusOut=${close}>
    <summary class="button" title="Keyboard">Keys</summary>
    <dl>
      ${KEYS.map(
        ({ shown, says }) => html`<div key=${shown}>
          <dt>${shown.split(" ").map((key) => html`<kbd>${key}</kbd>`)}</dt>
          <dd>${says}</dd>
        </div>`,
      )}
    </dl>
  </details>`;
}
