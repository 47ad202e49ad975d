"""Finds the runs in a TensorBoard folder, and turns their event files into numbered messages."""

import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from stickyboard.runs.events import encode
from stickyboard.runs.file_outbox import Message
from stickyboard.runs.values import MAX_NAMES, Media, in_parts, lane_of, media_lane, metric_event
from stickyboard.tensorboard.records import Damage, Record, read_records
from stickyboard.tensorboard.summaries import Decoder, Event, short

MARK: Final = "tfevents"
NUMBERS: Final = 1000  # for the messages of one record
MAX_EVENTS: Final = 100  # in one message
MAX_BLOCK_NAMES: Final = 2000

OnDamage = Callable[[Path, Damage], None]
"""Called with a file and what could not be read in it."""


class Folder(NamedTuple):
    """A folder with event files, which is one run."""

    run: str
    files: list[Path]


def find_runs(root: Path, name: str = "") -> list[Folder]:
    """Return the runs in a folder and below it, which are called as in TensorBoard: by their path in it.

    Args:
        name: of the run in the folder itself, and the first part of the others; "" for the folder's name, and no part.
    """
    found = []
    for folder, folders, files in os.walk(root):
        folders.sort()
        events = [path for file in sorted(files) if MARK in file and (path := Path(folder, file)).is_file()]
        if events:
            below = Path(folder).relative_to(root)
            parts = [name, *below.parts] if name else below.parts or [root.resolve().name or "tensorboard"]
            found.append(Folder(short("/".join(filter(None, parts))), events))
    return found


def producer_of(run: str, file: Path, salt: str = "") -> str:
    """Return the name under which a file's messages are numbered."""
    identity = sha256("\0".join((run, file.name, salt)).encode("utf-8", "surrogateescape"))
    return f"tensorboard-{identity.hexdigest()[:32]}"


class FileMessages:
    """The messages of one event file.

    Consecutive scalars of one step are one event, as in `run.log()`. A message has the number of the last record in it.

    Args:
        after: the number of the last record that the board has; only later ones are sent.
    """

    def __init__(self, path: Path, run: str, on_damage: OnDamage, after: int = 0) -> None:
        self._path, self._run, self._on_damage, self._after = path, run, on_damage, after
        self._scalars: dict[str, float] = {}  # of one step
        self._block: list[dict[str, Any]] = []
        self._names = 0  # in the block
        self._step, self._time, self._end = 0, 0.0, 0
        self.number = after
        """Of the last record that was read."""
        self.first_time, self.last_step = 0.0, -1
        self.events = 0
        """The number of events in the messages."""

    def read(self, file: BinaryIO) -> Iterator[Message]:
        decoder = Decoder()
        for record in read_records(file):
            if isinstance(record, Damage):
                self._on_damage(self._path, record)
                continue
            event = self._decode(decoder, record)
            if event.values:
                self.first_time, self.last_step = self.first_time or event.time, max(self.last_step, event.step)
                if record.number > self._after:
                    yield from self._add(event, record)
        yield from self._flush()

    def _decode(self, decoder: Decoder, record: Record) -> Event:
        try:
            event = decoder.decode(record.data)
        except ValueError as exc:
            event = Event(0, 0.0, [], [f"a record is not an event: {exc}"])
        for problem in event.problems:
            self._on_damage(self._path, Damage(record.offset, problem))
        return event

    def _add(self, event: Event, record: Record) -> Iterator[Message]:
        is_repeated = any(name in self._scalars for name, _ in event.values)
        if event.step != self._step or is_repeated or len(self._scalars) >= MAX_NAMES:
            self._close_step()
            if len(self._block) >= MAX_EVENTS or self._names >= MAX_BLOCK_NAMES:
                yield from self._flush()
        self._step, self._time, self.number, self._end = event.step, event.time, record.number, record.end
        self._scalars.update((name, value) for name, value in event.values if not isinstance(value, Media))
        media = [(name, value) for name, value in event.values if isinstance(value, Media)][: NUMBERS - 1]
        if media:
            yield from self._flush()
        for index, (name, item) in enumerate(media, 1):
            shared = {"type": item.type, "run": self._run, "name": name, "lane": media_lane(self._run, name)}
            timed = {**shared, "step": self._step, "time": self._time, **item.fields}
            yield self._message(index, [timed])

    def _close_step(self) -> None:
        for part in in_parts(self._scalars):
            event = metric_event(self._run, lane_of(self._run, tuple(part)), self._step, part)
            self._block.append({**event, "time": self._time})
        self._names += len(self._scalars)
        self._scalars = {}

    def _flush(self) -> Iterator[Message]:
        self._close_step()
        if self._block:
            yield self._message(0, self._block)
        self._block, self._names = [], 0

    def _message(self, index: int, events: list[dict[str, Any]]) -> Message:
        """Return a message of the last record, with a number that is the same whenever the file is read again."""
        self.events += len(events)
        return Message(self.number * NUMBERS + index, encode(events), self._end)
