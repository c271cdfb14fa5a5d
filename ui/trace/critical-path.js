// What a trace waited for: making anything else faster does not make it end earlier.

/**
 * @typedef {import("./layout.js").Range} Range
 * @typedef {import("./tree.js").Node} Node
 */

/**
 * The critical path below a root. From its end backwards: the last child to end was waited for, up to
 * its start; before that the one that ended last by then, and so on. What is left is the node's own.
 *
 * @param {Node | undefined} root
 * @returns {ReadonlyMap<Node, Range[]>} when each node on the path was waited for itself, by start
 */
export function criticalPath(root) {
  /** @type {Map<Node, Range[]>} */
  const path = new Map();
  if (!root) return path;
  const pending = [visit(root, root.start, root.end)];
  for (let at = pending.at(-1); at; at = pending.at(-1)) {
    const child = nextAwaited(at);
    if (child) {
      const end = endSeen(at, child);
      add(path, at.node, { start: end, end: at.until });
      const below = visit(child, at.from, end);
      at.until = below.from;
      pending.push(below);
    } else {
      add(path, at.node, { start: at.from, end: at.until });
      pending.pop();
    }
  }
  for (const parts of path.values()) parts.reverse();
  return path;
}

/**
 * @typedef {object} Visit
 * @property {Node} node
 * @property {Node[]} children those not looked at yet, the last to end at the end
 * @property {number} from when it was first waited for: not before its parent was
 * @property {number} end when it ended, as its parent saw it
 * @property {number} until before this the path is not known yet
 */

/** @param {Node} node @param {number} from @param {number} until @returns {Visit} */
function visit(node, from, until) {
  const children = [...node.children].sort((a, b) => a.end - b.end);
  return { node, children, from: Math.max(node.start, from), end: until, until };
}

/** The child that ended last before what is known. @param {Visit} at @returns {Node | undefined} */
function nextAwaited(at) {
  for (let child = at.children.pop(); child; child = at.children.pop()) {
    // One that still worked then was not waited for, nor one from before its parent.
    const end = endSeen(at, child);
    if (end <= at.until && end > at.from && child.start < end) return child;
  }
  return undefined;
}

/**
 * Clocks of two senders differ: who called waits for the answer, so that a call ends no later than its
 * caller, nor does what it waited for, whatever its own clock says. What only follows from the caller, such
 * as a message received, may well go on after it.
 *
 * @param {Visit} at
 * @param {Node} child
 */
function endSeen({ node, end }, child) {
  const isCall = node.span.kind === "client" && child.span.kind === "server" && child.start < end;
  const mayGoOn = child.end > node.end && !isCall;
  return mayGoOn ? child.end : Math.min(child.end, end);
}

/** @param {Map<Node, Range[]>} path @param {Node} node @param {Range} part */
function add(path, node, part) {
  if (part.end <= part.start) return;
  const parts = path.get(node);
  if (parts) parts.push(part);
  else path.set(node, [part]);
}
