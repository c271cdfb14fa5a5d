// Traces as the demo and the world make them.

/** @typedef {import("./otlp.mjs").SpanToSend} SpanToSend */

const BAND = "553be815-76f3-49db-b9d7-caca4b23cc3e";
/** How long the demo's reviews take, ms. */
const REVIEWS_MS = [438, 260, 405, 672, 483, 398, 602, 629];

/** Numbers that look random and are the same every time. @param {number} seed */
export function numbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** @param {number} number @returns {string} */
export function spanId(number) {
  return (0x10000 + number).toString(16).padStart(16, "a");
}

/** @param {string} traceId @param {string} parent */
function headers(traceId, parent) {
  return {
    "http.request.header.traceparent": [`00-${traceId}-${parent}-03`],
    "http.request.header.tracestate": ["foo=bar"],
  };
}

/** @param {string} route @param {number} port @param {number} status */
function http(route, port, status) {
  return {
    "http.request.method": "GET",
    "http.route": route,
    "url.scheme": "http",
    "server.address": "localhost",
    "server.port": port,
    "network.protocol.version": "1.1",
    "http.response.status_code": status,
  };
}

/**
 * The demo's call as shipped: client → bands-api → reviews-api, with five seconds lost in bands-api.
 *
 * @param {string} traceId
 * @returns {SpanToSend[]} 16 spans
 */
export function demoSpans(traceId) {
  const reviews = REVIEWS_MS.reduce((sum, each) => sum + each, 0) * 1_000;
  const before = 5_004_000;
  const total = before + reviews + 20_000;
  const id = spanId;
  /** @type {SpanToSend[]} */
  const spans = [
    { service: "client", name: "fetch_band", id: id(1), at: 0, lasts: total + 4_000, attributes: { "demo.step": 7 } },
    { service: "client", name: "GET", id: id(2), parent: id(1), at: 1_500, lasts: total + 1_200, kind: "client", attributes: { ...http("/bands/{id}", 8000, 200), "url.full": `http://localhost:8000/bands/${BAND}`, ...headers(traceId, id(2)) } },
    { service: "bands-api", name: "GET /bands/{id}", id: id(3), parent: id(2), at: 2_300, lasts: total, kind: "server", attributes: { ...http("/bands/{id}", 8000, 200), ...headers(traceId, id(2)) } },
    { service: "bands-api", name: "find_band", id: id(4), parent: id(3), at: 2_500, lasts: 1_200, attributes: { "band.id": BAND } },
    { service: "bands-api", name: "get_reviews", id: id(5), parent: id(3), at: before, lasts: reviews + 16_000, attributes: { "band.id": BAND } },
    { service: "bands-api", name: "GET", id: id(6), parent: id(5), at: before + 700, lasts: reviews + 14_000, kind: "client", attributes: { ...http("/reviews", 8080, 200), ...headers(traceId, id(6)) } },
    { service: "reviews-api", name: "GET /reviews", id: id(7), parent: id(6), at: before + 2_000, lasts: reviews + 11_000, kind: "server", attributes: { ...http("/reviews", 8080, 200), ...headers(traceId, id(6)) } },
    { service: "reviews-api", name: "get_reviews_by_band_id", id: id(8), parent: id(7), at: before + 3_000, lasts: reviews + 8_000, attributes: { "band.id": BAND, "reviews.count": REVIEWS_MS.length }, events: [{ at: before + 3_500, name: "reviews counted", attributes: { count: REVIEWS_MS.length } }] },
  ];
  let at = before + 4_000;
  REVIEWS_MS.forEach((lasts, i) => {
    spans.push({ service: "reviews-api", name: "make_review", id: id(10 + i), parent: id(8), at, lasts: lasts * 1_000, attributes: { "review.number": i + 1 } });
    at += lasts * 1_000 + 300;
  });
  return spans.map((span) => ({ ...span, state: "foo=bar" }));
}

/**
 * The same call while reviews-api is down.
 *
 * @param {string} traceId
 * @returns {SpanToSend[]} 6 spans, 4 of them failed
 */
export function failedSpans(traceId) {
  const message = "error sending request for url (http://localhost:8080/reviews): Connection refused (os error 111)";
  const failed = new Set([2, 3, 5, 6].map(spanId));
  return demoSpans(traceId)
    .slice(0, 6)
    .map((/** @type {SpanToSend} */ span) => {
      const lasts = Math.min(span.lasts, span.at > 1_000_000 ? 9_000 - (span.at - 5_004_000) * 2 : 5_030_000 - span.at * 2);
      if (!failed.has(span.id)) return { ...span, lasts };
      /** @type {Record<string, import("./otlp.mjs").Value>} */
      const status = span.name === "get_reviews" ? {} : { "http.response.status_code": 502, "error.type": "502" };
      return { ...span, lasts, error: span.kind === "server" ? "" : "reviews-api cannot be reached", attributes: { ...span.attributes, ...status } };
    })
    .map((span) =>
      span.name === "get_reviews"
        ? { ...span, events: [{ at: span.at + 5_000, name: "exception", attributes: { "exception.type": "reqwest::Error", "exception.message": message } }] }
        : span,
    );
}

/**
 * A query for each of forty items, two of which fail, and something that goes on after the request.
 *
 * @returns {SpanToSend[]} 42 spans
 */
export function repeatedSpans() {
  const queries = Array.from({ length: 40 }, (_, i) => ({
    service: "shop",
    name: "SELECT",
    id: spanId(10 + i),
    parent: spanId(1),
    at: 1_000 + i * 2_200,
    lasts: 2_000,
    kind: /** @type {const} */ ("client"),
    attributes: { "db.system.name": "postgresql", item: i },
    ...(i % 20 === 7 ? { error: "deadlock" } : {}),
  }));
  return [
    { service: "shop", name: "GET /cart", id: spanId(1), at: 0, lasts: 95_000, kind: "server" },
    ...queries,
    { service: "shop", name: "in the background", id: spanId(2), parent: spanId(1), at: 90_000, lasts: 20_000 },
  ];
}

const SERVICES = ["gateway", "catalog", "pricing", "inventory", "auth", "cart", "recommendation", "search"];
const WORK = ["SELECT orders", "GET /price/{id}", "validate", "Redis GET", "render", "lock", "resolve"];

/**
 * A trace of any size, the same every time.
 *
 * @param {number} count
 * @returns {SpanToSend[]}
 */
export function manySpans(count) {
  const random = numbers(count);
  const pick = (/** @type {string[]} */ list) => list[Math.floor(random() * list.length)] ?? "";
  /** @type {(SpanToSend & {depth: number})[]} */
  const spans = [{ service: "gateway", name: "POST /checkout", id: spanId(0), at: 0, lasts: 4_000_000, kind: "server", depth: 0 }];
  while (spans.length < count) {
    const parent = spans[Math.floor(random() ** 1.3 * spans.length)];
    if (!parent || parent.depth > 9) continue;
    const offset = random() * parent.lasts * 0.8;
    spans.push({
      service: random() < 0.55 ? parent.service : pick(SERVICES),
      name: pick(WORK),
      id: spanId(spans.length),
      parent: parent.id,
      at: parent.at + offset,
      lasts: Math.max(20, (parent.lasts - offset) * random() * 0.7),
      depth: parent.depth + 1,
      attributes: { "item.number": spans.length },
      ...(random() < 0.004 ? { error: "deadline exceeded" } : {}),
    });
  }
  return spans;
}
