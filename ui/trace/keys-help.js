import { useEffect, useRef } from "preact/hooks";

import { html } from "../lib/html.js";
import { isField } from "./keys.js";

/**
 * What the keys do, behind a button and behind `?`.
 *
 * @param {{keys: readonly {shown: string, says: string}[]}} props
 */
export function Keys({ keys }) {
  const details = useRef(/** @type {HTMLDetailsElement | null} */ (null));
  useEffect(() => {
    const onQuestion = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "?" || isField(event.target) || event.ctrlKey || event.metaKey || !details.current) return;
      event.preventDefault();
      details.current.open = !details.current.open;
      if (details.current.open) details.current.querySelector("summary")?.focus();
    };
    addEventListener("keydown", onQuestion);
    return () => removeEventListener("keydown", onQuestion);
  }, []);
  const close = (/** @type {Event} */ event) => {
    /** @type {HTMLDetailsElement} */ (event.currentTarget).open = false;
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape") close(event);
  };
  return html`<details class="keys" ref=${details} onKeyDown=${onKeyDown} onFocusOut=${close}>
    <summary class="button" title="Keyboard (?)">Keys</summary>
    <dl>
      ${keys.map(
        ({ shown, says }) => html`<div key=${shown}>
          <dt>${shown.split(" ").map((key) => html`<kbd>${key}</kbd>`)}</dt>
          <dd>${says}</dd>
        </div>`,
      )}
    </dl>
  </details>`;
}
