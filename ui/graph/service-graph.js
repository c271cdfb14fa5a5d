import { useLayoutEffect, useMemo, useRef } from "preact/hooks";

import { serviceClass } from "../lib/colors.js";
import { formatCount } from "../lib/format.js";
import { html } from "../lib/html.js";
import { useMoreBeside } from "../lib/more-beside.js";
import { oneLine } from "../lib/text.js";
import { leftOutWords } from "./drawn.js";
import { layOut } from "./layout.js";

/**
 * @typedef {object} GraphNode
 * @property {string} id
 * @property {string} name
 * @property {boolean} isSystem a database or a broker, which has no spans of its own
 * @property {string[]} lines what is said of it
 * @property {boolean} isBad whether its errors are worth a look
 * @property {boolean} [isDim] whether it is not what the reader looks for
 *
 * @typedef {object} GraphEdge
 * @property {string} from
 * @property {string} to
 * @property {number} calls
 * @property {string} label
 * @property {string} says all of it, in words
 * @property {boolean} isBad
 */

/** Sizes in pixels. */
const NODE_WIDTH = 176;
const NODE_HEIGHT = 58;
/** A label fits between two boxes. */
const LAYER_GAP = 150;
const ROW_GAP = 26;
const MARGIN = 12;
/** How far a call to itself reaches out. */
const LOOP = 26;
/** The ground of a label: about as wide as its letters, which are not measured, with a little room. */
const LABEL_LETTER = 5.8;
const LABEL_HEIGHT = 16;
/** From the middle of a label down to where its letters stand. */
const LABEL_DROP = 4;

/** What fits into a box. */
const NAME_MAX = 22;

/**
 * Who calls whom, and below it how much of that is not drawn.
 *
 * @param {object} props
 * @param {GraphNode[]} props.nodes
 * @param {GraphEdge[]} props.edges
 * @param {import("./drawn.js").LeftOut} props.leftOut
 * @param {string} props.label
 * @param {(id: string) => string} [props.hrefOf] where a node leads
 * @param {(id: string) => void} [props.onChoose] what it does instead
 * @param {string | null} [props.chosen]
 */
export function ServiceGraph({ nodes, edges, leftOut, label, hrefOf, onChoose, chosen = null }) {
  const shape = edges.map(({ from, to }) => `${from}\n${to}`).join("\n\n");
  const ids = nodes.map(({ id }) => id);
  const placed = useMemo(() => layOut(ids, edges), [ids.join("\n"), shape]);
  const width = placed.layers * (NODE_WIDTH + LAYER_GAP) - LAYER_GAP + 2 * MARGIN;
  const height = placed.rows * (NODE_HEIGHT + ROW_GAP) - ROW_GAP + 2 * MARGIN;
  const most = edges.reduce((most, { calls }) => Math.max(most, calls), 1);
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  // Of a graph that is higher than its box, the middle is where most of it is.
  useLayoutEffect(() => {
    if (box.current) box.current.scrollTop = (box.current.scrollHeight - box.current.clientHeight) / 2;
  }, [height]);
  useMoreBeside(box);
  const lines = edges.map((edge, i) => ({ edge, path: pathOf(placed.links[i] ?? []), isDim: isApart(edge, chosen) }));
  const missing = leftOutWords(leftOut);
  return html`<div class="graph-box" ref=${box} tabindex="0" role="group" aria-label=${label}>
    <svg
      class="graph"
      width=${width}
      viewBox="0 0 ${width} ${height}"
      style=${{ "--graph-width": `${width}px` }}
    >
      <defs>
        <marker id="graph-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8"
          markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z" /></marker>
        <marker id="graph-arrow-bad" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8"
          markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z" /></marker>
      </defs>
      ${lines.map((line, i) => html`<${EdgeLine} key=${i} ...${line} most=${most} />`)}
      ${/* Over all of the lines, so that none runs through a label. */ lines.map((line, i) => html`<${EdgeLabel} key=${i} ...${line} />`)}
      ${nodes.map(
        (node) => html`<${NodeBox}
          key=${node.id}
          node=${node}
          at=${placed.nodes.get(node.id)}
          href=${hrefOf?.(node.id)}
          onChoose=${onChoose}
          isChosen=${node.id === chosen}
        />`,
      )}
    </svg>
  </div>
  ${missing !== "" && html`<p class="hint graph-left-out">${missing}</p>`}`;
}

/** @param {{x: number, y: number}} point @returns {{x: number, y: number}} the left edge of a node there, in the middle */
function pixels({ x, y }) {
  return {
    x: MARGIN + x * (NODE_WIDTH + LAYER_GAP),
    y: MARGIN + y * (NODE_HEIGHT + ROW_GAP) + NODE_HEIGHT / 2,
  };
}

/** @param {GraphEdge} edge @param {string | null} chosen */
function isApart({ from, to }, chosen) {
  return chosen !== null && chosen !== from && chosen !== to;
}

/** @typedef {{d: string, x: number, y: number}} Path x, y: the middle of its label */

/** @param {{edge: GraphEdge, path: Path, isDim: boolean, most: number}} props */
function EdgeLine({ edge, path, isDim, most }) {
  const { isBad } = edge;
  const classes = ["graph-edge", isBad && "bad", isDim && "dim"].filter(Boolean).join(" ");
  return html`<g class=${classes}>
    <title>${edge.says}</title>
    <path class="graph-edge-room" d=${path.d} />
    <path
      class="graph-line"
      d=${path.d}
      style=${{ strokeWidth: `${1 + 2.5 * Math.sqrt(edge.calls / most)}px` }}
      marker-end=${isBad ? "url(#graph-arrow-bad)" : "url(#graph-arrow)"}
    />
  </g>`;
}

/** @param {{edge: GraphEdge, path: Path, isDim: boolean}} props */
function EdgeLabel({ edge, path, isDim }) {
  const width = edge.label.length * LABEL_LETTER;
  return html`<g class=${isDim ? "graph-label dim" : "graph-label"}>
    <title>${edge.says}</title>
    <rect x=${path.x - width / 2} y=${path.y - LABEL_HEIGHT / 2} width=${width} height=${LABEL_HEIGHT} />
    <text x=${path.x} y=${path.y + LABEL_DROP} text-anchor="middle">${edge.label}</text>
  </g>`;
}

/** @param {{x: number, y: number}[]} points @returns {Path} */
function pathOf(points) {
  return points.length === 1 ? loopPath(points[0]) : linePath(points);
}

/**
 * From the right of the one to the left of the other, level at both ends.
 *
 * @param {{x: number, y: number}[]} points
 */
function linePath(points) {
  const places = points.map(pixels);
  const isBack = (points[0]?.x ?? 0) > (points.at(-1)?.x ?? 0);
  const out = isBack ? 0 : NODE_WIDTH;
  const inwards = isBack ? NODE_WIDTH : 0;
  let d = "";
  let middle = { x: 0, y: 0 };
  const segments = places.length - 1;
  for (let i = 0; i < segments; i++) {
    const [from, to] = [places[i], places[i + 1]];
    if (!from || !to) continue;
    // Where a link only crosses a layer, it goes on in the middle of the column.
    const start = { x: from.x + (i === 0 ? out : NODE_WIDTH / 2), y: from.y };
    const end = { x: to.x + (i === segments - 1 ? inwards : NODE_WIDTH / 2), y: to.y };
    const bend = (start.x + end.x) / 2;
    d += `${i === 0 ? `M${start.x} ${start.y}` : ""}C${bend} ${start.y} ${bend} ${end.y} ${end.x} ${end.y}`;
    if (i === Math.floor((segments - 1) / 2)) middle = { x: bend, y: (start.y + end.y) / 2 };
  }
  return { d, ...middle };
}

/** A call to itself, over its own box. @param {{x: number, y: number} | undefined} point */
function loopPath(point) {
  const { x, y } = pixels(point ?? { x: 0, y: 0 });
  const top = y - NODE_HEIGHT / 2;
  const [from, to] = [x + NODE_WIDTH * 0.7, x + NODE_WIDTH * 0.3];
  const d = `M${from} ${top}C${from} ${top - LOOP} ${to} ${top - LOOP} ${to} ${top}`;
  return { d, x: x + NODE_WIDTH / 2, y: top - LOOP * 0.75 };
}

/**
 * @param {object} props
 * @param {GraphNode} props.node
 * @param {{x: number, y: number} | undefined} props.at
 * @param {string | undefined} props.href
 * @param {((id: string) => void) | undefined} props.onChoose
 * @param {boolean} props.isChosen
 */
function NodeBox({ node, at, href, onChoose, isChosen }) {
  if (!at) return null;
  const { x, y } = pixels(at);
  const choose = (/** @type {MouseEvent} */ event) => {
    if (!onChoose || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    onChoose(node.id);
  };
  const classes = [
    "graph-node",
    node.isSystem ? "system" : serviceClass(node.name),
    node.isDim && "dim",
    node.isBad && "bad",
    isChosen && "chosen",
  ];
  const says = [node.name, ...node.lines].map((line) => oneLine(line)).join(", ");
  const content = html`<title>${says}</title>
    <rect class="graph-box-ground" width=${NODE_WIDTH} height=${NODE_HEIGHT} rx="8" />
    <rect class="graph-box-side" width="4" height=${NODE_HEIGHT - 16} x="0" y="8" rx="2" />
    <text class="graph-name" x="16" y="22">${oneLine(node.name, NAME_MAX)}</text>
    ${node.lines.map((line, i) => html`<text class="graph-fact" key=${i} x="16" y=${38 + 14 * i}>${oneLine(line, 40)}</text>`)}`;
  const place = `translate(${x} ${y - NODE_HEIGHT / 2})`;
  if (href === undefined) return html`<g class=${classes.filter(Boolean).join(" ")} transform=${place}>${content}</g>`;
  return html`<a class=${classes.filter(Boolean).join(" ")} href=${href} transform=${place} onClick=${choose}
    >${content}</a
  >`;
}

/**
 * The share of failures, in words.
 *
 * @param {number} errors
 * @param {number} all
 */
export function errorWords(errors, all) {
  if (errors === 0 || all === 0) return "no errors";
  const percent = (100 * errors) / all;
  const share = percent < 1 ? "<1" : formatCount(Math.round(percent));
  return `${share} % errors`;
}
