"""An example of a widget: its declaration as Python to copy, and its events as the state that draws it."""

import ast
import inspect
import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import msgspec

from broadcast.events.event_type import EventType
from broadcast.events.policies import Policy
from broadcast.page.widgets import Widget
from broadcast.types import put_last


@dataclass(frozen=True)
class Example:
    """A widget with some options.

    Args:
        name: of its event type, and its address on the page.
        title: what the example shows.
        events: in their order.
        step_s: the time between two events.
    """

    name: str
    policy: Policy
    title: str
    widget: Widget
    events: Sequence[msgspec.Struct]
    step_s: float = 1.0

    @cached_property
    def event_type(self) -> EventType:
        schema = type(self.events[0])
        return EventType(self.name, schema, self.policy, title=self.title, show=self.widget, stale_after_s=None)

    def code(self) -> str:
        """Return the Struct as it is written in this package, and the event type."""
        schema, (policy, title, widget) = self.event_type.schema, _texts()[self.name]
        call = [f'"{self.name}"', schema.__name__, policy, f"title={title}", f"show={widget}"]
        arguments = textwrap.indent("".join(f"{each},\n" for each in call), "    ")
        return f"{inspect.getsource(schema).rstrip()}\n\n\nEventType(\n{arguments})"

    def messages(self) -> list[dict[str, Any]]:
        """Return the events as a producer sends them."""
        return [{"type": self.name, **msgspec.to_builtins(event)} for event in self.events]

    def section(self, now_s: float) -> dict[str, Any]:
        """Return the section of an update with the state after all events, the last of them sent now."""
        policy, entries, values = self.policy, dict[str, list[Any]](), dict[str, Any]()
        for revision, event in enumerate(self.messages(), start=1):
            key = policy.key_of(event) or ("" if not policy.appends else str(revision))
            values[key] = policy.decide(values.get(key), event) if policy.decide else event
            at = now_s - self.step_s * (len(self.events) - revision)
            put_last(entries, key, [key, policy.lane_of(event), revision, at, values[key]])
        head = {"type": self.name, "epoch": "gallery", "from": 0, "to": len(self.events), "reset": True}
        return {**head, "entries": list(entries.values())}


@cache
def _texts() -> dict[str, list[str]]:
    """Return the policy, the title and the widget of each example in this package as they are written, by its name."""
    found = {}
    for path in Path(__file__).parent.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Example":
                written = [ast.get_source_segment(text, each, padded=True) or "" for each in node.args[1:4]]
                found[ast.literal_eval(node.args[0])] = [textwrap.dedent(each) for each in written]
    return found


def noise(number: int) -> float:
    """Return a number from -1 to 1 that looks random and is always the same."""
    return math.modf(math.sin(number * 12.9898) * 43758.5453)[0]
