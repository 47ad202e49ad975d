"""What a live model declares, and the event type that results."""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, ClassVar

import msgspec
from django.core.exceptions import ImproperlyConfigured
from django.db import router
from django.db.models import Model, QuerySet

from broadcast.events.event_type import EventType, Shown
from broadcast.events.policies import DEFAULT_MAX_KEYS, last_value
from broadcast.live.columns import Column, column_of, key_column
from broadcast.live.problems import problems_of, queryset_problems

_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Declaration:
    """Base of `LiveModel`: its attributes, its rows, and its event type."""

    model: ClassVar[type[Model]]
    """The model."""

    fields: ClassVar[Sequence[str]] = ()
    """What is displayed: names of the model's fields, of its properties, and of its methods without arguments."""

    key: ClassVar[str] = "pk"
    """The name under which an event has the primary key: "pk", or the name of the primary key's field."""

    name: ClassVar[str] = ""
    """The name of the event type; by default the name of the model, such as "order_line"."""

    title: ClassVar[str] = ""
    """The heading of its scene; by default the model's plural name."""

    show: ClassVar[Shown | Sequence[Shown] | None] = None
    """The widget; by default a table of `fields`."""

    max_keys: ClassVar[int] = DEFAULT_MAX_KEYS
    """The number of rows on the board. Beyond it, the row that was saved least recently is evicted."""

    max_event_bytes: ClassVar[int | None] = None
    """The maximum size of a row as JSON; None for BROADCAST["MAX_EVENT_BYTES"]."""

    using: ClassVar[str | None] = None
    """The alias of the database; None for the one that the router writes the model to."""

    outbox: ClassVar[bool] = False
    """Whether a change writes a row to the outbox in the same transaction, so that a crash after the commit, or a
    store that is down, delays the change instead of losing it."""

    def __init__(self) -> None:
        self.late: dict[str, None] = {}  # keys whose last change could not be written
        self.undisplayed: dict[str, str] = {}  # why, by the keys of rows that cannot be displayed

    def get_queryset(self) -> QuerySet[Any]:
        """Return the rows that belong to the board, in the order in which they fill it. Override it to select rows."""
        return self.model._default_manager.all()  # the documented way to a model's manager

    @property
    def database(self) -> str:
        """The alias of the database with the rows."""
        return self.using or router.db_for_write(self.model)

    @property
    def rows(self) -> QuerySet[Any]:
        """The rows of the board, in the database that they are written to: a replica may not have them yet."""
        return self.get_queryset().using(self.database)

    @cached_property
    def event_name(self) -> str:
        return self.name or _WORDS.sub("_", self.model.__name__).lower()

    @cached_property
    def columns(self) -> Sequence[Column]:
        """The key, and then the fields."""
        key = key_column(self.model, self.key)
        return [key, *(column_of(self.model, name) for name in self.fields if name != self.key)]

    @cached_property
    def event_type(self) -> EventType:
        """The event type.

        Raises:
            ImproperlyConfigured: a field cannot be displayed.
        """
        for problem, hint in self.problems():
            msg = f"{problem}. {hint}"
            raise ImproperlyConfigured(msg)
        from broadcast.page.widgets import Table

        schema = msgspec.defstruct(self.model.__name__, [(column.name, column.hint) for column in self.columns])
        title = self.title or str(self.model._meta.verbose_name_plural).capitalize()
        return EventType(
            self.event_name,
            schema,
            last_value(self.key, max_keys=self.max_keys),
            title=title,
            show=self.show or Table(columns=tuple(self.fields)),
            max_event_bytes=self.max_event_bytes,
            from_producers=False,
            stale_after_s=None,  # a row may remain unchanged
        )

    def problems(self) -> Iterator[tuple[str, str]]:
        """Yield what cannot work, each with a hint."""
        return problems_of(type(self).__name__, getattr(self, "model", None), self.key, self.fields, self.using)

    def queryset_problems(self) -> Iterator[tuple[str, str]]:
        """Yield what cannot work with `get_queryset`, which may query; for a declaration without other problems."""
        return queryset_problems(type(self).__name__, self.model, self.get_queryset)
