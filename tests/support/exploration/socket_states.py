"""States of a browser of the server, without a socket: its position, and the texts that the browser has not read."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from broadcast.browser import Browser
from broadcast.delivery.concurrency import begin
from broadcast.types import Cursor
from tests.support.exploration.replica_states import ReplicaStates
from tests.support.exploration.values import Numbers

HELLO = "hello"
UNLIMITED_BYTES = 10**9
ACK = '{"op":"ack","updates":1}'


@dataclass
class Connection:
    """A state.

    Attributes:
        texts: the updates that were sent and not read.
        opened_at: the heads of the store when the browser connected, until the replay was read.
    """

    position: Mapping[str, Cursor]
    opened_at: Mapping[str, Cursor] | None
    is_greeting: bool = True
    is_behind: bool = False
    texts: tuple[str, ...] = ()


class Socket(Browser):
    """The browser; what it would do in a task, it does at once."""

    def __init__(self, connection: Connection, replica: Any, window: int) -> None:
        settings = SimpleNamespace(WINDOW_UPDATES=window, WINDOW_BYTES=UNLIMITED_BYTES)
        meters = SimpleNamespace(catch_ups=Counter())
        fanout: Any = SimpleNamespace(names=(), replica=replica, is_member=_nothing, greeting=_hello)
        shared: Any = SimpleNamespace(settings=settings, meters=meters, deflater=None, clock=lambda: 0.0)
        self._set_state(fanout, shared)
        self._is_compressed, self._reading = False, None
        self.texts = list(connection.texts)
        self.position, self._is_behind = connection.position, connection.is_behind
        self._busy: Any = object() if connection.is_greeting else None
        for _ in self.texts:
            self._flow.record_sent(1, 0.0)

    async def _send(self, message: dict[str, Any]) -> None:
        if message["text"] != HELLO:
            self.texts.append(message["text"])

    def _start(self, work: Any) -> None:
        self._busy = object()
        assert begin(self._work(work)) is None

    def _fail(self, failure: Exception) -> None:
        raise failure

    def greet(self) -> None:
        self._start(self._greet)


async def _nothing() -> None:
    pass


async def _hello() -> str:
    return HELLO


class SocketStates:
    """All states of a connection that were reached."""

    def __init__(self, replicas: ReplicaStates, window: int) -> None:
        self._replicas, self._flow = replicas, window
        self.connections = Numbers[Connection]()
        self._results: dict[tuple[str, int, int], int] = {}

    def __getitem__(self, connection: int) -> Connection:
        return self.connections.values[connection]

    def open(self, position: Mapping[str, Cursor], heads: Mapping[str, Cursor]) -> int:
        return self.connections.of(Connection(dict(position), dict(heads)))

    def on_change(self, connection: int, replica: int) -> int:
        """Return the connection after a change of the process's replica."""
        return self._after("on_change", connection, replica)

    def greet(self, connection: int, replica: int) -> int:
        """Return the connection after the replay was sent, and what was skipped meanwhile."""
        return self._after("greet", connection, replica)

    def on_read(self, connection: int, replica: int) -> int:
        """Return the connection after the browser has read and acknowledged its oldest update."""
        return self._after("on_read", connection, replica)

    def _after(self, name: str, connection: int, replica: int) -> int:
        found = self._results.get((name, connection, replica))
        if found is None:
            before = self[connection]
            socket = Socket(before, self._replicas[replica], self._flow)  # which answers, and does not change
            opened_at, is_greeting = before.opened_at, before.is_greeting
            if name == "greet":
                socket.greet()
                is_greeting = False
            elif name == "on_change":
                socket.on_change(0.0)
            else:
                opened_at = None
                del socket.texts[0]
                socket._on_message({"type": "websocket.receive", "text": ACK})
                socket.on_round()
            after = Connection(dict(socket.position), opened_at, is_greeting, socket._is_behind, tuple(socket.texts))
            found = self._results[name, connection, replica] = self.connections.of(after)
        return found
