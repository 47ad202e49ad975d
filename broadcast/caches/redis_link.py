"""One process's connections to one Redis or Valkey, and what can go wrong with them.

Nothing here knows what is stored: it sends what `Steps` ask for, and hands back what came.
"""

import logging
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final, NamedTuple, TypeVar

from broadcast.caches.base import Listener
from broadcast.caches.redis_layout import SCRIPTS, Steps, Words
from broadcast.errors import StoreError, StoreUnavailable, StoreUnusable

log = logging.getLogger("broadcast.caches")

T = TypeVar("T")

TIMEOUT_S: Final = 5.0  # for an answer; redis-py before 8 would wait for ever
THREADS: Final = 4  # one tick and some readings at once; more would only queue in the server

_links: dict[tuple[int, str, str], "Link"] = {}
_links_lock = threading.Lock()


def link_of(servers: Sequence[str], options: Mapping[str, Any]) -> "Link":
    """Return this process's link to a server; a forked child gets its own."""
    with _links_lock:
        place = (os.getpid(), ",".join(servers), repr(sorted(options.items())))
        if place not in _links:
            _links[place] = Link(servers, options)
        return _links[place]


def close_links() -> None:
    """Close every link of this process; the next use opens them again."""
    with _links_lock:
        links = [_links.pop(place) for place in list(_links) if place[0] == os.getpid()]
    for link in links:
        link.close()


class ServerFacts(NamedTuple):
    """What a server is set to do; `saves` is when it takes snapshots, "" where it does not or will not say."""

    version: str
    eviction: str
    is_appending: bool
    saves: str


class Link:
    """Drives `Steps`: each list of words is one round trip and one MULTI, so of one instant."""

    def __init__(self, servers: Sequence[str], options: Mapping[str, Any]) -> None:
        # Django's own client knows how to make a pool of an address and options, and is imported late,
        # as the package redis is an extra.
        from django.core.cache.backends.redis import RedisCacheClient
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        defaults = {"socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S}
        # A tick whose answer got lost may have been applied: whether to send it again is the producers' to say.
        fixed = {"retry": Retry(NoBackoff(), 0), "decode_responses": False, "protocol": 2}
        self._pools = RedisCacheClient(list(servers), **{**defaults, **options, **fixed})
        self._threads = ThreadPoolExecutor(THREADS, "sticky-redis")
        self.listeners: set[Listener] = set()

    @property
    def client(self) -> Any:
        """A client of redis-py that shares this link's connections."""
        return self._pools.get_client(write=True)

    def drive(self, steps: Steps[T]) -> T:
        """Do the steps' round trips and return their result."""
        try:
            words = next(steps)
            while True:
                words = steps.send(self._send(words))
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            steps.close()

    def submit(self, steps: Steps[T]) -> "Future[T]":
        """Drive the steps in a thread."""
        return self._threads.submit(self.drive, steps)

    def facts(self) -> ServerFacts:
        """Ask the server what it is and what it keeps."""
        from redis.exceptions import ResponseError

        with translated():
            info = self.client.info("everything")
            try:
                saves = self.client.config_get("save").get("save", "")
            except ResponseError:  # hosted servers let nobody ask
                saves = ""
        return ServerFacts(
            str(info["redis_version"]), str(info["maxmemory_policy"]), bool(int(info["aof_enabled"])), str(saves)
        )

    def close(self) -> None:
        """Let what was submitted finish, then close every connection."""
        self._threads.shutdown(wait=True)
        self.client.connection_pool.disconnect()

    def _send(self, words: Sequence[Words]) -> list[Any]:
        from redis.exceptions import NoScriptError

        with translated():
            answers = self._once(words)
            if any(isinstance(answer, NoScriptError) for answer in answers):
                # A server forgets scripts when it starts. Nothing was applied: a tick has one script only.
                self._load_scripts()
                answers = self._once(words)
            for answer in answers:
                if isinstance(answer, Exception):
                    raise answer
            return answers

    def _once(self, words: Sequence[Words]) -> list[Any]:
        pipeline = self.client.pipeline(transaction=len(words) > 1)
        for each in words:
            pipeline.execute_command(*each)
        answers: list[Any] = pipeline.execute(raise_on_error=False)
        return answers

    def _load_scripts(self) -> None:
        for script in SCRIPTS.values():
            self.client.script_load(script.text)


@contextmanager
def translated() -> Iterator[None]:
    """Raise what a server or the way to it says as the store's own errors."""
    from redis.exceptions import RedisError

    try:
        yield
    except RedisError as exc:
        raise _error_for(exc) from exc


def _error_for(exc: Exception) -> StoreError:
    reason = str(exc) or type(exc).__name__
    for sign, (kind, mend) in _MENDS.items():
        if sign in reason:
            return kind(reason, mend)
    return StoreUnavailable(reason, "look at the server's log, and at the cache's LOCATION")


_MENDS: Final[dict[str, tuple[type[StoreError], str]]] = {
    "OOM": (StoreUnavailable, "give the server more maxmemory, or clear what is not needed: manage.py clear_sticky"),
    "MISCONF": (StoreUnavailable, "the server cannot write its file: free space on its disk"),
    "READONLY": (StoreUnavailable, "LOCATION must name the primary, or Sentinels, not a replica"),
    "LOADING": (StoreUnavailable, "the server is reading its file and will answer soon"),
    "BUSY": (StoreUnavailable, "another program's script keeps the server busy"),
    "DAMAGED": (
        StoreUnusable,
        "the server let keys go: set maxmemory-policy noeviction, then clear it: manage.py clear_sticky",
    ),
    "WRONGTYPE": (StoreUnusable, "another program uses the same names: give the cache a KEY_PREFIX of its own"),
    "NOPERM": (StoreUnusable, "let the server's user run the commands that docs/settings.md lists"),
    "WRONGPASS": (StoreUnusable, "put the right user and password into the cache's LOCATION"),
    "NOAUTH": (StoreUnusable, "put user and password into the cache's LOCATION"),
    "compiling script": (StoreUnusable, "use Redis 7 or newer, or Valkey"),
}
