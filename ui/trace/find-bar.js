import { useEffect, useRef } from "preact/hooks";

import { formatCount } from "../lib/format.js";
import { html } from "../lib/html.js";
import { Icon } from "../lib/icons.js";
import { isField } from "./keys.js";
import { moveToNext } from "./view.js";

/** @typedef {import("./view.js").View} View */

/**
 * Text search within the trace. `/` comes here from anywhere on the page.
 *
 * @param {{view: View}} props
 */
export function FindBar({ view }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => {
    const onSlash = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "/" || isField(event.target) || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      input.current?.select();
    };
    addEventListener("keydown", onSlash);
    return () => removeEventListener("keydown", onSlash);
  }, []);
  const move = (/** @type {1 | -1} */ direction) => moveToNext(view, view.matches.value, direction);
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Enter") move(event.shiftKey ? -1 : 1);
    if (event.key === "Escape") leave(view, input.current);
  };
  return html`<div class="find" role="search">
    <${Icon} name="search" />
    <input
      ref=${input}
      type="search"
      placeholder="Find in this trace"
      aria-label="Find in this trace"
      autocomplete="off"
      spellcheck="false"
      value=${view.query.value}
      onInput=${(/** @type {any} */ event) => (view.query.value = event.target.value)}
      onKeyDown=${onKeyDown}
    />
    ${view.query.value.trim() === ""
      ? html`<kbd title="Press / to find">/</kbd>`
      : html`<${Matches} view=${view} onMove=${move} />`}
  </div>`;
}

/** @param {{view: View, onMove: (direction: 1 | -1) => void}} props */
function Matches({ view, onMove }) {
  const count = view.matches.value.length;
  const at = view.matches.value.findIndex((node) => node.key === view.selectedKey.value) + 1;
  const place = at > 0 ? `${formatCount(at)} of ${formatCount(count)}` : formatCount(count);
  const soFar = view.trace.value.rest.isHere ? "" : " so far";
  return html`
    <span class="find-count" role="status">${count === 0 ? "none" : place}${soFar}</span>
    ${view.mode.value === "timeline" &&
    html`<button
      type="button"
      class="icon-button"
      title="Show only what is found and what leads there"
      aria-pressed=${view.onlyMatches.value}
      onClick=${() => (view.onlyMatches.value = !view.onlyMatches.value)}
    >
      <${Icon} name="filter" label="Only matches" />
    </button>`}
    <button type="button" class="icon-button" title="Previous match" onClick=${() => onMove(-1)}>
      <${Icon} name="up" label="Previous match" />
    </button>
    <button type="button" class="icon-button" title="Next match" onClick=${() => onMove(1)}>
      <${Icon} name="down" label="Next match" />
    </button>
  `;
}

/** Empties the search, then gives the keyboard back. @param {View} view @param {HTMLInputElement | null} input */
function leave(view, input) {
  if (view.query.value !== "") view.query.value = "";
  else input?.blur();
}
