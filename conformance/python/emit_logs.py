"""Emits log records of many sorts with OpenTelemetry's SDK, and prints what it has emitted as JSON.

    python emit_logs.py grpc|http/protobuf <endpoint>

What is printed is written by hand beside what is emitted, in the shape in which Clew answers; the SDK
is asked only for what it alone knows, which is when it observed a log record.
"""

from __future__ import annotations

import base64
import json
import logging
import sys
import time
import traceback
import warnings

from opentelemetry import trace
from opentelemetry._logs import SeverityNumber
from opentelemetry.instrumentation.logging.handler import LoggingHandler
from opentelemetry.sdk._logs import (
    LoggerProvider,
    LogRecordDroppedAttributesWarning,
    LogRecordLimits,
    LogRecordProcessor,
)
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON

# 2023-03-30 10:33:58.123456789 UTC: a time whose last digits a double would lose.
TIME = 1_680_172_438_123_456_789

LEVELS = ("trace", "debug", "info", "warn", "error", "fatal")

# Text that a careless reader or writer would change, cut short or refuse.
TEXTS = {
    "empty": "",
    "unicode": "Motörhead – 人間椅子 🎸 é",
    "control": "\0\x01\t\r\n\x1b[31mred\x1b[0m\x7f\x85",
    "invisible": "\ufeffa\u200bb\u2028c\u202etxt.exe\uffff\U0010ffff",
    "json": '{"a": "\\u0041", "b": [1, 2]}',
    "lines": "one\ntwo\r\nthree\n",
    "long": "0123456789" * 1_000,
}

VALUES = {
    "text": "Fugazi",
    "true": True,
    "false": False,
    "zero": 0,
    "int.max": 2**63 - 1,
    "int.min": -(2**63),
    "double": 0.1,
    "double.whole": 3.0,
    "double.large": 1.7976931348623157e308,
    "double.small": 5e-324,
    "double.zero": -0.0,
    "bytes": bytes(range(256)),
    "bytes.none": b"",
    "array": ["a", "", "ß"],
    "array.none": [],
    "array.int": [1, -1],
    "array.mixed": ["a", True, 1, 0.5, b"\0", None, ["b"], {"c": []}],
    "map": {"a": 1, "nested": {"b": [{"c": None}], "d": {}}},
    "map.none": {},
}

# These are equal to nothing, or have no place in JSON.
NOT_FINITE = {"nan": float("nan"), "infinity": float("inf"), "infinity.negative": float("-inf")}

RESOURCE = {
    "service.name": "shop (Python)",
    "service.instance.id": "8f2c",
    "process.pid": 4711,
    "process.command_args": ["shop", "--fast"],
    "host.is_virtual": True,
}
RESOURCE_SCHEMA = "https://opentelemetry.io/schemas/1.36.0"


class Watch(LogRecordProcessor):
    """Remembers when the SDK has observed the last log record."""

    observed = 0

    def on_emit(self, log_record) -> None:
        self.observed = log_record.log_record.observed_timestamp

    def shutdown(self) -> None:
        pass

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return True


class Sender:
    """Emits, and keeps what Clew should say of it."""

    def __init__(self, exporter, limits: LogRecordLimits | None = None):
        self.emitted: list[dict] = []
        self.watch = Watch()
        self.provider = LoggerProvider(Resource(RESOURCE, RESOURCE_SCHEMA), log_record_limits=limits)
        self.provider.add_log_record_processor(self.watch)
        # One request has all of them: nothing is due before the end.
        batch = BatchLogRecordProcessor(exporter, schedule_delay_millis=3_600_000)
        self.provider.add_log_record_processor(batch)
        self._scope = scope("shop.api", "1.2.3", {"team": "cart"}, "https://example.com/schema")
        self._logger = self.provider.get_logger(
            "shop.api", "1.2.3", "https://example.com/schema", {"team": "cart"}
        )

    def emit(self, expected: dict | None = None, **arguments) -> None:
        """Emits through the API; `expected` is what it does not say itself."""
        self._logger.emit(**arguments)
        severity = arguments.get("severity_number")
        self.expect(
            {
                "timeUnixNano": str(arguments.get("timestamp", 0)),
                "observedTimeUnixNano": str(arguments.get("observed_timestamp", self.watch.observed)),
                "severityText": arguments.get("severity_text", ""),
                "body": any_value(arguments.get("body")),
                "attributes": attributes(arguments.get("attributes", {})),
                "eventName": arguments.get("event_name", ""),
                "scope": self._scope,
                **(expected or {}),
            },
            severity.value if severity else 0,
        )

    def expect(self, fields: dict, severity: int) -> None:
        span = trace.get_current_span().get_span_context()
        self.emitted.append(
            {
                "severityNumber": severity,
                "level": LEVELS[(severity - 1) // 4] if severity else None,
                "droppedAttributesCount": 0,
                "traceId": f"{span.trace_id:032x}" if span.is_valid else None,
                "spanId": f"{span.span_id:016x}" if span.is_valid else None,
                "flags": int(span.trace_flags),
                "resource": {"attributes": attributes(RESOURCE), "schemaUrl": RESOURCE_SCHEMA},
                **fields,
            }
        )


class Translated(logging.Handler):
    """What the SDK's own handler should make of Python's log records; it comes after that one."""

    def __init__(self, sender: Sender):
        super().__init__()
        self._sender = sender
        self.expected: dict = {}

    def emit(self, record: logging.LogRecord) -> None:
        texts = {"WARNING": "WARN", "CRITICAL": "FATAL"}
        severities = {10: 5, 20: 9, 25: 12, 30: 13, 40: 17, 50: 21}
        fields = {
            "timeUnixNano": str(int(record.created * 1e9)),
            "observedTimeUnixNano": str(self._sender.watch.observed),
            "severityText": texts.get(record.levelname, record.levelname),
            "body": any_value(record.getMessage()),
            "attributes": [],
            "eventName": "",
            "scope": scope(record.name),
            **self.expected,
        }
        self._sender.expect(fields, severities[record.levelno])


def main() -> None:
    protocol, endpoint = sys.argv[1:]
    sender = Sender(exporter_of(protocol, endpoint))
    emit_severities(sender)
    emit_values(sender)
    emit_times(sender)
    emit_in_spans(sender)
    emit_failures(sender)
    emit_with_logging(sender)
    # A provider of its own has limits of its own.
    limited = Sender(exporter_of(protocol, endpoint), LogRecordLimits(max_log_record_attributes=2))
    emit_too_much(limited)
    for provider in (sender.provider, limited.provider):
        assert provider.force_flush(), "the exporter has not finished in time"
        provider.shutdown()
    print(json.dumps(sender.emitted + limited.emitted))


def exporter_of(protocol: str, endpoint: str):
    if protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter

        return OTLPLogExporter(endpoint=endpoint, insecure=True)
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter

    return OTLPLogExporter(endpoint=f"{endpoint}/v1/logs")


def emit_severities(sender: Sender) -> None:
    for severity in SeverityNumber:
        sender.emit(severity_number=severity, severity_text=severity.name, body=severity.name)
    sender.emit(severity_number=SeverityNumber.WARN, body="a number without a text")
    sender.emit(severity_text="notice", body="a text without a number")


def emit_values(sender: Sender) -> None:
    sender.emit()
    for name, value in (TEXTS | VALUES | NOT_FINITE).items():
        sender.emit(body=value, attributes={"body.of": name})
    sender.emit(body="all values", attributes=TEXTS | VALUES | NOT_FINITE)
    sender.emit(body="all keys", attributes={text: "" for text in TEXTS.values() if text})
    sender.emit(body="an event", event_name="cart.checkout", attributes={"cart.items": 3})
    sender.emit(event_name=TEXTS["unicode"], severity_text=TEXTS["control"])


def emit_times(sender: Sender) -> None:
    sender.emit(body="the SDK says when it was observed, and nobody when it was")
    sender.emit(body="both times", timestamp=TIME, observed_timestamp=TIME + 1)
    sender.emit(body="observed first", timestamp=TIME, observed_timestamp=TIME - 1)
    sender.emit(body="the first moment", timestamp=1, observed_timestamp=1)
    sender.emit(body="the last moment", timestamp=2**64 - 1, observed_timestamp=2**64 - 1)
    # A program may say the same twice, and says two things.
    for _ in range(2):
        sender.emit(body="said twice", timestamp=TIME, observed_timestamp=TIME)


def emit_in_spans(sender: Sender) -> None:
    sampled = TracerProvider(sampler=ALWAYS_ON).get_tracer("shop.api")
    unsampled = TracerProvider(sampler=ALWAYS_OFF).get_tracer("shop.api")
    with sampled.start_as_current_span("POST /order"):
        sender.emit(body="in a span", severity_number=SeverityNumber.INFO)
        with sampled.start_as_current_span("pay"):
            sender.emit(body="in a span below it", severity_number=SeverityNumber.ERROR)
        sender.emit(body="in the first span again", event_name="order.done")
    with unsampled.start_as_current_span("GET /health"):
        sender.emit(body="in a span that nobody sees")


def emit_failures(sender: Sender) -> None:
    try:
        raise KeyError("no such band: 人間椅子")
    except KeyError as error:
        stack = "".join(traceback.format_exception(error))
        told = {
            "exception.type": "KeyError",
            "exception.message": "'no such band: 人間椅子'",
            "exception.stacktrace": stack,
        }
        expected = {"attributes": attributes(told | {"band": 5})}
        sender.emit(expected, body="it failed", exception=error, attributes={"band": 5})


def emit_with_logging(sender: Sender) -> None:
    """Through Python's own `logging`, as most programs do."""
    translated = Translated(sender)
    logger = logging.getLogger("shop.cart")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.handlers = [LoggingHandler(logger_provider=sender.provider), translated]
    logging.addLevelName(25, "NOTICE")
    logger.debug("the cart is empty")
    logger.info("%s has %d items, which is %.1f %%", "the cart", 3, 99.5)
    logger.log(25, "note this")
    logger.warning(TEXTS["control"])
    logger.critical(TEXTS["unicode"])
    with TracerProvider().get_tracer("shop.cart").start_as_current_span("POST /cart"):
        logger.error("in a span")
    extra = {"user.id": 7, "user.tags": ["new", "vip"], "user.address": {"city": "Zürich"}}
    translated.expected = {"attributes": attributes(extra), "eventName": "cart.checkout"}
    logger.info("with attributes", extra=extra | {"otel.event.name": "cart.checkout"})
    try:
        raise ValueError("1 is too few")
    except ValueError as error:
        stack = "".join(traceback.format_exception(error))
        told = {"exception.type": "ValueError", "exception.message": "1 is too few"}
        translated.expected = {"attributes": attributes(told | {"exception.stacktrace": stack})}
        logger.exception("it failed")


def emit_too_much(sender: Sender) -> None:
    """More attributes than the SDK is told to keep: it says how many it has dropped."""
    kept = {"attributes": attributes({"second": 2, "third": 3}), "droppedAttributesCount": 1}
    # The SDK says so as a log record and as a warning, which are wanted here.
    logging.getLogger("opentelemetry.attributes").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LogRecordDroppedAttributesWarning)
        sender.emit(kept, body="too much", attributes={"first": 1, "second": 2, "third": 3})


def attributes(values: dict) -> list[dict]:
    return [{"key": key, "value": any_value(value)} for key, value in values.items()]


def any_value(value) -> dict:
    """`AnyValue` in OTLP's JSON."""
    match value:
        case None:
            return {}
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": double(value)}
        case str():
            return {"stringValue": value}
        case bytes():
            return {"bytesValue": base64.b64encode(value).decode()}
        case list():
            return {"arrayValue": {"values": [any_value(member) for member in value]}}
        case dict():
            return {"kvlistValue": {"values": attributes(value)}}
    raise TypeError(f"{value!r} has no place in OTLP")


def double(value: float) -> float | str:
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def scope(name: str, version: str = "", of: dict | None = None, schema_url: str = "") -> dict:
    known = {"name": name, "version": version, "attributes": attributes(of or {})}
    return known | ({"schemaUrl": schema_url} if schema_url else {})


if __name__ == "__main__":
    main()
