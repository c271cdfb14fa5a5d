import { useState } from "preact/hooks";

import { CutNote, SHOWN_MAX } from "../lib/bounded.js";
import { formatCount } from "../lib/format.js";
import { html } from "../lib/html.js";
import { safeHref } from "../lib/links.js";
import { Marked } from "../lib/marked.js";
import { visible } from "../lib/text.js";
import { valueText } from "./value.js";

/** @typedef {import("./value.js").Value} Value */

/** Longer values are shown in part until asked for. */
const TEXT_SHOWN_MAX = 400;
/** Values within values are drawn down to here; below it they stand as JSON. */
const DEPTH_MAX = 8;

/**
 * A value as its type reads best: arrays and maps as lists, numbers and text told apart by colour.
 *
 * @param {{value: Value, query?: string, depth?: number, shownMax?: number}} props the query in lower case;
 *   shownMax: how much of a text is shown until asked for
 */
export function ValueView({ value, query = "", depth = 0, shownMax = TEXT_SHOWN_MAX }) {
  if (value.type === "array" || value.type === "map") {
    if (value.value.length === 0) return html`<span class="value hint">${value.type === "array" ? "[ ]" : "{ }"}</span>`;
    if (depth < DEPTH_MAX) return html`<${Members} value=${value} query=${query} depth=${depth} />`;
  }
  if (value.type === "bytes") return html`<${Bytes} base64=${value.value} query=${query} />`;
  const text = valueText(value);
  if (value.type === "empty") return html`<span class="value hint">(no value)</span>`;
  if (text === "") return html`<span class="value hint">(empty)</span>`;
  const href = value.type === "string" ? safeHref(text) : null;
  if (href) {
    return html`<a class="value" href=${href} target="_blank" rel="noopener noreferrer"
      ><${Marked} text=${visible(text)} query=${query}
    /></a>`;
  }
  return html`<${LongText} text=${text} query=${query} kind=${classOf(value)} shownMax=${shownMax} />`;
}

/** @param {{value: Extract<Value, {type: "array" | "map"}>, query: string, depth: number}} props */
function Members({ value, query, depth }) {
  const total = value.value.length;
  const rows =
    value.type === "array"
      ? value.value.slice(0, SHOWN_MAX).map((each, i) => ({ name: String(i), value: each }))
      : value.value.slice(0, SHOWN_MAX).map(({ key, value: each }) => ({ name: visible(key), value: each }));
  return html`<div class="value members-${value.type}">
    <dl>
      ${rows.map(
        (row, i) => html`<div key=${i}>
          <dt><${Marked} text=${row.name} query=${value.type === "map" ? query : ""} /></dt>
          <dd><${ValueView} value=${row.value} query=${query} depth=${depth + 1} /></dd>
        </div>`,
      )}
    </dl>
    <${CutNote} total=${total} />
  </div>`;
}

/** @param {{base64: string, query: string}} props */
function Bytes({ base64, query }) {
  const padding = /=*$/.exec(base64)?.[0].length ?? 0;
  const count = Math.floor((base64.length * 3) / 4) - padding;
  const size = count === 1 ? "1 byte" : `${formatCount(count)} bytes`;
  return html`<span class="value"
    ><span class="hint">${`${size}${count > 0 ? ", base64 " : ""}`}</span><${LongText} text=${base64} query=${query} kind="text"
  /></span>`;
}

/** @param {{text: string, query: string, kind: string, shownMax?: number}} props */
function LongText({ text, query, kind, shownMax = TEXT_SHOWN_MAX }) {
  const [whole, setWhole] = useState(false);
  const isLong = text.length > shownMax;
  const shown = isLong && !whole ? `${text.slice(0, shownMax)}…` : text;
  return html`<span class="value value-${kind}">
    <${Marked} text=${visible(shown)} query=${query} />
    ${isLong &&
    html`<button type="button" class="text-button" onClick=${() => setWhole(!whole)}>
      ${whole ? "show less" : `show all ${formatCount(text.length)} characters`}
    </button>`}
  </span>`;
}

/** @param {Value} value */
function classOf({ type }) {
  if (type === "bool") return "bool";
  return type === "int" || type === "double" ? "number" : "text";
}
