import { useSignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";

import { serviceClass } from "../lib/colors.js";
import { formatCount, formatDuration, formatShare, plural } from "../lib/format.js";
import { html } from "../lib/html.js";
import { NO_NAME, oneLine } from "../lib/text.js";
import { useBox } from "../trace/use-box.js";
import { select } from "../trace/view.js";
import { flameOf, longestOf } from "./frames.js";

/**
 * @typedef {import("./frames.js").Frame} Frame
 * @typedef {import("../trace/view.js").View} View
 */

/** Height of a level in pixels; `styles/flame.css` has the same. */
const LEVEL_PX = 24;
/** Levels drawn above and below what is in sight. */
const OVERSCAN_LEVELS = 4;
/** A narrower frame cannot be seen. */
const FRAME_PX_MIN = 1.5;
/** A narrower one has no room for words. */
const WORDS_PX_MIN = 34;
/** Frames drawn at the most, the widest first. */
const FRAMES_MAX = 1_500;

/**
 * The trace as a flame graph. To press a frame is to look closer at it, and at its longest span.
 *
 * @param {{view: View}} props
 */
export function Flame({ view }) {
  const { roots } = view.tree.value;
  const flame = useMemo(() => flameOf(roots), [roots]);
  const body = useRef(/** @type {HTMLElement | null} */ (null));
  const box = useBox(body);
  const zoomed = useSignal(/** @type {string | null} */ (null));
  const at = flame.byNode.get(view.byKey.value.get(zoomed.value ?? "") ?? /** @type {any} */ (null)) ?? null;
  const range = at ? { left: at.left, width: at.width } : { left: 0, width: 1 };
  const width = box.value.width;
  const first = Math.max(0, Math.floor(box.value.top / LEVEL_PX) - OVERSCAN_LEVELS);
  const count = Math.ceil(box.value.height / LEVEL_PX) + 2 * OVERSCAN_LEVELS;
  const inSight = framesIn(flame.levels.slice(first, first + count).flat(), range, width);
  const press = (/** @type {Frame} */ frame) => {
    const node = longestOf(frame);
    zoomed.value = frame === at ? null : node.key;
    select(view, node, { open: true });
  };
  return html`<section class="flame-view" aria-label="Flame graph">
    <p class="flame-head">
      <span class="hint"
        >${`${formatDuration(flame.value)} of work in all, done at once or one after the other. Spans alike are one.`}</span
      >
      ${at &&
      html`<button type="button" class="button" onClick=${() => (zoomed.value = null)}>Show the whole trace</button>`}
    </p>
    <div class="flame" ref=${body} tabindex="0" role="group" aria-label="Frames">
      <div style=${{ height: `${flame.levels.length * LEVEL_PX}px` }}>
        ${inSight.map(
          (frame) => html`<${FrameBar}
            key=${frame.nodes[0]?.key}
            view=${view}
            frame=${frame}
            range=${range}
            width=${width}
            whole=${flame.value}
            onPress=${press}
          />`,
        )}
      </div>
    </div>
  </section>`;
}

/**
 * @param {Frame[]} frames
 * @param {{left: number, width: number}} range what is shown, as a part of the whole
 * @param {number} width of the picture in pixels
 * @returns {Frame[]} those to be seen
 */
function framesIn(frames, range, width) {
  const seen = frames.filter((frame) => {
    const isInside = frame.left < range.left + range.width && frame.left + frame.width > range.left;
    return isInside && (frame.width / range.width) * width >= FRAME_PX_MIN;
  });
  if (seen.length <= FRAMES_MAX) return seen;
  return seen.sort((a, b) => b.width - a.width).slice(0, FRAMES_MAX);
}

/**
 * @param {object} props
 * @param {View} props.view
 * @param {Frame} props.frame
 * @param {{left: number, width: number}} props.range
 * @param {number} props.width of the picture
 * @param {number} props.whole ns
 * @param {(frame: Frame) => void} props.onPress
 */
function FrameBar({ view, frame, range, width, whole, onPress }) {
  const [first] = frame.nodes;
  if (!first) return null;
  const { service, name } = first.span;
  const from = Math.max(0, (frame.left - range.left) / range.width);
  const to = Math.min(1, (frame.left + frame.width - range.left) / range.width);
  const searching = view.query.value.trim() !== "";
  const isMatch = frame.nodes.some(({ key }) => view.matchKeys.value.has(key));
  const selected = view.selected.value;
  const classes = [
    "frame",
    serviceClass(service),
    frame.nodes.some(({ span }) => span.status === "error") && "failed",
    searching && !isMatch && "unmatched",
    selected && frame.nodes.includes(selected) && "selected",
  ];
  const times = `${formatDuration(frame.value)} (${formatShare(frame.value, whole)}), ${formatDuration(frame.self)} of it self time`;
  const many = frame.nodes.length === 1 ? "" : ` ×${formatCount(frame.nodes.length)}`;
  const title = `${oneLine(service)}: ${oneLine(name) || NO_NAME}\n${plural(frame.nodes.length, "span")}, ${times}`;
  return html`<button
    type="button"
    class=${classes.filter(Boolean).join(" ")}
    style=${{ left: `${100 * from}%`, width: `${100 * (to - from)}%`, top: `${frame.depth * LEVEL_PX}px` }}
    title=${title}
    aria-label=${title}
    onClick=${() => onPress(frame)}
  >
    ${(to - from) * width >= WORDS_PX_MIN && html`<span>${oneLine(name, 120) || NO_NAME}${many}</span>`}
  </button>`;
}
