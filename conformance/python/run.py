#!/usr/bin/env python3
"""Checks what OpenTelemetry's Python SDK makes with Clew: one trace with ours, and every log record.

A Python service stands between Clew's client and reviews-api, traced by OpenTelemetry's own SDK and
instrumentations; and a program logs with that SDK. So nobody here wrote what is checked: that their
headers and ours fit together, and that `clew serve` takes what their exporters send, over gRPC and
over HTTP/protobuf.

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
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import logs
from backend import Backend, Span
from processes import HERE, START_SECONDS, Failed, Process, Processes

REQUIREMENTS = HERE / "requirements.txt"

# What the pinned packages need.
PYTHON_MIN = (3, 10)

PROTOCOLS = ("grpc", "http/protobuf")
TRACESTATE = "foo=bar"


def main() -> int:
    options = parse_arguments()
    # A machine's proxy is for the packages; the services are all here.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "localhost,127.0.0.1"
    try:
        check_python()
        bin_dir = options.bin_dir.resolve()
        binaries = find_binaries(bin_dir)
        venv = prepare_venv((options.venv or bin_dir / "python-venv").resolve())
        for protocol in PROTOCOLS:
            print(f"{protocol}: {check_protocol(protocol, binaries, venv)}", flush=True)
        print(f"DuckDB: {check_segments(binaries, venv)}", flush=True)
        for protocol in PROTOCOLS:
            kept = logs.check(protocol, binaries["clew"], venv)
            print(f"logs over {protocol}: {kept}", flush=True)
    except Failed as failure:
        print(f"failed: {failure}", file=sys.stderr)
        return 1
    print("5 passed, 0 failed")
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
