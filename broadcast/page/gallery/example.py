"""An example of a widget: its declaration as Python to copy, and its events as the state that draws it."""

import dataclasses
import functools
import inspect
import math
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from broadcast.events.event_type import EventType
from broadcast.events.policies import DEFAULT_MAX_KEYS, DEFAULT_MAX_LANES, Policy
from broadcast.page.widgets import Widget
from broadcast.types import put_last

Event = Mapping[str, Any]
MAX_LINE = 88


@dataclass(frozen=True)
class Example:
    """A widget with some options.

    Args:
        event_type: has one widget as `show`, and as `title` what the example shows.
        events: in their order, without `type`.
        step_s: the time between two events.
    """

    event_type: EventType
    events: Sequence[Event]
    step_s: float = 1.0

    @property
    def widget(self) -> Widget:
        """The widget that is shown."""
        return typing.cast(Widget, self.event_type.show)

    @property
    def name(self) -> str:
        """The name of its event type, which is also its address on the page."""
        return self.event_type.name

    def code(self) -> str:
        """Return the Struct and the event type as Python."""
        kind = self.event_type
        parts = [f'"{kind.name}"', kind.schema.__name__, policy_text(kind.policy), f"title={kind.title!r}"]
        parts.append(f"show={show_text(self.widget)}")
        body = "".join(f"    {part},\n" for part in parts)
        return f"{source_of(kind.schema)}\n\n\nEventType(\n{body})"

    def section(self, now_s: float) -> dict[str, Any]:
        """Return the section of an update with the state after all events, the last of them sent now."""
        policy, entries, values = self.event_type.policy, dict[str, list[Any]](), dict[str, Any]()
        for revision, fields in enumerate(self.events, start=1):
            event = {"type": self.name, **fields}
            key = policy.key_of(event) or ("" if not policy.appends else str(revision))
            values[key] = policy.decide(values.get(key), event) if policy.decide else event
            at = now_s - self.step_s * (len(self.events) - revision)
            put_last(entries, key, [key, policy.lane_of(event), revision, at, values[key]])
        head = {"type": self.name, "epoch": "gallery", "from": 0, "to": len(self.events), "reset": True}
        return {**head, "entries": list(entries.values())}


@functools.cache
def source_of(schema: type) -> str:
    """Return the text of a class; Python parses the whole file for each."""
    return inspect.getsource(schema).rstrip()


def policy_text(policy: Policy) -> str:
    """Return the call that makes a policy with default bounds."""
    words = [*(repr(name) for name in policy.reads), *(repr(name) for name in policy.key)]
    if policy.appends:
        words = [str(policy.bounds.per_lane), *([f"lane={policy.lane!r}"] if policy.lane else [])]
    bounds = policy.bounds
    if bounds.max_keys not in (None, 1, DEFAULT_MAX_KEYS) or bounds.max_lanes not in (None, 1, DEFAULT_MAX_LANES):
        msg = f"{policy.name}: an example has default bounds"
        raise ValueError(msg)
    return _quoted(f"{policy.name}({', '.join(words)})")


def show_text(widget: Widget) -> str:
    """Return a widget as an argument; a long one has a line per option."""
    text = text_of(widget)
    if len(text) <= MAX_LINE:
        return text
    lines = "".join(f"        {option},\n" for option in _options(widget))
    return f"{type(widget).__name__}(\n{lines}    )"


def text_of(value: Any) -> str:
    """Return a widget, or a value of one of its options, as Python."""
    if dataclasses.is_dataclass(value):
        options = ", ".join(_options(value))
        return f"{type(value).__name__}({options})"
    if isinstance(value, list | tuple):
        inner = ", ".join(map(text_of, value))
        return f"[{inner}]" if isinstance(value, list) else f"({inner},)" if len(value) == 1 else f"({inner})"
    return _quoted(repr(value))


def _options(value: Any) -> Iterator[str]:
    for option in dataclasses.fields(value):
        given = getattr(value, option.name)
        default = option.default_factory() if callable(option.default_factory) else option.default
        if given != default:
            yield f"{option.name}={text_of(given)}"


def _quoted(text: str) -> str:
    return text if '"' in text else text.replace("'", '"')


def accepts(example: Example, event: Event) -> msgspec.Struct:
    """Return an event as its Struct.

    Raises:
        msgspec.ValidationError: a field is missing or wrong.
    """
    return msgspec.convert(dict(event), example.event_type.schema)


def noise(number: int) -> float:
    """Return a number from -1 to 1 that looks random and is always the same."""
    return math.modf(math.sin(number * 12.9898) * 43758.5453)[0]
