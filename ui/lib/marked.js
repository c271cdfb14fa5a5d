import { html } from "./html.js";
import { splitMatches } from "./text.js";

/**
 * Text with the places where `query` occurs marked.
 *
 * @param {{text: string, query: string}} props the query in lower case
 */
export function Marked({ text, query }) {
  if (query === "") return text;
  return splitMatches(text, query).map((part, i) => (i % 2 === 1 ? html`<mark>${part}</mark>` : part));
}
