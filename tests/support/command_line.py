"""The command `stickyboard` in a folder of its own, in processes of their own."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parent.parent.parent
PATIENCE_S = 60.0


class CommandLine:
    """Runs commands; servers that still run are stopped at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("STICKYBOARD", "DJANGO"))}
        self.environment = {
            **kept,
            "XDG_STATE_HOME": str(folder / "state"),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
        }
        self._running: list[subprocess.Popen[str]] = []

    def run(self, *words: str, code: int = 0, **environment: str) -> str:
        """Run a command to its end; return what it printed, with its errors."""
        done = subprocess.run(
            [sys.executable, "-m", "stickyboard.cli", *words],
            cwd=self.folder,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def start(self, *words: str) -> "Running":
        """Start a command that runs until it is stopped."""
        process = subprocess.Popen(
            [sys.executable, "-m", "stickyboard.cli", *words],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=heed_interrupts,
        )
        self._running.append(process)
        return Running(process)

    def serve(self, *words: str) -> "Running":
        """Start a server, and wait until it answers."""
        server = self.start("serve", *words)
        server.read_until("Stop")
        wait_until_it_answers(server.url)
        return server

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._running:
            if process.poll() is None:
                process.kill()
            process.communicate()


class Running:
    """A process whose output is read line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process, self.output = process, ""

    @property
    def url(self) -> str:
        found = re.search(r"Board\s+(http://\S+?)/\s", self.output)
        assert found, self.output
        return found[1]

    def read_until(self, word: str) -> str:
        """Read lines until one contains a word."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output += line
            if word in line:
                return line
        raise AssertionError(f"the process ended before it printed {word!r}: {self.output}")

    def interrupt(self) -> float:
        """Press Ctrl-C; return how long the end took, in seconds."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(PATIENCE_S)
        return time.monotonic() - started


def heed_interrupts() -> None:
    """Undo what the shell sets for programs in the background, which inherit that Ctrl-C is ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def wait_until_it_answers(url: str) -> None:
    """Wait for the first request to be served. The socket listens before the server runs, so one request suffices."""
    with urllib.request.urlopen(f"{url}/livez", timeout=PATIENCE_S):
        pass
