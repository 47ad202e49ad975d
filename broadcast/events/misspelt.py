"""Hints about misspelt optional fields, which are stored like any additional field and therefore never an error."""

import difflib
import json
import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from broadcast.events.event_type import EventType

log = logging.getLogger("broadcast.events")

SIMILARITY: Final = 0.8  # of two names; "val_loss" beside "loss" (0.67) is another field
MAX_CHARACTERS: Final = 80  # of a name
MAX_NAMES: Final = 100  # per event type, because a producer may be hostile
MAX_COMPARISONS: Final = 500  # per event type, of a name with one optional field; each takes up to 0.15 ms
MAX_LINES: Final = 300


class MisspeltFields:
    """Logs each additional field that is similar to an absent optional one, once per event type and name."""

    def __init__(self) -> None:
        self._lines = 0
        # By name and schema of an event type: its fields and the names that were compared; and how many comparisons.
        self._known: dict[tuple[str, type], set[str]] = {}
        self._compared: Counter[tuple[str, type]] = Counter()

    def look(self, event_type: EventType, event: Mapping[str, Any]) -> None:
        """Compare the names of additional fields that no event of this type had before."""
        key = (event_type.name, event_type.schema)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = {"type", *event_type.fields}
        if known.issuperset(event) or len(known) > len(event_type.fields) + MAX_NAMES:
            return
        absent = [name for name in event_type.optional if name not in event]
        additional = [name for name in event if name not in known and len(name) <= MAX_CHARACTERS]
        for name in additional[:MAX_NAMES]:
            known.add(name)
            self._compared[key] += len(absent)
            is_over = self._lines >= MAX_LINES or self._compared[key] > MAX_COMPARISONS
            if not is_over and (near := _similar(name, absent)):
                self._lines += 1
                message = 'event type %s has no field %s, which is stored as it was sent; did you mean "%s"?'
                log.warning(message, event_type.name, json.dumps(name), near)  # escaped, as a producer chose it


def _similar(name: str, known: Iterable[str]) -> str:
    return next(iter(difflib.get_close_matches(name, known, n=1, cutoff=SIMILARITY)), "")


shared: Final = MisspeltFields()
"""That of this process, whose publishing functions create a validator for each call."""
