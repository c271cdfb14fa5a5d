#!/usr/bin/env python3
"""Puts a Python service between Clew's client and reviews-api, and checks that they make one trace.

The service is traced by OpenTelemetry's own SDK and instrumentations, so nobody here wrote what is
checked: that their headers and ours fit together, and that `clew serve` takes what their exporters
send, over gRPC and over HTTP/protobuf.

    cargo build -p clew -p client -p reviews-api
    python3 conformance/python/run.py --bin-dir target/debug

Ends with 0 if all checks pass and with 1 if one fails; nothing is ever skipped. It needs Python 3.10
or later with `venv`, and PyPI on its first run.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
REQUIREMENTS = HERE / "requirements.txt"

# What the pinned packages need.
PYTHON_MIN = (3, 10)

# How long a process may take to listen: a debug build or a cold Python on a busy machine.
START_SECONDS = 60
# How long spans may take from their end to the query: they are sent twice a second.
TRACE_SECONDS = 30
# How long a process may take to send what it has left and to end.
STOP_SECONDS = 10

SERVICES = {"client", "bands-api", "reviews-api"}
TRACESTATE = "foo=bar"


class Failed(Exception):
    """A check that failed, or something that it needs and that is not there."""


def main() -> int:
    options = parse_arguments()
    # A machine's proxy is for the packages; the services are all here.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "localhost,127.0.0.1"
    try:
        check_python()
        bin_dir = options.bin_dir.resolve()
        binaries = find_binaries(bin_dir)
        venv = prepare_venv((options.venv or bin_dir / "python-venv").resolve())
        for protocol in ("grpc", "http/protobuf"):
            print(f"{protocol}: {check_protocol(protocol, binaries, venv)}", flush=True)
        print(f"DuckDB: {check_segments(binaries, venv)}", flush=True)
    except Failed as failure:
        print(f"failed: {failure}", file=sys.stderr)
        return 1
    print("3 passed, 0 failed")
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--bin-dir", type=Path, required=True, help="where clew, client and reviews-api are built"
    )
    parser.add_argument(
        "--venv", type=Path, help="where the Python packages go [default: <bin-dir>/python-venv]"
    )
    return parser.parse_args()


def check_python() -> None:
    if sys.version_info < PYTHON_MIN:
        needed = ".".join(map(str, PYTHON_MIN))
        raise Failed(f"Python {needed} is needed, and this is {sys.version.split()[0]}")


def find_binaries(bin_dir: Path) -> dict[str, Path]:
    binaries = {name: bin_dir / name for name in ("clew", "client", "reviews-api")}
    missing = [name for name, path in binaries.items() if not path.is_file()]
    if missing:
        packages = " ".join(f"-p {name}" for name in missing)
        raise Failed(f"{bin_dir} has no {', '.join(missing)}: run cargo build {packages}")
    return binaries


def prepare_venv(venv: Path) -> Path:
    """Installs the packages, unless a former run has installed just these. Returns its programs."""
    stamp = venv / "requirements.sha256"
    wanted = hashlib.sha256(sys.version.encode() + REQUIREMENTS.read_bytes()).hexdigest()
    if not (stamp.is_file() and stamp.read_text() == wanted):
        print(f"installing Python packages into {venv}", flush=True)
        shutil.rmtree(venv, ignore_errors=True)
        install([sys.executable, "-m", "venv", venv], "is venv there? (Debian: python3-venv)")
        pip = [venv / "bin" / "python", "-m", "pip", "install", "--disable-pip-version-check"]
        install([*pip, "-q", "-r", REQUIREMENTS], "can PyPI be reached?")
        stamp.write_text(wanted)
    return venv / "bin"


def install(command: list, hint: str) -> None:
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode != 0:
        raise Failed(f"{' '.join(map(str, command))}\n{result.stdout.strip()}\n{hint}")


def check_protocol(protocol: str, binaries: dict[str, Path], venv: Path) -> str:
    """Runs all services over one protocol and checks the trace that comes of a call."""
    with Processes(protocol) as processes:
        backend = Backend(processes, binaries["clew"])
        service, _, spans = call_all(protocol, processes, backend, binaries, venv)
        check_trace(spans)
        service.stop()
        check_exports(service)
    return f"one trace of {len(spans)} spans, client → bands-api (Python) → reviews-api"


def call_all(
    protocol: str, processes: Processes, backend: Backend, binaries: dict[str, Path], venv: Path
) -> tuple[Process, str, list[Span]]:
    """Starts the services, makes a call, and returns the Python service and the call's whole trace."""
    telemetry = {
        "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
        "OTEL_EXPORTER_OTLP_ENDPOINT": backend.endpoints[protocol],
        "OTEL_BSP_SCHEDULE_DELAY": "500",
    }
    reviews_url = start_reviews_api(processes, binaries["reviews-api"], telemetry)
    service, bands_url = start_python_service(processes, venv, reviews_url, telemetry)
    trace_id = call(processes, binaries["client"], bands_url, telemetry)
    spans = backend.wait_for_trace(trace_id)
    return service, trace_id, spans


def check_segments(binaries: dict[str, Path], venv: Path) -> str:
    """Reads the trace of a call with DuckDB, from the files that a backend leaves behind."""
    with Processes("DuckDB") as processes, tempfile.TemporaryDirectory() as folder:
        backend = Backend(processes, binaries["clew"], Path(folder) / "data")
        _, trace_id, spans = call_all("http/protobuf", processes, backend, binaries, venv)
        backend.process.stop()
        read = read_segments(venv, Path(folder) / "data" / "segments", trace_id)
    expected = {(span.span_id, span.parent_id, span.name, span.service) for span in spans}
    fields = ("span_id", "parent_id", "name", "service_name")
    found = [tuple(span[field] for field in fields) for span in read["spans"]]
    if len(found) != len(spans) or set(found) != expected:
        raise Failed(f"DuckDB reads {found}, not {expected}")
    wrong = [span for span in read["spans"] if span["trace_state"] != TRACESTATE]
    if wrong:
        raise Failed(f"DuckDB reads another tracestate than {TRACESTATE}: {wrong}")
    if "attributes.http.request.method" not in read["columns"]:
        raise Failed(f"DuckDB finds no column of http.request.method in {read['columns']}")
    return f"the same {len(spans)} spans with their parents, from Parquet"


def read_segments(venv: Path, folder: Path, trace_id: str) -> dict:
    command = [venv / "python", HERE / "read_segments.py", folder, trace_id]
    result = subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS)
    if result.returncode != 0:
        raise Failed(f"DuckDB cannot read the segments: {result.stderr.strip()}")
    return json.loads(result.stdout)


class Process:
    """A child process whose output is kept, line by line."""

    def __init__(self, name: str, command: list, environment: dict[str, str]):
        self.name = name
        self.lines: list[str] = []
        self._unread: queue.Queue[str | None] = queue.Queue()
        self._child = subprocess.Popen(
            [str(part) for part in command],
            env={**clean_environment(), **environment},
            cwd=HERE,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self._child.stdout:
            self.lines.append(line.rstrip("\n"))
            self._unread.put(self.lines[-1])
        self._unread.put(None)

    def wait_for(self, pattern: str) -> str:
        """Waits for a line that matches, and returns its first group."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                line = self._unread.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise Failed(f"{self.name} printed no {pattern} in {START_SECONDS} s") from None
            if line is None:
                raise Failed(f"{self.name} ended before it printed {pattern}")
            if match := re.search(pattern, line):
                return match.group(1)

    def wait(self, seconds: float) -> int:
        """Waits for the end, and returns the exit code."""
        try:
            code = self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.name} did not end in {seconds} s") from None
        self._reader.join()
        return code

    def stop(self) -> None:
        """Asks the process to end, and sees to it that it does."""
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)
        try:
            self.wait(STOP_SECONDS)
        except Failed:
            self._child.kill()
            self._child.wait()
            raise


def clean_environment() -> dict[str, str]:
    """The environment without what would set up OpenTelemetry otherwise than a check wants it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}


class Processes:
    """The processes of one check: stopped at its end, and quoted if it fails."""

    def __init__(self, check: str):
        self._check = check
        self._started: list[Process] = []

    def start(self, name: str, command: list, environment: dict[str, str]) -> Process:
        self._started.append(Process(name, command, environment))
        return self._started[-1]

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, _type, failure, _traceback) -> None:
        problems = [str(failure)] if isinstance(failure, Failed) else []
        for process in reversed(self._started):
            try:
                process.stop()
            except Failed as stuck:
                problems.append(str(stuck))
        if problems:
            output = [f"--- {process.name}:\n" + "\n".join(process.lines) for process in self._started]
            raise Failed("\n".join([f"{self._check}: {'; '.join(problems)}", *output])) from failure


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
        url = f"{self._query_url}/api/traces/{trace_id}"
        try:
            with urllib.request.urlopen(url, timeout=START_SECONDS) as response:
                [trace] = json.load(response)["data"]
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return []
            raise Failed(f"{url} answered {error.code}: {error.read().decode()}") from None
        except OSError as error:
            raise Failed(f"{url} does not answer: {error}") from None
        return [Span.of(span, trace["processes"]) for span in trace["spans"]]


def start_reviews_api(processes: Processes, binary: Path, telemetry: dict[str, str]) -> str:
    """Starts the repaired reviews-api and returns its URL."""
    command = [binary, "--port", "0", "--fixed"]
    process = processes.start("reviews-api", command, telemetry)
    return process.wait_for(r"listening on (http://\S+)")


def start_python_service(
    processes: Processes, venv: Path, reviews_url: str, telemetry: dict[str, str]
) -> tuple[Process, str]:
    """Starts the service that plays bands-api, and returns it with its URL."""
    uvicorn = [venv / "uvicorn", "--host", "127.0.0.1", "--port", "0", "bands_api:app"]
    environment = {
        **telemetry,
        "OTEL_SERVICE_NAME": "bands-api",
        "REVIEWS_URL": reviews_url,
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [venv / "opentelemetry-instrument", *uvicorn]
    process = processes.start("bands-api (Python)", command, environment)
    return process, process.wait_for(r"running on (http://\S+)")


def call(processes: Processes, client: Path, bands_url: str, telemetry: dict[str, str]) -> str:
    """Makes one call and returns the id of its trace, which is the end of the last line."""
    process = processes.start("client", [client, "--bands-url", bands_url], telemetry)
    code = process.wait(START_SECONDS)
    if code != 0:
        raise Failed(f"the client ended with {code}")
    match = re.search(r"/trace/([0-9a-f]{32})$", process.lines[-1])
    if not match:
        raise Failed(f"the client's last line is no trace's URL: {process.lines[-1]}")
    return match.group(1)


def check_trace(spans: list[Span]) -> None:
    """One root, every other span below a span of the trace, and each call across services."""
    by_id = {span.span_id: span for span in spans}
    roots = [span for span in spans if span.parent_id is None]
    if len(roots) != 1 or roots[0].service != "client":
        raise Failed(f"one root span of client is expected, not {roots}")
    without = [span for span in spans if span.tracestate != TRACESTATE]
    if without:
        raise Failed(f"spans without tracestate {TRACESTATE}: {without}")
    crossed = {
        (by_id[span.parent_id].service, span.service) for span in spans if span.parent_id in by_id
    }
    for edge in (("client", "bands-api"), ("bands-api", "reviews-api")):
        if edge not in crossed:
            raise Failed(f"no span of {edge[1]} has a parent in {edge[0]}")
    languages = {(span.service, span.sdk_language) for span in spans}
    expected = {("client", "rust"), ("bands-api", "python"), ("reviews-api", "rust")}
    if languages != expected:
        raise Failed(f"spans come from {languages}, not from {expected}")


def check_exports(service: Process) -> None:
    """The Python SDK writes an error for every export that fails."""
    errors = [line for line in service.lines if re.search(r"error|fail|exception|retry", line, re.I)]
    if errors:
        raise Failed(f"the Python service complains: {errors}")


if __name__ == "__main__":
    sys.exit(main())
