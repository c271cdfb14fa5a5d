import { html } from "../lib/html.js";

export function SearchPage() {
  return html`<main class="calm"><h1>Clew</h1></main>`;
}
