"""A `clew serve` of its own for a check, and what it answers."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from processes import START_SECONDS, Failed, Processes

# How long spans may take from their end to the query: they are sent twice a second.
TRACE_SECONDS = 30

SERVICES = {"client", "bands-api", "reviews-api"}


@dataclass(frozen=True)
class Span:
    """A span as the backend answers it in Jaeger's JSON."""

    name: str
    service: str
    sdk_language: str | None
    span_id: str
    parent_id: str | None
    tracestate: str | None

    @staticmethod
    def of(span: dict, processes: dict) -> Span:
        process = processes[span["processID"]]
        tags = {tag["key"]: tag["value"] for tag in span["tags"]}
        resource = {tag["key"]: tag["value"] for tag in process["tags"]}
        parents = [ref["spanID"] for ref in span["references"] if ref["refType"] == "CHILD_OF"]
        return Span(
            name=span["operationName"],
            service=process["serviceName"],
            sdk_language=resource.get("telemetry.sdk.language"),
            span_id=span["spanID"],
            parent_id=parents[0] if parents else None,
            tracestate=tags.get("w3c.tracestate"),
        )


class Backend:
    """A `clew serve` on free ports, that keeps what it gets in a folder if one is named."""

    def __init__(self, processes: Processes, clew: Path, data_dir: Path | None = None):
        ports = ["--otlp-grpc-port", "0", "--otlp-http-port", "0", "--http-port", "0"]
        keep = ["--data-dir", data_dir] if data_dir else ["--memory"]
        process = processes.start("clew", [clew, "serve", *keep, *ports], {})
        self.process = process
        line = process.wait_for(r"^ports: (.*)$")
        urls = {name: f"http://localhost:{port}" for name, port in re.findall(r"(\S+)=(\d+)", line)}
        self._query_url = urls["http"]
        self.endpoints = {"grpc": urls["otlp-grpc"], "http/protobuf": urls["otlp-http"]}

    def wait_for_trace(self, trace_id: str) -> list[Span]:
        """Waits until the trace is whole: spans of all services, and none whose parent is missing."""
        deadline = time.monotonic() + TRACE_SECONDS
        while True:
            spans = self._trace(trace_id)
            ids = {span.span_id for span in spans}
            missing = {span.parent_id for span in spans} - ids - {None}
            absent = SERVICES - {span.service for span in spans}
            if not missing and not absent:
                return spans
            if time.monotonic() > deadline:
                raise Failed(
                    f"after {TRACE_SECONDS} s the trace {trace_id} has spans of all services but"
                    f" {sorted(absent)}, and all parents but {sorted(missing)}: {spans}"
                )
            time.sleep(0.1)

    def _trace(self, trace_id: str) -> list[Span]:
        answer = self.get(f"/api/traces/{trace_id}")
        if answer is None:
            return []
        [trace] = answer["data"]
        return [Span.of(span, trace["processes"]) for span in trace["spans"]]

    def get(self, path: str, **parameters: str) -> dict | None:
        """What it answers; `None` if there is no such thing."""
        url = f"{self._query_url}{path}?{urllib.parse.urlencode(parameters)}".rstrip("?")
        try:
            with urllib.request.urlopen(url, timeout=START_SECONDS) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise Failed(f"{url} answered {error.code}: {error.read().decode()}") from None
        except OSError as error:
            raise Failed(f"{url} does not answer: {error}") from None
