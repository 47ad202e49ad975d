"""What all widgets share: the kinds of their options, their JSON for the page, and their checks."""

import dataclasses
import math
import re
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, TypeGuard

import msgspec

from broadcast.errors import did_you_mean, snake_case
from broadcast.events.event_type import EventType
from broadcast.page.widgets.fields import ANY, KINDS, NAME, NUMBER, kinds_at, paths_of

# A subset of d3-format, which Vega-Lite uses, and two of our own.
FORMAT = re.compile(r",?(\.\d{1,2})?[fsed%]?|bytes|duration")
TIME, STEP = "@time", "@step"  # for `x`: the server's time, and the number of the event in its series
Check = Callable[[Any, EventType], Iterable[str]]
"""Returns what is wrong with the value of an option. Part of the option's type, with `Annotated`."""


def is_range(value: Any) -> TypeGuard[tuple[float, float]]:
    if not isinstance(value, tuple | list) or len(value) != 2:
        return False
    return all(map(_is_number, value)) and value[0] < value[1]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def valid(is_valid: Callable[[Any], Any], expected: str) -> Check:
    """Return a check of an option whose values a function recognises."""
    return lambda value, _: () if is_valid(value) else (f"expected {expected}",)


def between(low: float, high: float = math.inf) -> Check:
    """Return a check of an option that is a number."""
    expected = f"a number from {low} to {high}" if high < math.inf else f"a number of at least {low}"
    return valid(lambda value: _is_number(value) and low <= value <= high, expected)


def named(*kinds: str, special: Sequence[str] = ()) -> Check:
    """Return a check of an option that names one or more fields of the Struct.

    Args:
        kinds: what the field may contain, of `fields.KINDS`; any one of them is enough.
        special: values that do not name a field.
    """

    def check(value: Any, event_type: EventType) -> Iterator[str]:
        for path in value if isinstance(value, list | tuple) else [value]:
            if path not in special:
                yield from field_problems(path, kinds, event_type)

    return check


def field_problems(path: Any, kinds: Sequence[str], event_type: EventType) -> Iterator[str]:
    schema = event_type.schema
    found = kinds_at(schema, path)
    if not found:
        known = list(paths_of(schema))
        suggestion = did_you_mean(str(path), known)
        yield f"{schema.__name__} has no field {path!r}; its fields are {', '.join(known)}{suggestion}"
    elif not found & set(kinds):
        yield f"the field has the wrong type; expected {' or '.join(KINDS[kind] for kind in kinds)}"


def _check_number_or_field(value: Any, event_type: EventType) -> Iterable[str]:
    return () if _is_number(value) else field_problems(value, (NUMBER,), event_type)


def _check_thresholds(value: Any, event_type: EventType) -> Iterator[str]:
    if not isinstance(value, list | tuple) or not all(isinstance(each, Threshold) for each in value):
        yield 'expected a list such as [Threshold(at=90, word="hot")]'
        return
    for each in value:
        yield from (f"{option}: {problem}" for option, problem in wrong_options(each, event_type))


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """A value beyond which a scene is marked.

    Args:
        at: the value; the threshold itself is beyond it.
        word: what the mark says, such as "hot".
        level: `warn` or `alert`; only an alert marks the tab and notifies.
        side: whether the values `above` or `below` are beyond it.
    """

    at: Annotated[float, valid(_is_number, "a finite number")]
    word: Annotated[str, valid(lambda value: isinstance(value, str) and value, 'a word such as "hot"')]
    level: Literal["warn", "alert"] = "alert"
    side: Literal["above", "below"] = "above"


NameField = Annotated[str, named(NAME)]
NumberField = Annotated[str, named(NUMBER)]
AnyFields = Annotated[str | Sequence[str], named(ANY)]
NumberOrField = Annotated[float | str, _check_number_or_field]
Thresholds = Annotated[Sequence[Threshold], _check_thresholds]
Range = Annotated[tuple[float, float], valid(is_range, "(from, to), two finite numbers in ascending order")]
Format = Annotated[
    str,
    valid(
        lambda value: isinstance(value, str) and FORMAT.fullmatch(value),
        'a number format such as ".3f", ",d", ".1%", "bytes" or "duration"',
    ),
]
PLAIN: dict[Any, Check] = {
    str: valid(lambda value: isinstance(value, str), "text"),
    bool: valid(lambda value: isinstance(value, bool), "True or False"),
}


def wrong_options(declared: Any, event_type: EventType) -> Iterator[tuple[str, str]]:
    """Yield each wrong option of a widget, a column or a threshold, as `name=value`, and what is wrong with it."""
    for option in dataclasses.fields(declared):
        value = getattr(declared, option.name)
        if value is not None or option.default is not None:
            for problem in check_of(option.type)(value, event_type):
                yield f"{option.name}={value!r}", problem


def check_of(hint: Any) -> Check:
    """Return the check of an option's type."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType) and types.NoneType in args:
        return check_of(args[0])
    if origin is Literal:
        return valid(args.__contains__, f"one of {', '.join(map(repr, args))}")
    if origin is Annotated:
        return next((check for check in hint.__metadata__ if callable(check)), None) or check_of(args[0])
    return PLAIN.get(hint, lambda *_: ())


@dataclass(frozen=True, kw_only=True)
class Widget:
    """A chart or a table, configured by field names.

    Args:
        title: the heading of its scene; None for the event type's title.
    """

    title: str | None = None

    kind: ClassVar[str]
    """The widget's name on the page, which is the class's in lower case: its module is `widgets/<kind>.js`."""
    policies: ClassVar[tuple[str, ...]] = ()
    """The policies whose state it can draw; empty for all."""
    key_options: ClassVar[tuple[str, ...]] = ()
    """The options whose fields have to be part of the key, because two events with equal ones replace one another."""

    def __init_subclass__(cls) -> None:
        cls.kind = snake_case(cls.__name__)

    def options(self) -> dict[str, Any]:
        """Return the options as JSON for the page. Those that are None are left out."""
        options = {name: value for name, value in dataclasses.asdict(self).items() if value is not None}
        options.pop("title", None)
        return options

    def problems(self, event_type: EventType) -> Iterator[str]:
        """Yield a message for each option that cannot work: event type, widget, option, and what would be valid."""
        for found in (self._problems(event_type), self.conflicts(event_type)):
            yield from (f"{event_type.name}: {type(self).__name__}{problem}" for problem in found)

    def conflicts(self, event_type: EventType) -> Iterator[str]:
        """Yield what is wrong with several options together, or with an event type; the widget's name precedes it."""
        yield from ()

    def _problems(self, event_type: EventType) -> Iterator[str]:
        policy = event_type.policy
        if self.policies and policy.name not in self.policies:
            yield f" cannot draw the policy {policy.name}; it draws {', '.join(self.policies)}"
        for option in self.key_options:
            field = getattr(self, option)
            if field is not None and not policy.appends and field not in policy.key:
                stored = f"one event per {' and '.join(policy.key)}" if policy.key else "one event"
                yield f"({option}={field!r}): the policy {policy.name} stores {stored}; expected it in the key"
        yield from (f"({option}): {problem}" for option, problem in wrong_options(self, event_type))
        try:
            msgspec.json.encode(self.options())
        except (TypeError, ValueError) as exc:
            yield f" cannot be sent to the page as JSON: {exc}"
