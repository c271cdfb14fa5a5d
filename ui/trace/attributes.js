import { useState } from "preact/hooks";

import { CutNote, SHOWN_MAX } from "../lib/bounded.js";
import { CopyButton } from "../lib/copy-button.js";
import { formatCount } from "../lib/format.js";
import { html } from "../lib/html.js";
import { Icon } from "../lib/icons.js";
import { safeHref } from "../lib/links.js";
import { Marked } from "../lib/marked.js";
import { searchHref } from "../lib/search-query.js";
import { visible } from "../lib/text.js";
import { readable } from "./readable.js";

/** @typedef {import("./decode.js").Attribute} Attribute */

/** Longer values are shown in part until asked for. */
const VALUE_SHOWN_MAX = 400;

/**
 * Keys and values as a list. Every value can be copied and, if a service is given, searched for.
 *
 * @param {{attributes: Attribute[], query?: string, service?: string}} props
 */
export function Attributes({ attributes, query = "", service }) {
  return html`<dl class="attributes">
      ${attributes
        .slice(0, SHOWN_MAX)
        .map(
          (attribute, i) =>
            html`<${AttributeRow} key=${i} attribute=${attribute} query=${query} service=${service} />`,
        )}
    </dl>
    <${CutNote} total=${attributes.length} />`;
}

/** @param {{attribute: Attribute, query: string, service?: string}} props */
function AttributeRow({ attribute, query, service }) {
  const text = String(attribute.value);
  return html`<div class="attribute">
    <dt><${Marked} text=${visible(attribute.key)} query=${query} /></dt>
    <dd>
      <${Value} attribute=${attribute} query=${query} />
      <span class="attribute-actions">
        ${service !== undefined &&
        html`<a
          class="icon-button"
          href=${searchHref({ service, tags: [{ key: attribute.key, value: text }] })}
          title="Find traces with this value"
          ><${Icon} name="search" label="Find traces with this value"
        /></a>`}
        <${CopyButton} text=${text} label="Copy value" />
      </span>
    </dd>
  </div>`;
}

/** @param {{attribute: Attribute, query: string}} props */
function Value({ attribute, query }) {
  const [whole, setWhole] = useState(false);
  const text = readable(attribute);
  const href = attribute.type === "string" ? safeHref(text) : null;
  if (href) {
    return html`<a class="value" href=${href} target="_blank" rel="noopener noreferrer"
      ><${Marked} text=${visible(text)} query=${query}
    /></a>`;
  }
  const isLong = text.length > VALUE_SHOWN_MAX;
  const shown = isLong && !whole ? `${text.slice(0, VALUE_SHOWN_MAX)}…` : text;
  return html`<span class="value value-${valueClass(attribute)}">
    <${Marked} text=${visible(shown)} query=${query} />
    ${isLong &&
    html`<button type="button" class="text-button" onClick=${() => setWhole(!whole)}>
      ${whole ? "show less" : `show all ${formatCount(text.length)} characters`}
    </button>`}
  </span>`;
}

/** @param {Attribute} attribute */
function valueClass({ type }) {
  if (type === "bool") return "bool";
  return type === "int64" || type === "float64" ? "number" : "text";
}
