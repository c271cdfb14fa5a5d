// Log records of many sorts. What Clew should say of each is written by hand beside what is emitted, in
// the shape in which Clew answers.

import { ROOT_CONTEXT, context, isSpanContextValid, trace } from "@opentelemetry/api";
import { SeverityNumber } from "@opentelemetry/api-logs";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import { AlwaysOffSampler, AlwaysOnSampler, BasicTracerProvider } from "@opentelemetry/sdk-trace-base";

/** 2023-03-30 10:33:58.123456789 UTC: a time whose last digits a double would lose. */
const TIME = /** @type {[number, number]} */ ([1_680_172_438, 123_456_789]);

const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"];

/** Text that a careless reader or writer would change, cut short or refuse. */
const TEXTS = {
  empty: "",
  unicode: "Motörhead – 人間椅子 🎸 e\u0301",
  control: "\0\x01\t\r\n\x1b[31mred\x1b[0m\x7f\x85",
  invisible: "\ufeffa\u200bb\u2028c\u202etxt.exe\uffff\u{10ffff}",
  json: '{"a": "\\u0041", "b": [1, 2]}',
  lines: "one\ntwo\r\nthree\n",
  long: "0123456789".repeat(1_000),
};

/** Whole numbers beyond these are others in JSON. */
const INT_MAX = Number.MAX_SAFE_INTEGER;

const VALUES = {
  text: "Fugazi",
  true: true,
  false: false,
  zero: 0,
  "int.max": INT_MAX,
  "int.min": -INT_MAX,
  double: 0.1,
  "double.negative": -1234.5,
  "double.small": 5e-324,
  bytes: Uint8Array.from({ length: 256 }, (_, index) => index),
  "bytes.none": new Uint8Array(),
  array: ["a", "", "ß"],
  "array.none": [],
  "array.int": [1, -1],
  "array.mixed": ["a", true, 1, 0.5, Uint8Array.of(0), null, ["b"], { c: [] }],
  map: { a: 1, "": "no name", nested: { b: [{ c: null }], d: {} } },
  "map.none": {},
  nothing: null,
};

/** JSON has none of these: there the SDK sends nothing, or a whole number that is none of OTLP's. */
const NOT_IN_JSON = {
  nan: NaN,
  infinity: Infinity,
  "infinity.negative": -Infinity,
  "int.64": -(2 ** 63),
  "double.whole": 2 ** 63,
  "double.large": Number.MAX_VALUE,
};

const RESOURCE = {
  "service.name": "shop (Node.js)",
  "service.instance.id": "8f2c",
  "process.pid": 4711,
  "process.command_args": ["shop", "--fast"],
  "host.is_virtual": true,
};
const SCHEMA = "https://opentelemetry.io/schemas/1.36.0";
const SCOPE_SCHEMA = "https://example.com/schema";

/** Emits, and keeps what Clew should say of it. */
class Sender {
  /** @type {Record<string, unknown>[]} */
  emitted = [];

  /** @param {any} exporter @param {import("@opentelemetry/sdk-logs").LogRecordLimits} [logRecordLimits] */
  constructor(exporter, logRecordLimits) {
    // One request has all of them: nothing is due before the end.
    const batch = new BatchLogRecordProcessor({ exporter, scheduledDelayMillis: 3_600_000 });
    // What only the SDK knows: the times that it has given the last log record.
    const watch = {
      onEmit: (/** @type {any} */ record) => (this.last = record),
      forceFlush: async () => {},
      shutdown: async () => {},
    };
    this.provider = new LoggerProvider({
      resource: resourceFromAttributes(RESOURCE, { schemaUrl: SCHEMA }),
      processors: [watch, batch],
      logRecordLimits,
    });
    this.logger = this.provider.getLogger("shop.api", "1.2.3", {
      schemaUrl: SCOPE_SCHEMA,
      attributes: { team: "cart" },
    });
  }

  /**
   * @param {any} record
   * @param {Record<string, unknown>} [expected] What the record does not say itself.
   */
  emit(record, expected = {}) {
    this.logger.emit(record);
    const span = trace.getSpanContext(record.context ?? context.active());
    const within = span && isSpanContextValid(span) ? span : undefined;
    const severity = record.severityNumber ?? 0;
    this.emitted.push({
      timeUnixNano: nanos(record.timestamp ?? this.last.hrTime),
      observedTimeUnixNano: nanos(record.observedTimestamp ?? this.last.hrTimeObserved),
      severityNumber: severity,
      severityText: record.severityText ?? "",
      level: severity > 0 ? LEVELS[Math.floor((severity - 1) / 4)] : null,
      body: anyValue(record.body),
      attributes: attributes(record.attributes ?? {}),
      droppedAttributesCount: 0,
      flags: within?.traceFlags ?? 0,
      traceId: within?.traceId ?? null,
      spanId: within?.spanId ?? null,
      eventName: record.eventName ?? "",
      resource: { attributes: attributes(RESOURCE), schemaUrl: SCHEMA },
      scope: {
        name: "shop.api",
        version: "1.2.3",
        attributes: attributes({ team: "cart" }),
        schemaUrl: SCOPE_SCHEMA,
      },
      ...expected,
    });
  }
}

/**
 * Emits all of them to this exporter, and returns what was emitted when it is sent.
 *
 * @param {() => any} exporter
 * @param {{isJson: boolean}} options
 */
export async function emitAll(exporter, { isJson }) {
  const sender = new Sender(exporter());
  const values = { ...TEXTS, ...VALUES, ...(isJson ? {} : NOT_IN_JSON) };
  emitSeverities(sender);
  emitValues(sender, values);
  emitTimes(sender);
  emitInSpans(sender);
  emitFailures(sender);
  // A provider of its own has limits of its own.
  const limited = new Sender(exporter(), { attributeCountLimit: 2 });
  limited.emit(
    { body: "too much", attributes: { first: 1, second: 2, third: 3 } },
    { attributes: attributes({ first: 1, second: 2 }), droppedAttributesCount: 1 },
  );
  for (const { provider } of [sender, limited]) {
    await provider.forceFlush();
    await provider.shutdown();
  }
  return [...sender.emitted, ...limited.emitted];
}

/** @param {Sender} sender */
function emitSeverities(sender) {
  const names = Object.keys(SeverityNumber).filter((name) => Number.isNaN(Number(name)));
  for (const name of names) {
    const severityNumber = SeverityNumber[/** @type {keyof typeof SeverityNumber} */ (name)];
    sender.emit({ severityNumber, severityText: name, body: name });
  }
  sender.emit({ severityNumber: SeverityNumber.WARN, body: "a number without a text" });
  sender.emit({ severityText: "notice", body: "a text without a number" });
}

/** @param {Sender} sender @param {Record<string, unknown>} values */
function emitValues(sender, values) {
  sender.emit({});
  for (const [name, body] of Object.entries(values)) sender.emit({ body, attributes: { "body.of": name } });
  sender.emit({ body: "all values", attributes: values });
  // A text that was cut within a character is not Unicode, and loses that character alone.
  sender.emit({ body: "🎸".slice(0, 1) + "cut" }, { body: { stringValue: "\ufffdcut" } });
  const keys = Object.values(TEXTS).filter((text) => text !== "");
  sender.emit({ body: "all keys", attributes: Object.fromEntries(keys.map((key) => [key, ""])) });
  sender.emit({ body: "an event", eventName: "cart.checkout", attributes: { "cart.items": 3 } });
  sender.emit({ eventName: TEXTS.unicode, severityText: TEXTS.control });
}

/** @param {Sender} sender */
function emitTimes(sender) {
  sender.emit({ body: "the SDK says when" });
  sender.emit({ body: "both times", timestamp: TIME, observedTimestamp: [TIME[0], TIME[1] + 1] });
  sender.emit({ body: "observed first", timestamp: TIME, observedTimestamp: [TIME[0], TIME[1] - 1] });
  sender.emit({ body: "the first moment", timestamp: [0, 1], observedTimestamp: [0, 1] });
  const last = [18_446_744_073, 709_551_615];
  sender.emit({ body: "the last moment", timestamp: last, observedTimestamp: last });
  // A program may say the same twice, and says two things.
  for (let times = 0; times < 2; times += 1) {
    sender.emit({ body: "said twice", timestamp: TIME, observedTimestamp: TIME });
  }
}

/** @param {Sender} sender */
function emitInSpans(sender) {
  const tracer = (/** @type {any} */ sampler) => new BasicTracerProvider({ sampler }).getTracer("shop.api");
  const within = (/** @type {any} */ sampler, /** @type {string} */ name, /** @type {() => void} */ run) => {
    const span = tracer(sampler).startSpan(name);
    context.with(trace.setSpan(context.active(), span), run);
    span.end();
  };
  within(new AlwaysOnSampler(), "POST /order", () => {
    sender.emit({ body: "in a span", severityNumber: SeverityNumber.INFO });
    within(new AlwaysOnSampler(), "pay", () => sender.emit({ body: "in a span below it" }));
    sender.emit({ body: "in the first span again", eventName: "order.done" });
    sender.emit({ body: "told to be in none", context: ROOT_CONTEXT });
  });
  within(new AlwaysOffSampler(), "GET /health", () => sender.emit({ body: "in a span that nobody sees" }));
}

/** @param {Sender} sender */
function emitFailures(sender) {
  const exception = new RangeError("no such band: 人間椅子");
  const told = {
    band: 5,
    "exception.type": "RangeError",
    "exception.message": "no such band: 人間椅子",
    "exception.stacktrace": exception.stack,
  };
  sender.emit({ body: "it failed", exception, attributes: { band: 5 } }, { attributes: attributes(told) });
}

/** @param {[number, number]} time Seconds and nanoseconds. */
function nanos([seconds, rest]) {
  return String(BigInt(seconds) * 1_000_000_000n + BigInt(rest));
}

/** @param {Record<string, unknown>} values */
function attributes(values) {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));
}

/**
 * `AnyValue` in OTLP's JSON.
 *
 * @param {unknown} value
 * @returns {Record<string, unknown>}
 */
function anyValue(value) {
  if (value === undefined || value === null) return {};
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") {
    const fits = Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63;
    if (fits) return { intValue: String(BigInt(value)) };
    return { doubleValue: Number.isFinite(value) ? value : String(value) };
  }
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString("base64") };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  return { kvlistValue: { values: attributes(/** @type {Record<string, unknown>} */ (value)) } };
}
