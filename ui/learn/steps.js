// The demo in ten steps, and which traces each of them leaves behind.

/**
 * @typedef {object} Step
 * @property {string} title
 * @property {string} says what happens, and why
 * @property {{attributes: string} | {service: string} | null} traces how its traces are found: by what the client's root
 *   span says, or by the service that begins them; `null` if it leaves none
 * @property {import("../trace/modes.js").Mode} [look] the view that shows it best
 */

/** @param {number} step */
const ofStep = (step) => ({ attributes: `demo.step=${step}` });

/** @type {Step[]} */
export const STEPS = [
  {
    title: "Start two services, without tracing",
    says: "bands-api knows bands, and asks reviews-api what people think of them. Neither tells anybody what it does.",
    traces: null,
  },
  {
    title: "Make a call",
    says: "The answer takes seconds, and nobody can say which of the two is slow: each knows its own part alone.",
    traces: null,
  },
  {
    title: "Add tracing to bands-api",
    says: "It makes a span for each request it answers and each call it makes. A request without headers begins a trace in it.",
    traces: { service: "bands-api" },
  },
  {
    title: "Add context propagation to the caller",
    says: "The client begins the trace now, and sends two headers along: traceparent says which trace and which span is asking, tracestate has room for notes.",
    traces: null,
  },
  {
    title: "Make a call",
    says: "One trace in two processes: bands-api read the header and hung its spans below the client’s. What reviews-api did is missing.",
    traces: ofStep(5),
    look: "propagation",
  },
  {
    title: "Add tracing to reviews-api",
    says: "The same few lines. bands-api needs no change: it has been sending the headers all along, to a service that paid no attention.",
    traces: { service: "reviews-api" },
  },
  {
    title: "Make a call",
    says: "The whole way of one request through three processes, in one picture. The trace-id stays the same at every hop, the parent-id is a new one.",
    traces: ofStep(7),
    look: "propagation",
  },
  {
    title: "Find the slow call",
    says: "Where the time goes is in sight now: self time that no child explains, in two places. And all reviews have one id, which is a bug of its own.",
    traces: ofStep(7),
    look: "spans",
  },
  {
    title: "Fix the bugs",
    says: "Three lines are changed, and the services start anew.",
    traces: null,
  },
  {
    title: "Call again",
    says: "The same call takes milliseconds. Compared with the one before, the repaired spans are seen at once.",
    traces: ofStep(10),
  },
];

/** The steps whose traces are the ones before and after the bugs were fixed. */
export const BEFORE_STEP = 7;
export const AFTER_STEP = 10;
