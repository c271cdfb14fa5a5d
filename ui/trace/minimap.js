import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import { serviceClass } from "../lib/colors.js";
import { html } from "../lib/html.js";
import { placeOf } from "./layout.js";
import { WARN_RANK } from "./placed-logs.js";
import { Dragged, useZoomDrag } from "./ruler.js";

/** @typedef {import("./view.js").View} View */

/** Smaller traces are in sight as a whole. */
const SPANS_MIN = 30;
const HEIGHT_PX = 56;
/** A log record that warns or says an error. */
const DOT_PX = 6;

/**
 * The whole trace in a few pixels. A drag over it zooms the time line.
 *
 * @param {{view: View}} props
 */
export function Minimap({ view }) {
  const { nodes, start, end } = view.tree.value;
  const { handlers, drag } = useZoomDrag(view, () => ({ start, end }));
  if (nodes.length < SPANS_MIN) return null;
  const { range } = view;
  const left = 100 * placeOf(range.value.start, { start, end });
  const right = 100 - 100 * placeOf(range.value.end, { start, end });
  return html`<div class="minimap" title="Drag to zoom, double-click for all" ...${handlers}>
    <${Picture} view=${view} />
    ${view.zoom.value &&
    html`<span class="minimap-out" style=${{ left: 0, width: `${left}%` }} />
      <span class="minimap-out" style=${{ right: 0, width: `${right}%` }} />`}
    <${Dragged} drag=${drag} />
  </div>`;
}

/** @param {{view: View}} props */
function Picture({ view }) {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const draw = () => {
    if (canvas.current) drawTree(canvas.current, view.tree.peek(), view.logs.placed.peek().all);
  };
  useSignalEffect(() => {
    view.tree.value;
    view.logs.placed.value;
    draw();
  });
  useEffect(() => {
    const observer = new ResizeObserver(draw);
    if (canvas.current) observer.observe(canvas.current);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", draw);
    return () => {
      observer.disconnect();
      dark.removeEventListener("change", draw);
    };
  }, []);
  return html`<canvas ref=${canvas} height=${HEIGHT_PX} aria-hidden="true" />`;
}

/** If more spans are drawn one over the other, only those on top are drawn: nothing else is seen of them. */
const SPANS_A_PIXEL_MAX = 8;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import("./tree.js").Tree} tree
 * @param {import("./placed-logs.js").PlacedLog[]} logs
 */
function drawTree(canvas, tree, logs) {
  const context = canvas.getContext("2d");
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!context || width === 0) return;
  canvas.width = Math.round(width * devicePixelRatio);
  canvas.height = Math.round(height * devicePixelRatio);
  context.scale(devicePixelRatio, devicePixelRatio);
  const color = colorReader();
  const barHeight = Math.max(1, Math.min(4, height / tree.nodes.length));
  for (const { name, left, width: wide, top } of barsOf(tree, width, height - barHeight)) {
    context.fillStyle = color(name);
    context.fillRect(left, top, wide, barHeight);
  }
  const severe = logs.filter(({ node, rank }) => node !== null && rank >= WARN_RANK);
  // The severest on top of the others.
  for (const { node, at, level } of severe.sort((a, b) => a.rank - b.rank)) {
    const left = Math.min(1, Math.max(0, placeOf(at, tree))) * width;
    const top = ((node?.index ?? 0) / tree.nodes.length) * (height - barHeight) + barHeight / 2;
    context.beginPath();
    context.arc(left, top, DOT_PX / 2, 0, 2 * Math.PI);
    context.fillStyle = color(`bar-${level}`);
    context.fill();
    context.strokeStyle = color("sunken");
    context.stroke();
  }
}

/**
 * The bars to draw: of as many spans as there are pixels below one another all, else what is seen of
 * them when all are drawn in their order.
 *
 * @param {import("./tree.js").Tree} tree
 * @param {number} width
 * @param {number} height of the tops of bars
 * @returns {{name: string, left: number, width: number, top: number}[]} with the names of their colours
 */
export function barsOf(tree, width, height) {
  const { nodes } = tree;
  const bars = nodes.map((node) => {
    const left = placeOf(node.start, tree) * width;
    return {
      name: node.span.status === "error" ? "error" : serviceClass(node.span.service),
      left,
      width: Math.max(1, placeOf(node.end, tree) * width - left),
      top: (node.index / nodes.length) * height,
    };
  });
  if (nodes.length <= height * SPANS_A_PIXEL_MAX) return bars;
  const columns = Math.ceil(width) + 1;
  /** @type {(string | undefined)[]} */
  const seen = new Array(columns * (Math.round(height) + 1));
  for (const { name, left, width: wide, top } of bars) {
    const row = Math.round(top) * columns;
    seen.fill(name, row + Math.floor(left), row + Math.min(columns, Math.ceil(left + wide)));
  }
  return runsOf(seen, columns);
}

/**
 * @param {(string | undefined)[]} seen of each pixel, row by row, the colour
 * @param {number} columns
 */
function runsOf(seen, columns) {
  const runs = [];
  for (let at = 0; at < seen.length; ) {
    const name = seen[at];
    const rowEnd = at - (at % columns) + columns;
    let end = at + 1;
    while (end < rowEnd && seen[end] === name) end += 1;
    if (name !== undefined) runs.push({ name, left: at % columns, width: end - at, top: Math.floor(at / columns) });
    at = end;
  }
  return runs;
}

/**
 * @returns {(name: string) => string} the colours of the style sheet, each looked up once
 */
function colorReader() {
  const style = getComputedStyle(document.documentElement);
  /** @type {Map<string, string>} */
  const known = new Map();
  return (name) => {
    const color = known.get(name) ?? style.getPropertyValue(`--${name}`);
    known.set(name, color);
    return color;
  };
}
