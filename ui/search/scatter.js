import { serviceClass } from "../lib/colors.js";
import { NANOS_PER_DAY, dateOf, formatClock, formatDuration } from "../lib/format.js";
import { html } from "../lib/html.js";
import { traceHref } from "../lib/links.js";
import { oneLine } from "../lib/text.js";
import { scaleOf } from "./scale.js";

/** @typedef {import("./summary.js").Summary} Summary */

const DOT_MIN_PX = 7;
const DOT_MAX_PX = 18;

/**
 * The results as dots: when, how long, how many spans. For the eye; the list says the same.
 *
 * @param {{results: Summary[], hovered: import("@preact/signals").Signal<string | null>}} props
 */
export function Scatter({ results, hovered }) {
  if (results.length < 2) return null;
  const scale = scaleOf(results);
  // What stands last lies on top: an error must not hide under its neighbour.
  const dots = [...results].sort((a, b) => Number(a.errors > 0) - Number(b.errors > 0));
  return html`<div class="scatter" aria-hidden="true">
    <p class="scatter-title">duration</p>
    <div class="scatter-field">
      ${scale.marks.map(
        ({ y, duration }) => html`<span key=${duration} class="scatter-mark" style=${{ bottom: `${100 * y}%` }}
          ><span>${formatDuration(duration)}</span></span
        >`,
      )}
      ${dots.map(
        (result) => html`<${Dot} key=${result.traceId} result=${result} at=${scale.place(result)} hovered=${hovered} />`,
      )}
    </div>
    <div class="scatter-times">
      <span>${timeMark(scale.from, scale)}</span>
      <span>started</span>
      <span>${timeMark(scale.to, scale)}</span>
    </div>
  </div>`;
}

/**
 * @param {{result: Summary, at: {x: number, y: number}, hovered: import("@preact/signals").Signal<string | null>}} props
 */
function Dot({ result, at, hovered }) {
  const size = Math.min(DOT_MAX_PX, DOT_MIN_PX + 1.2 * Math.log2(result.spans));
  const classes = ["dot", serviceClass(result.rootService)];
  if (result.errors > 0) classes.push("failed");
  if (hovered.value === result.traceId) classes.push("hovered");
  return html`<a
    class=${classes.join(" ")}
    href=${traceHref(result.traceId)}
    tabindex="-1"
    title="${oneLine(result.rootService)}: ${oneLine(result.rootName)}, ${formatDuration(result.duration)}"
    style=${{ left: `${100 * at.x}%`, bottom: `${100 * at.y}%`, width: `${size}px`, height: `${size}px` }}
    onMouseEnter=${() => (hovered.value = result.traceId)}
    onMouseLeave=${() => (hovered.value = null)}
  />`;
}

/** @param {bigint} moment @param {{from: bigint, to: bigint}} span */
function timeMark(moment, { from, to }) {
  const clock = formatClock(moment).slice(0, 8);
  if (to - from < NANOS_PER_DAY) return clock;
  const day = dateOf(moment).toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  return `${day} ${clock.slice(0, 5)}`;
}
