import { useRef } from "preact/hooks";

import { CutNote, SHOWN_MAX } from "../lib/bounded.js";
import { CopyButton } from "../lib/copy-button.js";
import { plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { Icon } from "../lib/icons.js";
import { Marked } from "../lib/marked.js";
import { useMoreBeside } from "../lib/more-beside.js";
import { searchHref } from "../lib/search-query.js";
import { visible } from "../lib/text.js";
import { ValueView } from "./value-view.js";
import { valueText } from "./value.js";

/**
 * @typedef {import("./value.js").Attribute} Attribute
 * @typedef {import("./decode.js").Attributed} Attributed
 * @typedef {import("../lib/attribute-filters.js").AttributeFilter} AttributeFilter
 *
 * @typedef {object} Find the way to whatever else has a value
 * @property {string} says
 * @property {(attributes: AttributeFilter[]) => string} href
 */

/** Attributes whose lines say which call is within which. */
const STACK_KEYS = new Set(["exception.stacktrace", "code.stacktrace"]);

/** The first frames are a screenful. */
const STACK_SHOWN_MAX = 2_000;

/** @param {string} service @returns {Find} */
function findTraces(service) {
  return {
    says: "Find traces with this value",
    href: (attributes) => searchHref({ service, attributes }),
  };
}

/**
 * Keys and values as a list. Every value can be copied and searched for: among the
 * traces of a service, if one is given, or as `find` says.
 *
 * @param {{of: Attributed, query?: string, service?: string, find?: Find}} props
 */
export function Attributes({ of, query = "", service, find = service === undefined ? undefined : findTraces(service) }) {
  const { attributes, attributesDropped } = of;
  return html`${attributes.length > 0 &&
    html`<dl class="attributes">
      ${attributes
        .slice(0, SHOWN_MAX)
        .map(
          (attribute, i) =>
            html`<${AttributeRow} key=${i} attribute=${attribute} query=${query} find=${find} />`,
        )}
    </dl>`}
    <${CutNote} total=${attributes.length} />
    <${DroppedNote} count=${attributesDropped} one="attribute" />`;
}

/**
 * Says what the sender had and did not send, if there was any.
 *
 * @param {{count: number, one: string}} props
 */
export function DroppedNote({ count, one }) {
  if (count === 0) return null;
  return html`<p class="hint">${plural(count, one)} ${count === 1 ? "was" : "were"} dropped by the sender.</p>`;
}

/** @param {{attribute: Attribute, query: string, find?: Find}} props */
function AttributeRow({ attribute, query, find }) {
  const { key, value } = attribute;
  const text = valueText(value);
  const isStack = STACK_KEYS.has(key) && value.type === "string";
  return html`<div class=${isStack ? "attribute attribute-stack" : "attribute"}>
    <dt><${Marked} text=${visible(key)} query=${query} /></dt>
    <dd>
      ${isStack ? html`<${Stack} value=${value} query=${query} />` : html`<${ValueView} value=${value} query=${query} />`}
      <span class="attribute-actions">
        ${find &&
        html`<a class="icon-button" href=${find.href([{ key, value: text }])} title=${find.says}
          ><${Icon} name="search" label=${find.says}
        /></a>`}
        <${CopyButton} text=${text} label="Copy value" />
      </span>
    </dd>
  </div>`;
}

/** A stack trace in its own lines, which are longer than the panel is wide. @param {{value: Attribute["value"], query: string}} props */
function Stack({ value, query }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useMoreBeside(box);
  return html`<div class="stack" ref=${box} tabindex="0" role="group" aria-label="Stack trace">
    <${ValueView} value=${value} query=${query} shownMax=${STACK_SHOWN_MAX} />
  </div>`;
}
