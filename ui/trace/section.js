import { html } from "../lib/html.js";
import { Icon } from "../lib/icons.js";
import { oneLine } from "../lib/text.js";

/**
 * A part of the details that can be folded.
 *
 * @param {object} props
 * @param {string} props.title
 * @param {number} [props.count] how many there are of what it shows
 * @param {string} [props.note] what a reader needs to know of it while it is folded
 * @param {boolean} [props.closed] whether it is folded at first
 * @param {any} [props.children]
 */
export function Section({ title, count, note = "", closed = false, children }) {
  return html`<details class="section" open=${!closed}>
    <summary>
      <${Icon} name="chevron" />
      <h3>${title}</h3>
      ${count !== undefined && html`<span class="count">${count}</span>`}
      ${note !== "" && html`<span class="count">${oneLine(note, 100)}</span>`}
    </summary>
    ${children}
  </details>`;
}
