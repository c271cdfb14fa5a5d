"""Compares the log records that Clew keeps with those that a Python program has emitted."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

from backend import Backend
from processes import HERE, START_SECONDS, Failed, Processes, clean_environment

# More than the program emits, so that one page has all.
PAGE_RECORDS = 1000

# What Clew leaves out of an answer where there is nothing to say.
LEFT_OUT = {"severityText": "", "droppedAttributesCount": 0, "eventName": "", "traceId": None, "spanId": None}


def check(protocol: str, clew: Path, venv: Path) -> str:
    """Emits log records over one protocol, and reads them before and after Clew has ended."""
    with tempfile.TemporaryDirectory() as folder, Processes(f"logs over {protocol}") as processes:
        data_dir = Path(folder) / "data"
        backend = Backend(processes, clew, data_dir)
        emitted = emit(protocol, backend.endpoints[protocol], venv)
        compare(emitted, kept(backend))
        # Now they are in a segment, which has every value in columns.
        backend.process.stop()
        compare(emitted, kept(Backend(processes, clew, data_dir)))
    return f"{len(emitted)} log records as emitted, and after a restart"


def emit(protocol: str, endpoint: str, venv: Path) -> list[dict]:
    """Lets the program emit, and returns what it says it has; the SDK must have no complaint."""
    command = [venv / "python", HERE / "emit_logs.py", protocol, endpoint]
    result = subprocess.run(
        command, capture_output=True, text=True, timeout=START_SECONDS, env=clean_environment()
    )
    if result.returncode != 0 or result.stderr:
        raise Failed(f"emit_logs.py ended with {result.returncode}: {result.stderr.strip()}")
    return json.loads(result.stdout)


def kept(backend: Backend) -> list[dict]:
    """All that Clew has, each log record with its resource and its scope."""
    answer = backend.get("/api/clew/v1/logs", limit=str(PAGE_RECORDS))
    if answer is None or answer["next"] is not None or answer["partial"] is not None:
        raise Failed(f"one whole page of log records is expected, not {answer}")
    return [
        {
            **LEFT_OUT,
            **record,
            "resource": answer["resources"][record["resource"]],
            "scope": answer["scopes"][record["scope"]],
        }
        for record in answer["records"]
    ]


def compare(emitted: list[dict], found: list[dict]) -> None:
    """Each one that was emitted is there, as often as it was, and no other."""
    if not emitted:
        raise Failed("nothing was emitted")
    emitted, found = (Counter(map(as_text, records)) for records in (emitted, found))
    lost, foreign = emitted - found, found - emitted
    if lost or foreign:
        raise Failed("\n".join(["emitted and not there:", *lost, "there and not emitted:", *foreign]))


def as_text(record: dict) -> str:
    return json.dumps(record, sort_keys=True)
