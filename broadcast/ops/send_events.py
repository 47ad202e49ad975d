"""Validates and applies events directly to the store, for `manage.py send_event`."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from broadcast.errors import EventRefused, PolicyFailed
from broadcast.events.event_type import EventType
from broadcast.events.validation import Validator
from broadcast.stores.base import StickyCache
from broadcast.types import Batch, Write

MAX_EVENTS_AT_ONCE = 1000


@dataclass(slots=True)
class Outcome:
    """The number of accepted events, and the error of each refused one by its index."""

    accepted: int = 0
    refused: list[tuple[int, EventRefused]] = field(default_factory=list)


def send(store: StickyCache, validator: Validator, lines: Iterable[bytes], *, is_dry: bool = False) -> Outcome:
    """Validate all events and apply the valid ones in order, up to a thousand per transaction.

    Raises:
        StoreError: the rest was not applied.
    """
    outcome, checked = Outcome(), list[tuple[EventType, Write]]()
    for index, line in enumerate(lines):
        try:
            kind, write = validator.check(line)
        except EventRefused as error:
            outcome.refused.append((index, error))
            continue
        outcome.accepted += 1
        write.index = index
        checked.append((kind, write))
        if len(checked) >= MAX_EVENTS_AT_ONCE and not is_dry:
            _apply(store, validator, checked, outcome)
            checked = []
    if checked and not is_dry:
        _apply(store, validator, checked, outcome)
    outcome.refused.sort(key=lambda pair: pair[0])
    return outcome


def _apply(store: StickyCache, validator: Validator, checked: list[tuple[EventType, Write]], outcome: Outcome) -> None:
    batches: dict[str, Batch] = {}
    for kind, write in checked:
        empty = Batch(kind.name, kind.policy.bounds, [], kind.policy.decide, validator.limit_of(kind))
        batches.setdefault(kind.name, empty).writes.append(write)
    store.apply(list(batches.values()))
    failed = [(write.index, PolicyFailed(write.failure)) for _, write in checked if write.failure is not None]
    outcome.refused += failed
    outcome.accepted -= len(failed)
    store.changed_elsewhere()
