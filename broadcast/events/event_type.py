"""An event type: a name, its required fields, its policy and its scene; one line in one table."""

import re
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

import msgspec

from broadcast.events.policies import Policy

NAME = re.compile(r"[a-z][a-z0-9_]*")  # a leading underscore is the store's own


@dataclass(frozen=True)
class EventType:
    """One kind of event.

    Args:
        name: what events bear as `type`; lower-case letters, digits and underscores.
        schema: a msgspec Struct with the required fields; fields it does not name are kept.
        policy: what is kept.
        scene: the module that shows it (`static/stickyboard/page/scenes/<scene>.js`).
        title: what people read.
        max_event_bytes: this type's own limit; None for BROADCAST["MAX_EVENT_BYTES"].
        stale_after_s: how old the newest value may be before the page says that it is stale; three times
            the 30 s in which producers repeat what has not changed. None: old values are as good as new ones.
        example: the fields of an event to copy, shown to who sends; None for one made of the schema.
    """

    name: str
    schema: type[msgspec.Struct]
    policy: Policy
    scene: str
    title: str
    max_event_bytes: int | None = None
    stale_after_s: float | None = 90.0
    example: Mapping[str, Any] | None = None

    @cached_property
    def fields(self) -> dict[str, msgspec.structs.FieldInfo]:
        """The schema's fields by the name they have on the wire."""
        return {info.encode_name: info for info in msgspec.structs.fields(self.schema)}

    def problems(self) -> Iterator[str]:
        """Yield a sentence for each thing that would go wrong at the first event."""
        if not isinstance(self.name, str) or not NAME.fullmatch(self.name):
            yield f'"{self.name}" is no name; use lower-case letters, digits and underscores, a letter first'
        for what in ("max_event_bytes", "stale_after_s"):
            number = getattr(self, what)
            if number is not None and not (isinstance(number, int | float) and number > 0):
                yield f"{self.name}: {what} is {number!r}; expected a number above 0, or None"
        kind_problems = list(self._kind_problems())
        yield from kind_problems or self._part_problems()

    def _kind_problems(self) -> Iterator[str]:
        schema, policy = typing.cast(Any, self.schema), typing.cast(Any, self.policy)  # a table need not be typed
        if not isinstance(schema, type) or not issubclass(schema, msgspec.Struct):
            yield f"{self.name}: its schema is {schema!r}; expected a class that is a msgspec Struct"
        if not isinstance(policy, Policy):
            yield f'{self.name}: its policy is {policy!r}; expected one such as last_value("model") or ring(60)'

    def _part_problems(self) -> Iterator[str]:
        yield from self._example_problems()
        yield from self._bound_problems()
        for name in self.policy.needed_fields:
            info = self.fields.get(name)
            if info is None:
                yield f'{self.name}: its policy needs "{name}", which {self.schema.__name__} does not have'
            elif not info.required:
                yield f'{self.name}: "{name}" must be required (no default), as the policy needs it'
        for name in (*self.policy.key, *((self.policy.lane,) if self.policy.lane else ())):
            if name in self.fields and not _is_key_type(self.fields[name].type):
                yield f'{self.name}: "{name}" is part of the key and must be str or int'

    def _example_problems(self) -> Iterator[str]:
        if self.example is not None:
            try:
                msgspec.convert(self.example, self.schema)
            except msgspec.ValidationError as exc:
                yield f"{self.name}: its example would be refused: {exc}"

    def _bound_problems(self) -> Iterator[str]:
        bounds = self.policy.bounds
        for what in ("max_keys", "per_lane", "max_lanes", "ttl_s"):
            bound = getattr(bounds, what)
            if bound is None:
                continue
            if not isinstance(bound, int | float) or (what != "ttl_s" and not isinstance(bound, int)):
                yield f"{self.name}: {what} is {bound!r}; expected a whole number"
            elif bound <= 0:
                yield f"{self.name}: {what} is {bound}; at least one entry must be kept"


def _is_key_type(hint: Any) -> bool:
    if typing.get_origin(hint) is Annotated:
        return _is_key_type(typing.get_args(hint)[0])
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return False  # 1 and "1" would make one key
    return hint in (str, int)
