"""The open sockets of one process, browsers' and producers'. Sans-I/O, apart from the sockets' own `end`."""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from broadcast.ops.counters import Meters

BROWSER, PRODUCER = "browser", "producer"
MAX_AGENT_CHARACTERS = 120
SEARCH_STEP = 500  # connections searched without a pause, in about 3 ms


class Socket(Protocol):
    """One open socket. Both calls return at once."""

    def facts(self) -> dict[str, Any]:
        """Return what the admin displays of it, as plain data."""

    def end(self, code: int, reason: str) -> None:
        """Close the socket soon; a second call has no effect."""


class BrowserSocket(Socket, Protocol):
    """The counted properties of a browser's socket."""

    board: str
    is_lagging: bool
    updates_sent: int
    bytes_sent: int


@dataclass(slots=True, frozen=True, eq=False)
class Peer:
    """One connection, which is counted in a `with` block.

    `since` is in seconds since 1970; `owners` are the clients it counts against.
    """

    connections: "Connections"
    id: str
    kind: str
    address: str
    agent: str
    since: float
    socket: Any
    session_key: str | None = None
    owners: tuple[str, ...] = ()

    def __enter__(self) -> "Peer":
        self.connections.join(self)
        return self

    def __exit__(self, *_: object) -> None:
        self.connections.leave(self)

    def facts(self) -> dict[str, Any]:
        facts = {"id": self.id, "address": self.address, "agent": self.agent, "since": round(self.since, 3)}
        return {**facts, **self.socket.facts()}


class Connections:
    """The open sockets of one process, oldest first.

    Args:
        on_change: called after each opened and each closed socket.
        clock: seconds since 1970.
    """

    def __init__(
        self, meters: Meters, on_change: Callable[[], None] = lambda: None, clock: Callable[[], float] = time.time
    ) -> None:
        self._meters, self._on_change, self._clock = meters, on_change, clock
        self._peers: dict[str, dict[str, Peer]] = {BROWSER: {}, PRODUCER: {}}
        self._counts: Counter[tuple[str, str]] = Counter()
        self._ended: dict[str, tuple[int, str]] = {}  # the close code and reason, by kind
        self._left = asyncio.Event()

    def __len__(self) -> int:
        return sum(map(len, self._peers.values()))

    def count(self, kind: str) -> int:
        return len(self._peers[kind])

    def of(self, kind: str) -> list[Peer]:
        return list(self._peers[kind].values())

    def count_of(self, kind: str, owner: str) -> int:
        return self._counts[kind, owner]

    def open(self, kind: str, scope: Mapping[str, Any], socket: Socket, owners: tuple[str, ...] = ()) -> Peer:
        """Return a connection that counts against each owner (an address, a token)."""
        address = ":".join(map(str, scope.get("client") or ()))
        session_key = getattr(scope.get("session"), "session_key", None)
        peer_id = f"{kind[0]}{secrets.token_hex(5)}"
        return Peer(self, peer_id, kind, address, _agent(scope), self._clock(), socket, session_key, owners)

    def join(self, peer: Peer) -> None:
        self._peers[peer.kind][peer.id] = peer
        self._counts.update((peer.kind, owner) for owner in peer.owners)
        self._meters.opened[peer.kind] += 1
        # A producer may still be authenticated while the others are closed; a shutdown would wait for it in vain.
        if peer.kind in self._ended:
            asyncio.get_running_loop().call_soon(peer.socket.end, *self._ended[peer.kind])
        self._on_change()

    def leave(self, peer: Peer) -> None:
        del self._peers[peer.kind][peer.id]
        for owner in peer.owners:
            self._counts[peer.kind, owner] -= 1
            if not self._counts[peer.kind, owner]:
                del self._counts[peer.kind, owner]
        if peer.kind == BROWSER:
            self._meters.updates += peer.socket.updates_sent
            self._meters.update_bytes += peer.socket.bytes_sent
        self._left.set()
        self._on_change()

    def end(self, peer_id: str, code: int, reason: str) -> bool:
        """Close a socket soon; return False if it is not connected to this process."""
        peer = next((peers[peer_id] for peers in self._peers.values() if peer_id in peers), None)
        if peer is not None:
            peer.socket.end(code, reason)
        return peer is not None

    def end_all(self, kind: str, code: int, reason: str) -> None:
        """Close every socket of a kind soon, also those that open from now on."""
        self._ended[kind] = code, reason
        for peer in self.of(kind):
            peer.socket.end(code, reason)

    async def all_left(self, kind: str) -> None:
        while self._peers[kind]:
            self._left.clear()
            await self._left.wait()

    async def find(self, text: str, limit: int) -> list[str]:
        """Return the ids of up to `limit` connections whose facts contain a text, newest first.

        Yields to other tasks, because a search of ten thousand connections takes a while.
        """
        found: list[str] = []
        peers = [peer for peers in self._peers.values() for peer in reversed(peers.values())]
        for start in range(0, len(peers), SEARCH_STEP):
            found += [peer.id for peer in peers[start : start + SEARCH_STEP] if has_text(peer.facts(), text)]
            if len(found) >= limit:
                break
            await asyncio.sleep(0)
        return found[:limit]

    def snapshot(self, limit: int, also: Collection[str] = ()) -> dict[str, Any]:
        """Return counts, and the facts of the newest `limit` connections of each kind, as plain data.

        Args:
            also: ids that are listed even if they are older.
        """
        browsers: list[BrowserSocket] = [peer.socket for peer in self._peers[BROWSER].values()]
        listed = {kind: _newest(peers, limit, also) for kind, peers in self._peers.items()}
        return {
            "updates": self._meters.updates + sum(browser.updates_sent for browser in browsers),
            "update_bytes": self._meters.update_bytes + sum(browser.bytes_sent for browser in browsers),
            "browsers": dict(Counter(browser.board for browser in browsers)),
            "lagging": dict(Counter(browser.board for browser in browsers if browser.is_lagging)),
            "producers": len(self._peers[PRODUCER]),
            "listed": {kind: [peer.facts() for peer in peers] for kind, peers in listed.items()},
        }


def has_text(facts: Mapping[str, Any], text: str) -> bool:
    """Whether any fact of a connection contains a text, ignoring case."""
    return any(text.casefold() in str(value).casefold() for value in facts.values())


def _newest(peers: dict[str, Peer], limit: int, also: Collection[str]) -> list[Peer]:
    newest = list(reversed(peers.values()))
    return newest[:limit] + [peer for peer in newest[limit:] if peer.id in also]


def _agent(scope: Mapping[str, Any]) -> str:
    header = next((value for name, value in scope.get("headers", ()) if name.lower() == b"user-agent"), b"")
    text: str = header.decode("latin-1")
    return text[:MAX_AGENT_CHARACTERS]
