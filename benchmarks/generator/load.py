"""Starts the load generator and reads its figures."""

import json
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from benchmarks.generator.build import program
from benchmarks.processes import GENERATOR_CORE, start, stop

EVENT_REST = 100  # bytes of an event after its numbers, at least


class LoadFailed(Exception):
    """The generator ended with an error."""


@dataclass(frozen=True)
class Wire:
    """How a browser connects to a server.

    Args:
        dialect: one of the generator's: text, sticky, nats, nats-ws, mqtt-ws, engine-io.
        path: the path of the WebSocket handshake; "" if there is no handshake.
        headers: additional lines of the handshake.
        greeting: sent after the handshake; "@@@@@@" is replaced by the browser's number.
        ready: when a browser has received everything: `upgrade`, `control`, `count:K`, `text:T`.
    """

    dialect: str
    path: str = ""
    headers: tuple[str, ...] = ()
    greeting: bytes = b""
    ready: str = "upgrade"

    def handshake(self, port: int) -> bytes:
        """Return the text of the handshake."""
        lines = [
            f"GET {self.path} HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            f"Origin: http://127.0.0.1:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version: 13",
            *self.headers,
        ]
        return "\r\n".join([*lines, "", ""]).encode() if self.path else b""


@dataclass
class Load:
    """One run of the generator; use it with `with`."""

    wire: Wire
    port: int
    connections: int
    options: dict[str, Any] = field(default_factory=dict)
    process: subprocess.Popen | None = None

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="load-")
        folder = Path(self._folder.name)
        (folder / "handshake").write_bytes(self.wire.handshake(self.port))
        (folder / "greeting").write_bytes(self.wire.greeting)
        self._errors = (folder / "errors").open("w+")
        options = {
            "port": self.port,
            "connections": self.connections,
            "at-once": 50,
            "dialect": self.wire.dialect,
            "handshake": folder / "handshake",
            "greeting": folder / "greeting",
            "ready": self.wire.ready,
            "skip": EVENT_REST,
            **self.options,
        }
        arguments = [argument for name, value in options.items() for argument in (f"--{name}", str(value))]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self._errors}
        self.process = start([program("load"), *arguments], GENERATOR_CORE, text=True, bufsize=1, **pipes)
        return self

    def __exit__(self, *_: object) -> None:
        stop(self.process)
        self._errors.close()
        self._folder.cleanup()

    def ready(self) -> dict[str, Any]:
        """Wait until every connection has received the complete state."""
        return self._answer("ready")

    def cold(self) -> dict[str, Any]:
        """Wait until every connection was opened and closed, one after the other."""
        return self._answer("cold")

    def window(self, from_us: int, to_us: int, expected: int) -> dict[str, Any]:
        """Return the figures of the events sent in this interval; missing events count as late."""
        return self._ask(f"window {from_us} {to_us} {expected}", "window")

    def until(self, n: int, timeout_ms: int = 5000) -> dict[str, Any]:
        """Wait until every connection has received event `n`, and return whether it did in time."""
        return self._ask(f"until {n} {timeout_ms}", "reached")

    def totals(self) -> dict[str, Any]:
        """Return the figures since the start."""
        return self._ask("totals", "totals")

    def finish(self) -> dict[str, Any]:
        """End the generator, so that its recordings are complete, and return the figures since the start."""
        final = self._ask("quit", "final")
        self.process.wait(10)
        return final

    def _ask(self, command: str, kind: str) -> dict[str, Any]:
        try:
            self.process.stdin.write(command + "\n")
        except BrokenPipeError:
            self._raise()
        return self._answer(kind)

    def _answer(self, kind: str) -> dict[str, Any]:
        while line := self.process.stdout.readline():
            answer = json.loads(line)
            if answer["kind"] == kind:
                return answer
        return self._raise()

    def _raise(self) -> Any:
        self._errors.seek(0)
        raise LoadFailed(self._errors.read().strip() or "the load generator ended without an error message")
