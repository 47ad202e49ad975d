"""What all widgets share: the kinds of their options, their JSON for the page, and their checks."""

import dataclasses
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeGuard

import msgspec

from broadcast.errors import did_you_mean, snake_case
from broadcast.events.event_type import EventType
from broadcast.page.widgets.fields import KINDS, NUMBER, kinds_of, paths_of, type_at

# A subset of d3-format, which Vega-Lite uses, and two of our own.
FORMAT = re.compile(r",?(\.\d{1,2})?[fsed%]?|bytes|duration")
TIME, STEP = "@time", "@step"  # for `x`: the server's time, and the number of the event in its series
PLAIN_TYPES: dict[Any, type] = {str: str, str | None: str, bool: bool}
PLAIN_NAMES: dict[Any, str] = {str: "text", str | None: "text", bool: "True or False"}
Range = tuple[float, float]
Fields = str | Sequence[str]


def named(*kinds: str, default: Any = dataclasses.MISSING, special: Sequence[str] = ()) -> Any:
    """Declare an option that names one or more fields of the Struct.

    Args:
        kinds: what the field may contain, of `fields.KINDS`; any one of them is enough.
        special: values that do not name a field.
    """
    return dataclasses.field(default=default, metadata={"kinds": kinds, "special": special})


def choice(*values: Any) -> Any:
    """Declare an option with a few values; the first is the default."""
    return dataclasses.field(default=values[0], metadata={"choices": values})


def bounded(default: Any, low: float, high: float = math.inf) -> Any:
    """Declare an option that is a number within bounds, or None if that is the default."""
    return dataclasses.field(default=default, metadata={"bounds": (low, high)})


def limits() -> Any:
    """Declare an option that is a range `(from, to)`; None takes it from the data."""
    return dataclasses.field(default=None, metadata={"is_range": True})


def text_format() -> Any:
    """Declare an option with a number format: d3-format's (`.3f`, `,d`, `.1%`, `.2s`), `bytes` or `duration`."""
    return dataclasses.field(default=None, metadata={"is_format": True})


def number_or_field(default: Any = dataclasses.MISSING) -> Any:
    """Declare an option that is a number, or names a field with one."""
    return dataclasses.field(default=default, metadata={"is_number_or_field": True})


def thresholds() -> Any:
    """Declare an option with the `Threshold`s of the values."""
    return dataclasses.field(default=(), metadata={"is_thresholds": True})


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """A value beyond which a scene is marked.

    Args:
        at: the value; the threshold itself is beyond it.
        word: what the mark says, such as "hot".
        level: `warn` or `alert`; only an alert marks the tab and notifies.
        side: whether the values `above` or `below` are beyond it.
    """

    at: float
    word: str
    level: Literal["warn", "alert"] = "alert"
    side: Literal["above", "below"] = "above"

    def problems(self) -> Iterator[str]:
        if not _is_number(self.at):
            yield f"at={self.at!r}: expected a finite number"
        if not isinstance(self.word, str) or not self.word:
            yield f'word={self.word!r}: expected a word such as "hot"'
        for option, choices in (("level", ("warn", "alert")), ("side", ("above", "below"))):
            if (value := getattr(self, option)) not in choices:
                yield f"{option}={value!r}: expected one of {', '.join(map(repr, choices))}"


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
        yield from (f"({problem}" for problem in problems_of_options(self, event_type))
        try:
            msgspec.json.encode(self.options())
        except (TypeError, ValueError) as exc:
            yield f" cannot be sent to the page as JSON: {exc}"


def problems_of_options(declared: Any, event_type: EventType) -> Iterator[str]:
    """Yield what is wrong with each option of a widget or a column, as `name=value): problem`."""
    for option in dataclasses.fields(declared):
        value = getattr(declared, option.name)
        for problem in option_problems({"type": option.type, **option.metadata}, value, event_type):
            yield f"{option.name}={value!r}): {problem}"


def option_problems(facts: Mapping[str, Any], value: Any, event_type: EventType) -> Iterator[str]:
    """Yield what is wrong with the value of one option."""
    if value is None:
        return
    if "kinds" in facts:
        for path in value if isinstance(value, list | tuple) else [value]:
            if path not in facts["special"]:
                yield from _field_problems(path, facts["kinds"], event_type)
    elif PLAIN_TYPES.get(facts.get("type"), type(value)) is not type(value):
        yield f"expected {PLAIN_NAMES[facts['type']]}"
    if "choices" in facts and value not in facts["choices"]:
        yield f"expected one of {', '.join(map(repr, facts['choices']))}"
    if "bounds" in facts:
        low, high = facts["bounds"]
        if not _is_number(value) or not low <= value <= high:
            yield (
                f"expected a number from {low} to {high}" if high < math.inf else f"expected a number of at least {low}"
            )
    if "is_range" in facts and not is_range(value):
        yield "expected (from, to), two finite numbers in ascending order"
    if "is_format" in facts and not (isinstance(value, str) and FORMAT.fullmatch(value)):
        yield 'expected a number format such as ".3f", ",d", ".1%", "bytes" or "duration"'
    if "is_number_or_field" in facts and not _is_number(value):
        yield from _field_problems(value, (NUMBER,), event_type)
    if "is_thresholds" in facts:
        yield from _threshold_problems(value)


def _threshold_problems(value: Any) -> Iterator[str]:
    if not isinstance(value, list | tuple) or not all(isinstance(each, Threshold) for each in value):
        yield 'expected a list such as [Threshold(at=90, word="hot")]'
        return
    for each in value:
        yield from each.problems()


def _field_problems(path: Any, kinds: Sequence[str], event_type: EventType) -> Iterator[str]:
    schema = event_type.schema
    hint = type_at(schema, path) if isinstance(path, str) else None
    if hint is None:
        known = list(paths_of(schema))
        suggestion = did_you_mean(str(path), known)
        yield f"{schema.__name__} has no field {path!r}; its fields are {', '.join(known)}{suggestion}"
    elif not kinds_of(hint) & set(kinds):
        yield f"the field has the wrong type; expected {' or '.join(KINDS[kind] for kind in kinds)}"


def is_range(value: Any) -> TypeGuard[Range]:
    if not isinstance(value, tuple | list) or len(value) != 2:
        return False
    return all(map(_is_number, value)) and value[0] < value[1]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
