"""Event types: a name, required fields, a policy and a widget. One line in the table of event types."""

import math
import re
import types
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar, Protocol

import msgspec

from broadcast.events.policies import MIN_COURSE, Policy
from broadcast.types import Batch, Write

NAME = re.compile(r"[a-z][a-z0-9_]*")  # names with a leading underscore belong to the store


class Shown(Protocol):
    """How an event type is drawn: a widget of `broadcast.page.widgets`."""

    kind: ClassVar[str]

    @property
    def title(self) -> str | None:
        """The heading of its scene; None for the event type's title."""
        ...

    def options(self) -> dict[str, Any]:
        """Return its options as JSON for the page."""
        ...

    def problems(self, event_type: "EventType") -> Iterator[str]:
        """Yield a message for each option that cannot work with an event type."""
        ...


@dataclass(frozen=True)
class EventType:
    """One kind of event.

    Args:
        name: the events' `type`; lower-case letters, digits and underscores.
        schema: a msgspec Struct with the required fields. Other fields are preserved.
        policy: what is stored.
        title: the heading of the scene; None for the name in words.
        show: the widget, or the widgets, that draw it; None to choose one by the schema and the policy.
        max_event_bytes: the limit of this type; None for BROADCAST["MAX_EVENT_BYTES"].
        stale_after_s: the age of the newest value at which the page marks it as stale. The default is three times
            the 30 s after which producers send an unchanged value again. None: values are never stale.
        example: the fields of an example event for producers; None to generate one from the schema.
        from_producers: whether a token may permit it. False: only code of the project publishes it.
    """

    name: str
    schema: type[msgspec.Struct]
    policy: Policy
    title: str = ""
    show: Shown | Sequence[Shown] | None = None
    max_event_bytes: int | None = None
    stale_after_s: float | None = 90.0
    example: Mapping[str, Any] | None = None
    from_producers: bool = True

    @cached_property
    def fields(self) -> dict[str, msgspec.structs.FieldInfo]:
        """The schema's fields by their names on the wire."""
        return {info.encode_name: info for info in msgspec.structs.fields(self.schema)}

    @cached_property
    def optional(self) -> list[str]:
        """The names on the wire of the fields that have a default."""
        return [name for name, info in self.fields.items() if not info.required]

    @cached_property
    def shortest(self) -> float:
        """The number of fields of an event without optional ones, with `type`; infinite for a type that has none."""
        return 1 + len(self.fields) - len(self.optional) if self.optional else math.inf

    def problems(self) -> Iterator[str]:
        """Yield a message for each error that would otherwise be found at the first event."""
        if not isinstance(self.name, str) or not NAME.fullmatch(self.name):
            yield f'"{self.name}" is not a valid name; use lower-case letters, digits and underscores, a letter first'
        for what in ("max_event_bytes", "stale_after_s"):
            number = getattr(self, what)
            if number is not None and not (isinstance(number, int | float) and number > 0):
                yield f"{self.name}: {what} is {number!r}; expected a number above 0, or None"
        kind_problems = list(self._kind_problems())
        yield from kind_problems or self._part_problems()

    def _kind_problems(self) -> Iterator[str]:
        schema, policy = typing.cast(Any, self.schema), typing.cast(Any, self.policy)  # a user's table may be untyped
        if not isinstance(schema, type) or not issubclass(schema, msgspec.Struct):
            yield f"{self.name}: its schema is {schema!r}; expected a subclass of msgspec.Struct"
        if not isinstance(policy, Policy):
            yield f'{self.name}: its policy is {policy!r}; expected one such as last_value("model") or ring(60)'
        shown = self.show if isinstance(self.show, list | tuple) else [self.show]
        if self.show is not None and not (shown and all(callable(getattr(each, "problems", None)) for each in shown)):
            yield f'{self.name}: show is {self.show!r}; expected a widget such as Table() or Lines(y="loss")'

    def _part_problems(self) -> Iterator[str]:
        yield from self._example_problems()
        yield from self._bound_problems()
        for name in self.policy.needed_fields:
            info = self.fields.get(name)
            if info is None:
                yield f'{self.name}: its policy needs "{name}", which {self.schema.__name__} does not have'
            elif not info.required:
                yield f'{self.name}: "{name}" must be required (no default), because the policy needs it'
        for name in (*self.policy.key, *((self.policy.lane,) if self.policy.lane else ())):
            if name in self.fields and not _is_key_type(self.fields[name].type):
                yield f'{self.name}: "{name}" is part of the key and must be str or int'

    def _example_problems(self) -> Iterator[str]:
        if self.example is not None:
            try:
                msgspec.convert(self.example, self.schema)
            except msgspec.ValidationError as exc:
                yield f"{self.name}: its example is invalid: {exc}"

    def _bound_problems(self) -> Iterator[str]:
        bounds = self.policy.bounds
        for what in ("max_keys", "per_lane", "max_lanes", "ttl_s"):
            bound = getattr(bounds, what)
            if bound is None:
                continue
            if not isinstance(bound, int | float) or (what != "ttl_s" and not isinstance(bound, int)):
                yield f"{self.name}: {what} is {bound!r}; expected a whole number"
            elif bound <= 0:
                yield f"{self.name}: {what} is {bound}; expected a number above 0"
            elif what == "per_lane" and bounds.thins and bound < MIN_COURSE:
                yield f"{self.name}: {what} is {bound}; expected at least {MIN_COURSE} for a course"


def _is_key_type(hint: Any) -> bool:
    if typing.get_origin(hint) is Annotated:
        return _is_key_type(typing.get_args(hint)[0])
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return False  # 1 and "1" would be the same key
    return hint in (str, int)


Checked = tuple[EventType, Write]
"""A valid event."""


def batches_of(checked: Iterable[Checked], max_event_bytes: int) -> list[Batch]:
    """Return a batch of each event type, in order; the limit applies to types without their own."""
    batches: dict[str, Batch] = {}
    before: EventType | None = None
    for kind, write in checked:
        if kind is not before:
            before, batch = kind, batches.get(kind.name)
            if batch is None:
                limit = kind.max_event_bytes or max_event_bytes
                batch = batches[kind.name] = Batch(kind.name, kind.policy.bounds, [], kind.policy.decide, limit)
            put = batch.writes.append
        put(write)
    return list(batches.values())
