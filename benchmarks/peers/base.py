"""A peer: a server under test, and how browsers and publishers connect to it."""

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Self

from benchmarks.generator.load import Wire
from benchmarks.processes import GENERATOR_CORE, SERVER_CORE, cpu_s, free_port, memory_bytes, start, stop
from benchmarks.publishers.events import EVENT_BYTES
from benchmarks.state import ENTRIES

ROOT = Path(__file__).parent.parent.parent
NODE_FOLDER = ROOT / "benchmarks"
STATE_TRIES = 15  # of two seconds


class PeerFailed(Exception):
    """A server did not start, or ended."""


class Peer:
    """One server under test; each `with Peer():` starts a new one in a new folder."""

    name = ""
    publishes_by = ""  # a protocol of `benchmarks.publishers.raw`
    start_s = 60.0  # a virtual machine may be paused for most of it

    def why_missing(self) -> str | None:
        """Return why it cannot run on this machine, or None if it can."""
        raise NotImplementedError

    def version(self) -> str:
        """Return the version under test."""
        raise NotImplementedError

    def command(self, folder: Path) -> list[str | Path]:
        """Write its configuration into the folder, and return the command that starts it."""
        raise NotImplementedError

    def follow(self) -> Wire:
        """Return how a browser follows the events."""
        raise NotImplementedError

    def follow_state(self) -> Wire:
        """Return how a browser receives the complete state."""
        raise NotImplementedError

    def follow_compressed(self) -> Wire | None:
        """Return how a browser follows the events in compressed messages; None if the peer cannot."""
        return None

    def prepare_state(self) -> None:
        """Create the storage of the state, if the peer requires it."""

    def publishing(self) -> dict[str, Any]:
        """Return the publisher's options, other than port and protocol."""
        return {}

    def environment(self, folder: Path) -> dict[str, str] | None:
        """Return the server's environment; None means that of this process."""
        return None

    def __enter__(self) -> Self:
        self._temporary = tempfile.TemporaryDirectory(prefix=f"{self.name.replace(' ', '-').lower()}-")
        self.folder = Path(self._temporary.name)
        self.folder.chmod(0o777)  # some servers change to a user of their own
        self.port, self.second_port = free_port(), free_port()
        self.log = self.folder / "server.log"
        try:
            with self.log.open("wb") as log:
                streams = {"stdout": log, "stderr": log, "env": self.environment(self.folder)}
                self.process = start(self.command(self.folder), SERVER_CORE, cwd=ROOT, **streams)
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if hasattr(self, "process"):
            stop(self.process)
        self._temporary.cleanup()

    def browsers_port(self) -> int:
        """Return the port that browsers connect to."""
        return self.port

    def cpu_s(self) -> float:
        return cpu_s(self.process.pid)

    def memory_bytes(self) -> int:
        return memory_bytes(self.process.pid)

    def publisher(self, event_types: tuple[str, ...] = ("tick",), size: int = EVENT_BYTES, entries: int = 1):
        """Return a publisher for this server, not yet started.

        Args:
            event_types: the event types that Stickyboard's publisher sends in turn.
            size: bytes of an event.
            entries: keys of the event type `entry`.
        """
        spec = {"port": self.port, "protocol": self.publishes_by, "event_types": event_types}
        return Publisher({**spec, "size": size, "entries": entries, **self.publishing()})

    def load_state(self) -> None:
        """Publish the complete state, and wait until a browser receives it."""
        self.prepare_state()
        with self.publisher() as publisher:
            publisher.ask("state")
            # Not all protocols acknowledge a publication, so a browser has to confirm it.
            if not any(self._has_state() for _ in range(STATE_TRIES)):
                raise PeerFailed(f"no browser received the complete state of {self.name}")

    def _has_state(self) -> bool:
        from benchmarks.generator.load import Load, LoadFailed

        try:
            with Load(self.follow_state(), self.browsers_port(), 1, {"timeout-s": 2}) as load:
                load.ready()
        except LoadFailed:
            return False
        return True

    def _wait(self) -> None:
        deadline = time.monotonic() + self.start_s
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise PeerFailed(f"{self.name} did not start: {self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.02)

    def answers(self) -> bool:
        """Return whether it accepts connections."""
        return all(_listens(port) for port in {self.port, self.browsers_port()})


class Publisher:
    """A publisher in a process of its own, on the generator's core."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec = spec

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "benchmarks.publishers", json.dumps(self.spec)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
        self.process = start(command, GENERATOR_CORE, cwd=ROOT, **pipes)
        self._answer()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(3)
        stop(self.process)

    def ask(self, command: str) -> dict[str, Any]:
        """Give a command and return the answer."""
        self.process.stdin.write(command + "\n")
        return self._answer()

    def cpu_s(self) -> float:
        return cpu_s(self.process.pid)

    def _answer(self) -> dict[str, Any]:
        line = self.process.stdout.readline()
        if not line:
            raise PeerFailed("the publisher ended")
        return json.loads(line)


def by_count(entries: int = ENTRIES) -> str:
    """Return the `ready` condition of a browser that receives this many messages."""
    return f"count:{entries}"


def program_version(*command: str) -> str:
    """Return the first line of a program's version output."""
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return ((done.stdout or done.stderr).strip().splitlines() or [""])[0]


def missing_program(name: str, package: str) -> str | None:
    """Return a message if a program is not installed, else None."""
    return None if shutil.which(name) else f"{name} is not installed ({package})"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
