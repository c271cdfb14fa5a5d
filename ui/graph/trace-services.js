import { useMemo } from "preact/hooks";

import { html } from "../lib/html.js";
import { serviceShares } from "../trace/tree.js";
import { ServiceGraph } from "./service-graph.js";
import { traceGraph } from "./trace-graph.js";

/**
 * The services of the trace, as a graph. To choose one is to find its spans.
 *
 * @param {{view: import("../trace/view.js").View}} props
 */
export function TraceServices({ view }) {
  const { nodes } = view.tree.value;
  const searching = view.query.value.trim() !== "";
  const matches = view.matches.value;
  // Databases and brokers are named by attributes, which may come later.
  const { isHere } = view.trace.value.rest;
  const graph = useMemo(() => {
    const found = searching ? new Set(matches.map(({ span }) => span.service)) : null;
    return traceGraph(nodes, serviceShares(nodes), found);
  }, [nodes, matches, searching, isHere]);
  const choose = (/** @type {string} */ id) => {
    const name = graph.nodes.find((node) => node.id === id)?.name ?? "";
    view.query.value = view.query.value === name ? "" : name;
  };
  return html`<section class="trace-services-graph" aria-label="Services">
    <${ServiceGraph}
      nodes=${graph.nodes}
      edges=${graph.edges}
      leftOut=${graph.leftOut}
      label="Which service called which in this trace"
      hrefOf=${() => "?view=services"}
      onChoose=${choose}
    />
  </section>`;
}
