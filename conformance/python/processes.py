"""The processes that a check starts: their output is kept, and they are stopped at its end."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent

# How long a process may take to listen: a debug build or a cold Python on a busy machine.
START_SECONDS = 60
# How long a process may take to send what it has left and to end.
STOP_SECONDS = 10


class Failed(Exception):
    """A check that failed, or something that it needs and that is not there."""


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
