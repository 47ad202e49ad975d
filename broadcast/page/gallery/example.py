"""An example of a widget: its declaration as Python to copy, and its events as the state that draws it."""

import ast
import functools
import inspect
import math
import textwrap
import typing
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from broadcast.events.event_type import EventType
from broadcast.page.widgets import Widget
from broadcast.types import put_last


@dataclass(frozen=True)
class Example:
    """A widget with some options.

    Args:
        event_type: has one widget as `show`, and as `title` what the example shows.
        events: in their order.
        step_s: the time between two events.
    """

    event_type: EventType
    events: Sequence[msgspec.Struct]
    step_s: float = 1.0

    @property
    def widget(self) -> Widget:
        return typing.cast(Widget, self.event_type.show)

    @property
    def name(self) -> str:
        """The name of its event type, which is also its address on the page."""
        return self.event_type.name

    def code(self) -> str:
        """Return the Struct and the event type as they are written in this package."""
        return f"{inspect.getsource(self.event_type.schema).rstrip()}\n\n\n{_calls()[self.name]}"

    def messages(self) -> list[dict[str, Any]]:
        """Return the events as a producer sends them."""
        return [{"type": self.name, **msgspec.to_builtins(event)} for event in self.events]

    def section(self, now_s: float) -> dict[str, Any]:
        """Return the section of an update with the state after all events, the last of them sent now."""
        policy, entries, values = self.event_type.policy, dict[str, list[Any]](), dict[str, Any]()
        for revision, event in enumerate(self.messages(), start=1):
            key = policy.key_of(event) or ("" if not policy.appends else str(revision))
            values[key] = policy.decide(values.get(key), event) if policy.decide else event
            at = now_s - self.step_s * (len(self.events) - revision)
            put_last(entries, key, [key, policy.lane_of(event), revision, at, values[key]])
        head = {"type": self.name, "epoch": "gallery", "from": 0, "to": len(self.events), "reset": True}
        return {**head, "entries": list(entries.values())}


@functools.cache
def _calls() -> dict[str, str]:
    """Return the text of each event type in this package, by its name."""
    found = {}
    for path in Path(__file__).parent.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "EventType":
                call = ast.get_source_segment(text, node, padded=True) or ""
                found[ast.literal_eval(node.args[0])] = textwrap.dedent(call)
    return found


def noise(number: int) -> float:
    """Return a number from -1 to 1 that looks random and is always the same."""
    return math.modf(math.sin(number * 12.9898) * 43758.5453)[0]
