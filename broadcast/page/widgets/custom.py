"""The widget of a module of your own."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from broadcast.events.event_type import EventType
from broadcast.page.widgets.base import Widget

MODULE = re.compile(r"[\w.-]+(/[\w.-]+)*\.js")


@dataclass(frozen=True, kw_only=True)
class Custom(Widget):
    """Your own module, for what no widget draws.

    Args:
        module: its path below the static files of an app, such as `shop/map.js`.
        settings: JSON, passed to the module as `options`.
    """

    module: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    def conflicts(self, event_type: EventType) -> Iterator[str]:
        if isinstance(self.module, str) and (not MODULE.fullmatch(self.module) or ".." in self.module):
            yield f'(module={self.module!r}): expected a path such as "shop/map.js"'
