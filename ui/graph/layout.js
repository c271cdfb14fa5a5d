// Where the services of a graph stand: in layers from left to right, callers before those they call.

/**
 * @typedef {{from: string, to: string}} Link
 * @typedef {{x: number, y: number}} Point x in layers, y in rows, both from 0
 *
 * @typedef {object} Placed
 * @property {Map<string, Point>} nodes
 * @property {Point[][]} links for each link the points that it goes through, from its `from` to its `to`
 * @property {number} layers how many there are
 * @property {number} rows how many the highest layer needs
 *
 * @typedef {object} Vertex a node, or a place where a link crosses a layer
 * @property {number} layer
 * @property {number} y its middle
 * @property {number} size the rows that it takes
 * @property {Vertex[]} before neighbours in the layer before
 * @property {Vertex[]} after neighbours in the layer after
 */

/** Each sweep sorts the layers by where their neighbours stand; after some nothing changes any more. */
const SWEEPS = 8;

/** What a link takes in a layer that it only crosses, in rows. */
const CROSSING = 0.34;

/**
 * @param {string[]} ids
 * @param {Link[]} links between them
 * @returns {Placed}
 */
export function layOut(ids, links) {
  const forward = withoutCycles(ids, links);
  const layerOf = longestPaths(ids, forward);
  /** @type {Vertex[][]} */
  const layers = [];
  const put = (/** @type {number} */ layer, /** @type {number} */ size) => {
    const vertices = (layers[layer] ??= []);
    const vertex = { layer, y: vertices.length, size, before: [], after: [] };
    vertices.push(vertex);
    return vertex;
  };
  const vertices = new Map(ids.map((id) => [id, put(layerOf.get(id) ?? 0, 1)]));
  const routes = forward.map(({ from, to }) => route(vertices.get(from), vertices.get(to), put));
  sortLayers(layers);
  spread(layers);
  const points = ids.map((id) => /** @type {[string, Point]} */ ([id, pointOf(vertices.get(id))]));
  return {
    nodes: new Map(points),
    links: routes.map((vertices, i) => {
      const through = vertices.map(pointOf);
      return forward[i]?.isTurned ? through.reverse() : through;
    }),
    layers: layers.length,
    rows: layers.flat().reduce((rows, { y, size }) => Math.max(rows, y + (1 + size) / 2), 0),
  };
}

/** @param {Vertex | undefined} vertex @returns {Point} */
function pointOf(vertex) {
  return { x: vertex?.layer ?? 0, y: vertex?.y ?? 0 };
}

/**
 * The links, those turned around that would close a ring.
 *
 * @param {string[]} ids
 * @param {Link[]} links
 * @returns {(Link & {isTurned: boolean})[]}
 */
function withoutCycles(ids, links) {
  const place = depthFirst(ids, links);
  return links.map(({ from, to }) => {
    const isTurned = (place.get(from) ?? 0) > (place.get(to) ?? 0);
    return isTurned ? { from: to, to: from, isTurned } : { from, to, isTurned };
  });
}

/**
 * @param {string[]} ids those nobody calls are gone from first
 * @param {Link[]} links
 * @returns {Map<string, number>} a place for each, callers before whom they call but for rings
 */
function depthFirst(ids, links) {
  const targets = new Map(ids.map((id) => [id, /** @type {string[]} */ ([])]));
  for (const { from, to } of links) targets.get(from)?.push(to);
  const called = new Set(links.filter(({ from, to }) => from !== to).map(({ to }) => to));
  const starts = [...ids.filter((id) => !called.has(id)), ...ids];
  const seen = new Set();
  /** @type {string[]} */
  const done = [];
  for (const start of starts) {
    const pending = [{ id: start, isDone: false }];
    for (let at = pending.pop(); at; at = pending.pop()) {
      if (at.isDone) done.push(at.id);
      if (at.isDone || seen.has(at.id)) continue;
      seen.add(at.id);
      pending.push({ id: at.id, isDone: true });
      for (const to of targets.get(at.id) ?? []) pending.push({ id: to, isDone: false });
    }
  }
  return new Map(done.reverse().map((id, i) => [id, i]));
}

/**
 * @param {string[]} ids
 * @param {Link[]} links without rings
 * @returns {Map<string, number>} how many links lead to each at the most
 */
function longestPaths(ids, links) {
  const layer = new Map(ids.map((id) => [id, 0]));
  const place = depthFirst(ids, links);
  const inOrder = links.filter(({ from, to }) => from !== to);
  inOrder.sort((a, b) => (place.get(a.from) ?? 0) - (place.get(b.from) ?? 0));
  for (const { from, to } of inOrder) {
    layer.set(to, Math.max(layer.get(to) ?? 0, (layer.get(from) ?? 0) + 1));
  }
  return layer;
}

/**
 * @param {Vertex | undefined} from
 * @param {Vertex | undefined} to
 * @param {(layer: number, size: number) => Vertex} put
 * @returns {Vertex[]} the ends and, where layers are between them, a place in each
 */
function route(from, to, put) {
  if (!from || !to) return [];
  const vertices = [from];
  for (let layer = from.layer + 1; layer < to.layer; layer++) vertices.push(put(layer, CROSSING));
  if (from !== to) vertices.push(to);
  for (let i = 1; i < vertices.length; i++) {
    const [one, other] = [/** @type {Vertex} */ (vertices[i - 1]), /** @type {Vertex} */ (vertices[i])];
    one.after.push(other);
    other.before.push(one);
  }
  return vertices;
}

/** Puts each near its neighbours, so that few links cross. @param {Vertex[][]} layers */
function sortLayers(layers) {
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const isForward = sweep % 2 === 0;
    const inOrder = isForward ? layers : [...layers].reverse();
    for (const vertices of inOrder) {
      const wanted = new Map(vertices.map((each) => [each, mean(isForward ? each.before : each.after) ?? each.y]));
      vertices.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0));
      vertices.forEach((each, i) => (each.y = i));
    }
  }
}

/** Moves the vertices of each layer towards their neighbours, as far as there is room. @param {Vertex[][]} layers */
function spread(layers) {
  const heights = layers.map((vertices) => vertices.reduce((sum, { size }) => sum + size, 0));
  const rows = heights.reduce((most, height) => Math.max(most, height), 0);
  layers.forEach((vertices, i) => {
    let top = (rows - (heights[i] ?? 0)) / 2;
    for (const each of vertices) {
      each.y = top + each.size / 2;
      top += each.size;
    }
  });
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const vertices of sweep % 2 === 0 ? layers : [...layers].reverse()) pull(vertices);
  }
  // A node in the first row has its middle at 0.
  const top = layers.flat().reduce((top, { y, size }) => Math.min(top, y - (size - 1) / 2), Infinity);
  for (const each of layers.flat()) each.y -= top;
}

/** @param {Vertex[]} vertices of a layer, from the top */
function pull(vertices) {
  const wanted = vertices.map((each) => mean([...each.before, ...each.after]) ?? each.y);
  const room = vertices.map((each, i) => (each.size + (vertices[i - 1]?.size ?? 0)) / 2);
  // From both ends with room between neighbours; the mean of the two keeps it.
  const down = [...wanted];
  for (let i = 1; i < down.length; i++) down[i] = Math.max(down[i] ?? 0, (down[i - 1] ?? 0) + (room[i] ?? 0));
  const up = [...wanted];
  for (let i = up.length - 2; i >= 0; i--) up[i] = Math.min(up[i] ?? 0, (up[i + 1] ?? 0) - (room[i + 1] ?? 0));
  vertices.forEach((each, i) => (each.y = ((down[i] ?? 0) + (up[i] ?? 0)) / 2));
}

/** @param {Vertex[]} vertices @returns {number | null} where they stand on average */
function mean(vertices) {
  if (vertices.length === 0) return null;
  return vertices.reduce((sum, { y }) => sum + y, 0) / vertices.length;
}
