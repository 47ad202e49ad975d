"""The app's settings: one dict, `BROADCAST`, laid over the dataclass below, whose fields are the documentation."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any

from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from broadcast.errors import did_you_mean
from broadcast.events.event_type import EventType


@dataclass(frozen=True)
class Settings:
    """Every key that `BROADCAST` may have, with its default. Units stand in the names."""

    EVENT_TYPES: str = ""
    """Dotted path of the list of event types."""

    BOARDS: Mapping[str, list[str]] = field(default_factory=dict)
    """Names of boards, and the event types each shows; empty: one board "main" with all of them."""

    REQUIRE_LOGIN: bool | None = None
    """Whether boards are only for those who are logged in; None: when DEBUG is off."""

    CACHE: str = "sticky"
    """Alias in CACHES of the store."""

    CHANNEL_LAYER: str = "default"
    """Alias in CHANNEL_LAYERS of the layer that carries updates."""

    TICK_S: float = 1 / 60
    """Seconds that lie at least between two updates of a board."""

    MAX_PENDING_EVENTS: int = 50_000
    """Events that may wait for the store in one process; beyond it producers are read more slowly."""

    MAX_PENDING_BYTES: int = 64 * 1024 * 1024
    """Bytes of events that may wait for the store in one process."""

    MAX_EVENT_BYTES: int = 64 * 1024
    """Bytes that one event may have, where its event type sets no limit of its own."""

    MAX_KEY_BYTES: int = 256
    """Bytes that an entry's key, and its lane, may have."""

    MAX_MESSAGE_BYTES: int = 1024 * 1024
    """Bytes that one message of a producer may have; Daphne refuses more than 1 MiB by itself."""

    MAX_BODY_BYTES: int = 1024 * 1024
    """Bytes that the body of any other HTTP request may have; a project that takes uploads needs more."""

    MAX_BATCH_EVENTS: int = 1000
    """Events that one message may bear."""

    MAX_EVENTS_PER_S: int = 20_000
    """Events that may be sent with one token in a second, over all its connections and POSTs to one process."""

    MAX_UNACKNOWLEDGED: int = 64
    """Messages of one producer that may wait for their acknowledgement; then it is read no further."""

    MAX_PRODUCERS: int = 1000
    """Producer connections that one process takes."""

    MAX_BROWSERS: int = 10_000
    """Browser connections that one process takes."""

    MAX_CONNECTIONS_PER_ADDRESS: int = 2000
    """Connections of one address that one process takes, whatever they are for."""

    REQUEST_S: float = 12.0
    """Seconds within which a whole request, or a browser's whole message, must have arrived."""

    MAX_SHARE: float = 0.25
    """Share of `MAX_PRODUCERS`, `MAX_BROWSERS` and what may be pending that one token or one address may have."""

    WINDOW_UPDATES: int = 120
    """Updates that a browser may have unacknowledged before it is sent no more."""

    WINDOW_BYTES: int = 32 * 1024
    """Bytes that a browser may have unacknowledged before it has shown how fast it is; one update always goes."""

    MAILBOX_UPDATES: int = 64
    """Updates kept of each board for browsers that are being caught up; what is older is read from the store."""

    HEARTBEAT_S: float = 15.0
    """Seconds between two signs of life on a browser's socket."""

    SILENT_S: float = 120.0
    """Seconds that a browser's window may stay used up before it is sent away with 4408."""

    DRAIN_S: float = 5.0
    """Seconds that sockets may take to end when the process is told to; then the server closes them."""

    HEADS_S: float = 1.0
    """Seconds between two comparisons of browsers with the store's heads."""

    PROCESSES: int = 1
    """Server processes that serve the boards; only system checks look at it."""

    METRICS_TOKEN: str = ""
    """What Prometheus must show to read `/metrics`; empty: there is no `/metrics`."""


@cache
def settings() -> Settings:
    """Return the settings in force.

    Raises:
        ImproperlyConfigured: a key is misspelt or a value has the wrong type.
    """
    given = getattr(django_settings, "BROADCAST", {})
    for problem in problems(given):
        raise ImproperlyConfigured(problem)
    return Settings(**given)


def problems(given: Any) -> Iterator[str]:
    """Yield a sentence for each key or value that cannot be right."""
    if not isinstance(given, Mapping):
        yield f"BROADCAST is {type(given).__name__}; expected a dict"
        return
    defaults = Settings()
    known = [setting.name for setting in fields(Settings)]
    for name, value in given.items():
        if name not in known:
            yield f'BROADCAST has no key "{name}"{did_you_mean(str(name), known)}'
            continue
        default = getattr(defaults, name)
        if default is None and not (value is None or isinstance(value, bool)):
            yield f'BROADCAST["{name}"] is {value!r}; expected True, False or None'
        elif isinstance(default, int | float):
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
                yield f'BROADCAST["{name}"] is {value!r}; expected a number above 0, such as {default}'
            elif name == "MAX_SHARE" and value > 1:
                yield f'BROADCAST["{name}"] is {value!r}; expected a number above 0 and at most 1, such as {default}'
            elif isinstance(default, int) and not isinstance(value, int):
                yield f'BROADCAST["{name}"] is {value!r}; expected a whole number, such as {default}'
        elif isinstance(default, str) and not isinstance(value, str):
            yield f'BROADCAST["{name}"] is {value!r}; expected text'
        elif isinstance(default, Mapping) and not _is_boards(value):
            yield f'BROADCAST["{name}"] is {value!r}; expected a dict of board name to event types'


def _is_boards(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(names, list | tuple) for names in value.values())


def name_of_setting(name: str) -> str:
    """Return what to call one of Django's settings in a message: the variable that sets it, if there is one."""
    names: Mapping[str, str] = getattr(django_settings, "ENVIRONMENT_NAMES", {})
    return names.get(name, name)


@cache
def event_types() -> dict[str, EventType]:
    """Return the table of event types by name, in the table's order; empty where none is set."""
    path = settings().EVENT_TYPES
    return {event_type.name: event_type for event_type in import_string(path)} if path else {}


@cache
def boards() -> dict[str, tuple[str, ...]]:
    """Return the event types of each board, each once: an update may bear no keyspace twice."""
    named = settings().BOARDS or {"main": list(event_types())}
    return {name: tuple(dict.fromkeys(types)) for name, types in named.items()}


def forget(**_: Any) -> None:
    """Read everything again at the next use; tests change settings."""
    for cached in (settings, event_types, boards):
        cached.cache_clear()


setting_changed.connect(forget)
