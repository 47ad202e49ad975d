"""The command `stickyboard` in a folder of its own, in processes of their own.

They are forks of a warm interpreter, except for `serve --reload`, which starts itself again.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from functools import partial
from pathlib import Path
from typing import IO, Self

from stickyboard.address import FOLDER
from tests.support import warm
from tests.support.once import once

ROOT = Path(__file__).parent.parent.parent
PATIENCE_S = 60.0
COMMAND = [sys.executable, "-m", "stickyboard"]


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
        self._running: list[Running] = []

    def run(self, *words: str, code: int = 0, **environment: str) -> str:
        """Run a command to its end; return what it printed, with its errors."""
        done = warm.run([*COMMAND, *words], {**self.environment, **environment}, self.folder)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def start(self, *words: str) -> "Running":
        """Start a command that runs until it is stopped."""
        starts = partial(subprocess.Popen, preexec_fn=heed_interrupts) if "--reload" in words else warm.WarmProcess
        read, write = os.pipe()
        with os.fdopen(write, "wb") as output:
            process = starts([*COMMAND, *words], cwd=self.folder, env=self.environment, stdout=output, stderr=output)
        self._running.append(Running(process, os.fdopen(read)))
        return self._running[-1]

    def prepare(self) -> None:
        """Copy what a server has left behind in another folder, so that the next one starts in half the time."""
        left_behind = once("left behind", start_and_interrupt)
        shutil.copytree(left_behind / FOLDER, self.folder / FOLDER)

    def serve(self, *words: str) -> "Running":
        """Start a server, and wait until it answers."""
        server = self.start("serve", *words)
        server.read_until("Stop")
        wait_until_it_answers(server.url)
        return server

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for running in self._running:
            if running.process.poll() is None:
                running.process.kill()
            running.process.wait(PATIENCE_S)
            running.lines.close()


def start_and_interrupt(folder: Path) -> None:
    with CommandLine(folder) as line:
        line.serve().interrupt()


class Running:
    """A process whose output is read line by line."""

    def __init__(self, process: subprocess.Popen[bytes] | warm.WarmProcess, lines: IO[str]) -> None:
        self.process, self.lines, self.output = process, lines, ""

    @property
    def url(self) -> str:
        found = re.search(r"Board\s+(http://\S+?)/\s", self.output)
        assert found, self.output
        return found[1]

    def read_until(self, word: str) -> str:
        """Read lines until one contains a word."""
        for line in self.lines:
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
