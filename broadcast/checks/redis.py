"""Checks of what several processes share: the store, the channel layer, and the Redis server of both.

Only `check_server` connects to the server, so `manage.py check --deploy` runs it.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from channels.layers import get_channel_layer
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as Warn

from broadcast import conf
from broadcast.checks.settings import check_broadcast
from broadcast.runtime import store
from broadcast.stores.redis.cache import RedisCache
from broadcast.stores.sqlite.cache import SQLiteCache

if TYPE_CHECKING:
    from broadcast.stores.redis.topology import ServerFacts

OLDEST_REDIS: Final = 7
CORE_LAYER: Final = "channels_redis.core.RedisChannelLayer"
LAYERS_OF_ONE_PROCESS: Final = (
    "broadcast.delivery.local_layer.LocalChannelLayer",
    "channels.layers.InMemoryChannelLayer",
)


@register
def check_processes(**_: Any) -> Iterator[CheckMessage]:
    """Check layer and store against the number of processes, unless `check_broadcast` finds an error."""
    if not check_broadcast():
        yield from check_idle_layer()
        yield from check_shared()


def check_idle_layer() -> Iterator[CheckMessage]:
    """W007: browsers that receive nothing for 5 s are disconnected.

    Source: https://github.com/django/channels_redis/issues/422
    """
    layer = _layer()
    if CORE_LAYER not in _class_names(layer) or _major(_redis_version()) < 8:
        return
    if any("socket_timeout" not in host for host in layer.hosts):
        hint = (
            'Give each of its hosts "socket_timeout": None, as in {"hosts": [{"address": "redis://…",'
            ' "socket_timeout": None}]}, or use channels_redis.pubsub.RedisPubSubChannelLayer.'
        )
        problem = f"redis-py {_redis_version()} ends each read of the channel layer after 5 s, and with it the consumer"
        yield Warn(problem, hint=hint, id="stickyboard.W007")


def check_shared() -> Iterator[CheckMessage]:
    """W008: the layer reaches only one process of several. W009: each of several processes has its own store.

    Processes on one SQLite file need no layer, because the store notifies them.
    """
    processes, cache = conf.settings().PROCESSES, store()
    if processes <= 1:
        return
    if isinstance(cache, SQLiteCache) and not cache.is_on_disk:
        problem = f"each process has its own store, and there are {processes} processes"
        yield Warn(problem, hint="Give the cache a file, or a Redis (REDIS_URL).", id="stickyboard.W009")
    elif not isinstance(cache, SQLiteCache) and _class_names(_layer()) & {*LAYERS_OF_ONE_PROCESS}:
        problem = f"the channel layer reaches one of {processes} processes; browsers of the others wait up to HEADS_S"
        yield Warn(problem, hint="Set REDIS_URL, or configure a Redis in CHANNEL_LAYERS.", id="stickyboard.W008")


def check_server(cache: RedisCache) -> Iterator[CheckMessage]:
    """E022: a server is too old. E023: it may evict keys. W025: it is not durable.

    Raises:
        StoreError: the servers do not answer.
    """
    for facts in sorted(cache.link.facts()):
        yield from _of_server(facts)


def _of_server(facts: "ServerFacts") -> Iterator[CheckMessage]:
    if _major(facts.version) < OLDEST_REDIS:
        hint = f"Use Redis {OLDEST_REDIS} or newer, or Valkey."
        yield Error(f"the store's server is Redis {facts.version}", hint=hint, id="stickyboard.E022")
    if facts.eviction != "noeviction":
        hint = "Set maxmemory-policy noeviction: if memory is full, events are refused, and nothing is lost."
        problem = f"the store's server evicts keys when its memory is full (maxmemory-policy {facts.eviction})"
        yield Error(problem, hint=hint, id="stickyboard.E023")
    if not facts.is_appending:
        lost = "everything since its last snapshot" if facts.saves else "the whole store"
        hint = "Set appendonly yes; appendfsync everysec loses at most two seconds, always loses nothing."
        yield Warn(f"if the store's server stops, {lost} is lost", hint=hint, id="stickyboard.W025")


def _layer() -> Any:
    return get_channel_layer(conf.settings().CHANNEL_LAYER)


def _class_names(layer: Any) -> set[str]:
    return {f"{kind.__module__}.{kind.__qualname__}" for kind in type(layer).__mro__}


def _redis_version() -> str:
    try:
        import redis
    except ImportError:
        return "0"
    return str(redis.__version__)


def _major(version: str) -> int:
    return int(version.partition(".")[0] or 0)
