import { serviceClass } from "../lib/colors.js";
import { formatDuration } from "../lib/format.js";
import { html } from "../lib/html.js";
import { traceHref } from "../lib/links.js";
import { NO_NAME, oneLine } from "../lib/text.js";
import { barOf } from "../trace/layout.js";

/**
 * @typedef {import("../trace/tree.js").Node} Node
 * @typedef {import("./traces.js").Example} Example
 */

/** Spans drawn; the others are told. */
const ROWS_MAX = 40;

/**
 * A small waterfall beside the words, in which spans stand out.
 *
 * @param {{example: Example, shown: Node[], says: string}} props
 */
export function ExampleTrace({ example, shown, says }) {
  const { summary, tree } = example;
  const isShown = new Set(shown);
  return html`<figure class="example" aria-label="A trace that is here">
    <figcaption>
      <a href=${traceHref(summary.traceId)}>${oneLine(summary.rootService, 60)}: ${oneLine(summary.rootName, 60) || NO_NAME}</a>,
      ${" "}${formatDuration(summary.duration)}
      <p role="status">${says}</p>
    </figcaption>
    <ol>
      ${tree.nodes.slice(0, ROWS_MAX).map((node) => {
        const bar = barOf(node, tree) ?? { left: 0, width: 0 };
        const classes = ["example-row", serviceClass(node.span.service), shown.length > 0 && (isShown.has(node) ? "shown" : "others")];
        return html`<li key=${node.key} class=${classes.filter(Boolean).join(" ")}>
          <a href=${traceHref(summary.traceId, node.key)} style=${{ paddingLeft: `${10 * Math.min(node.depth, 8)}px` }}>
            <span class="service-dot" /><span class="service-name">${oneLine(node.span.service, 40)}</span>
            ${oneLine(node.span.name, 60) || NO_NAME}
          </a>
          <span class="example-track"><i style=${{ left: `${100 * bar.left}%`, width: `${100 * bar.width}%` }} /></span>
        </li>`;
      })}
    </ol>
    ${tree.nodes.length > ROWS_MAX && html`<p class="hint">The first ${ROWS_MAX} of its spans.</p>`}
  </figure>`;
}
