"""One process's connections to Redis or Valkey, and the translation of their errors.

This module does not know what is stored: it sends the commands that `Steps` yield, and returns the answers.
"""

import logging
import os
import textwrap
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

from broadcast.errors import StoreError, StoreUnavailable, StoreUnusable
from broadcast.stores.base import Listener
from broadcast.stores.outage_log import Outage
from broadcast.stores.redis.address import read_address
from broadcast.stores.redis.keys import Command, Steps, is_read

if TYPE_CHECKING:
    from broadcast.stores.redis.topology import ServerFacts

log = logging.getLogger("broadcast.stores")

T = TypeVar("T")

TIMEOUT_S: Final = 5.0  # for an answer; redis-py before 8 has no timeout by default
MAX_DETAIL_CHARACTERS: Final = 200  # of the server's message, which may be a page long
READERS: Final = 3  # concurrent reads; more would only queue in the server

_links: dict[tuple[int, str, str], "Link"] = {}
_links_lock = threading.Lock()


def link_of(url: str, options: Mapping[str, Any]) -> "Link":
    """Return this process's link to an address; a forked child gets its own."""
    with _links_lock:
        key = (os.getpid(), url, repr(sorted(options.items())))
        if key not in _links:
            _links[key] = Link(url, options)
        return _links[key]


def close_links() -> None:
    """Close every link of this process; the next use opens them again."""
    with _links_lock:
        links = [_links.pop(key) for key in list(_links) if key[0] == os.getpid()]
    for link in links:
        link.close()


class Link:
    """Drives `Steps`: each list of commands is one round trip and one MULTI, at one instant; see `topology`."""

    def __init__(self, url: str, options: Mapping[str, Any]) -> None:
        from broadcast.stores.redis.topology import servers_at  # late, as the package redis is an extra

        defaults = {"socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S}
        self._servers = servers_at(read_address(url), {**defaults, **options})
        # A thread of its own: a tick must not wait for the reads of many reconnecting browsers.
        self._writer = ThreadPoolExecutor(1, "sticky-redis-writer")
        self._readers = ThreadPoolExecutor(READERS, "sticky-redis-reader")
        self.listeners: set[Listener] = set()
        self._outages = {True: Outage("read"), False: Outage("written")}

    def drive(self, steps: Steps[T]) -> T:
        """Run the steps and return their result."""
        try:
            commands = next(steps)
            while True:
                commands = steps.send(self._send(commands))
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            steps.close()

    def submit_write(self, steps: Steps[T]) -> "Future[T]":
        return self._writer.submit(self.drive, steps)

    def submit_read(self, steps: Steps[T]) -> "Future[T]":
        return self._readers.submit(self.drive, steps)

    def facts(self) -> "set[ServerFacts]":
        """Return the version and persistence of each server that accepts writes."""
        with translated():
            return self._servers.facts()

    def close(self) -> None:
        """Finish what was submitted, then close every connection."""
        for executor in (self._writer, self._readers):
            executor.shutdown(wait=True)
        self._servers.close()

    def _send(self, commands: Sequence[Command]) -> list[Any]:
        outage = self._outages[all(map(is_read, commands))]
        try:
            with translated():
                answers = self._servers.ask(commands)
                for answer in answers:
                    if isinstance(answer, Exception):
                        raise answer
        except StoreError as exc:
            outage.note(exc)
            raise
        outage.end()
        return answers


@contextmanager
def translated() -> Iterator[None]:
    """Translate errors of redis-py and the network into the store's own errors."""
    from redis.exceptions import RedisClusterException, RedisError

    try:
        yield
    except (RedisError, RedisClusterException, OSError) as exc:
        raise _error_for(exc) from exc


def _error_for(exc: Exception) -> StoreError:
    from redis.exceptions import AuthenticationError
    from redis.exceptions import ConnectionError as RedisConnectionError
    from redis.exceptions import TimeoutError as RedisTimeoutError

    detail = textwrap.shorten(str(exc), MAX_DETAIL_CHARACTERS, placeholder=" …") or type(exc).__name__
    # redis-py removes the codes that it knows from the message.
    message = f"{getattr(exc, 'status_code', None) or ''} {detail}"
    for sign, (kind, reason, hint) in _CAUSES.items():
        if sign in message:
            return kind(reason, hint, detail)
    if isinstance(exc, AuthenticationError):
        return StoreUnusable("its server refuses the password", _PASSWORD, detail)
    if isinstance(exc, (RedisConnectionError, RedisTimeoutError, OSError)):
        hint = "start the server, or look at the network and at the cache's LOCATION"
        return StoreUnavailable("its server cannot be reached", hint, detail)
    return StoreUnavailable("its server failed", "look at the server's log, and at the cache's LOCATION", detail)


_PROTECTED: Final = "a server on another machine requires a password (requirepass, and LOCATION)"
_HUNG_UP: Final = (StoreUnavailable, "its server closed the connection", f"look at the server's log; {_PROTECTED}")
_NODES: Final = (StoreUnavailable, "a part of its cluster is down", "look at the nodes: redis-cli --cluster check")
_PASSWORD: Final = "put the right user and password into the cache's LOCATION"
# By a part of the server's message: the error, the reason for clients, and the hint for operators.
_CAUSES: Final[dict[str, tuple[type[StoreError], str, str]]] = {
    "protected mode": (StoreUnusable, "its server accepts no clients from other machines", _PROTECTED),
    # The server closes the connection after its message, so a client that is still writing usually gets this instead.
    "Connection reset by peer": _HUNG_UP,
    "Broken pipe": _HUNG_UP,
    "OOM": (
        StoreUnavailable,
        "its server is out of memory",
        "give the server more maxmemory, or clear what is not needed: manage.py clear_sticky",
    ),
    "MISCONF": (StoreUnavailable, "its server cannot write its file", "free space on the server's disk"),
    "READONLY": (
        StoreUnavailable,
        "its server is a read-only replica",
        "LOCATION must name the primary, or Sentinels, not a replica",
    ),
    "NOREPLICAS": (
        StoreUnavailable,
        "its server has too few replicas",
        "look at the replicas: fewer than min-replicas-to-write are up to date",
    ),
    "No master found": (
        StoreUnavailable,
        "its Sentinels know no primary",
        "look at the Sentinels, and at the service's name in LOCATION",
    ),
    "CLUSTERDOWN": _NODES,
    "not covered": _NODES,
    "TRYAGAIN": (
        StoreUnavailable,
        "a keyspace is being moved",
        "the keyspace is being moved to another node; this resolves itself",
    ),
    "LOADING": (StoreUnavailable, "its server is starting", "the server is loading its file and will answer soon"),
    "BUSY": (StoreUnavailable, "its server is busy", "a script of another program blocks the server"),
    "WRONGTYPE": (
        StoreUnusable,
        "another program uses its names",
        "another program uses the same names: give the cache a KEY_PREFIX of its own",
    ),
    "NOPERM": (
        StoreUnusable,
        "its server does not permit its commands",
        "let the server's user run the commands that docs/reference/settings.md lists",
    ),
    "WRONGPASS": (StoreUnusable, "its server refuses the password", _PASSWORD),
    "NOAUTH": (StoreUnusable, "its server asks for a password", _PASSWORD),
    "unauthenticated": (StoreUnusable, "its server asks for a password", _PASSWORD),
    "compiling script": (StoreUnusable, "its server is too old", "use Redis 7 or newer, or Valkey"),
}
