"""Who is connected to this process: each browser's and producer's socket, and how to end one from elsewhere. Pure."""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from broadcast.ops.counters import Meters

BROWSER, PRODUCER = "browser", "producer"
MAX_AGENT_CHARACTERS = 120
FOUND_AT_ONCE = 500  # connections looked through in some 3 ms


class Connected(Protocol):
    """One open socket; both calls return at once."""

    def facts(self) -> dict[str, Any]:
        """Return what an operator may want to know, as plain data."""

    def end(self, code: int, reason: str) -> None:
        """Close the socket soon; a second call changes nothing."""


class Browser(Connected, Protocol):
    """A browser's socket, as far as it is counted."""

    board: str
    is_lagging: bool
    updates_sent: int
    bytes_sent: int


@dataclass(slots=True, frozen=True, eq=False)
class Peer:
    """One connection: where it comes from, since when (seconds since 1970), and whose session it has, if any."""

    id: str
    kind: str
    address: str
    agent: str
    since: float
    socket: Any
    session_key: str | None = None
    owners: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """Return all that is known of it, as plain data."""
        facts = {"id": self.id, "address": self.address, "agent": self.agent, "since": round(self.since, 3)}
        return {**facts, **self.socket.facts()}


class Connections:
    """The open sockets of one process, in the order in which they were opened.

    Args:
        on_change: called after each that was opened or closed.
        clock: seconds since 1970.
    """

    def __init__(
        self, meters: Meters, on_change: Callable[[], None] = lambda: None, clock: Callable[[], float] = time.time
    ) -> None:
        self._meters, self._on_change, self._clock = meters, on_change, clock
        self._peers: dict[str, dict[str, Peer]] = {BROWSER: {}, PRODUCER: {}}
        self._counts: Counter[tuple[str, str]] = Counter()

    def __len__(self) -> int:
        return sum(map(len, self._peers.values()))

    def count(self, kind: str) -> int:
        """Return how many of a kind are open."""
        return len(self._peers[kind])

    def of(self, kind: str) -> list[Peer]:
        """Return the open ones of a kind, oldest first."""
        return list(self._peers[kind].values())

    def count_of(self, kind: str, owner: str) -> int:
        """Return how many of a kind one client has open."""
        return self._counts[kind, owner]

    def open(self, kind: str, scope: Mapping[str, Any], socket: Connected, owners: tuple[str, ...] = ()) -> "_Opened":
        """Count a socket as connected until the block ends, for each of its owners too: an address, a token."""
        address = ":".join(map(str, scope.get("client") or ()))
        session_key = getattr(scope.get("session"), "session_key", None)
        peer_id = f"{kind[0]}{secrets.token_hex(5)}"
        peer = Peer(peer_id, kind, address, _agent(scope), self._clock(), socket, session_key, owners)
        return _Opened(self, peer)

    def join(self, peer: Peer) -> None:
        """Count it from now on."""
        self._peers[peer.kind][peer.id] = peer
        self._counts.update((peer.kind, owner) for owner in peer.owners)
        self._meters.opened[peer.kind] += 1
        self._on_change()

    def leave(self, peer: Peer) -> None:
        """Count it no more; what it was sent stays counted."""
        del self._peers[peer.kind][peer.id]
        for owner in peer.owners:
            self._counts[peer.kind, owner] -= 1
            if not self._counts[peer.kind, owner]:
                del self._counts[peer.kind, owner]
        if peer.kind == BROWSER:
            self._meters.updates += peer.socket.updates_sent
            self._meters.update_bytes += peer.socket.bytes_sent
        self._on_change()

    def end(self, peer_id: str, code: int, reason: str) -> bool:
        """Close one soon; False where it is not connected to this process."""
        peer = next((peers[peer_id] for peers in self._peers.values() if peer_id in peers), None)
        if peer is not None:
            peer.socket.end(code, reason)
        return peer is not None

    async def find(self, text: str, most: int) -> list[str]:
        """Return the names of at most so many whose facts have a text in them, newest first.

        Lets others run in between, as looking through ten thousand takes a while.
        """
        found: list[str] = []
        everybody = [peer for peers in self._peers.values() for peer in reversed(peers.values())]
        for start in range(0, len(everybody), FOUND_AT_ONCE):
            found += [peer.id for peer in everybody[start : start + FOUND_AT_ONCE] if has_text(peer.facts(), text)]
            if len(found) >= most:
                break
            await asyncio.sleep(0)
        return found[:most]

    def reading(self, most: int, also: Collection[str] = ()) -> dict[str, Any]:
        """Return counts, and of each kind the facts of at most so many, newest first; as plain data.

        Args:
            also: names of those whose facts are told in any case.
        """
        browsers = [peer.socket for peer in self._peers[BROWSER].values()]
        shown = {kind: _shown(peers, most, also) for kind, peers in self._peers.items()}
        return {
            "updates": self._meters.updates + sum(browser.updates_sent for browser in browsers),
            "update_bytes": self._meters.update_bytes + sum(browser.bytes_sent for browser in browsers),
            "browsers": dict(Counter(browser.board for browser in browsers)),
            "lagging": dict(Counter(browser.board for browser in browsers if browser.is_lagging)),
            "producers": len(self._peers[PRODUCER]),
            "shown": {kind: [peer.facts() for peer in peers] for kind, peers in shown.items()},
        }


class _Opened(AbstractContextManager[Peer]):
    """A socket while it is open; a generator's update for each would cost it half a kilobyte."""

    __slots__ = ("_connections", "_peer")

    def __init__(self, connections: Connections, peer: Peer) -> None:
        self._connections, self._peer = connections, peer

    def __enter__(self) -> Peer:
        self._connections.join(self._peer)
        return self._peer

    def __exit__(self, *_: object) -> None:
        self._connections.leave(self._peer)


def has_text(facts: Mapping[str, Any], text: str) -> bool:
    """Whether a text is part of what is known of a connection, in whichever case."""
    return any(text.casefold() in str(value).casefold() for value in facts.values())


def _shown(peers: dict[str, Peer], most: int, also: Collection[str]) -> list[Peer]:
    newest = list(reversed(peers.values()))
    return newest[:most] + [peer for peer in newest[most:] if peer.id in also]


def _agent(scope: Mapping[str, Any]) -> str:
    sent = next((value for name, value in scope.get("headers", ()) if name.lower() == b"user-agent"), b"")
    text: str = sent.decode("latin-1")
    return text[:MAX_AGENT_CHARACTERS]
