"""Notes when an event passes each stage of the server, for the row `stages`. Only where BENCHMARK_STAGES is set.

The stages are noted by wrapping functions from outside, so a server that is not measured pays nothing for it. At the
row's rate, only one event at a time is on its way.
"""

import asyncio
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from benchmarks.clock import now_us

VARIABLE = "BENCHMARK_STAGES"
NUMBERS = re.compile(rb'"n":(\d+),"t":(\d+)')


class Stages:
    """The stages of the event that is on its way; complete ones are written to a file as JSON lines."""

    def __init__(self, file: IO[str], clock: Callable[[], int] = now_us) -> None:
        self._file, self._clock = file, clock
        self._noted: dict[str, int] = {}

    def begin(self, body: bytes) -> None:
        found = NUMBERS.search(body)
        self._noted = {"published": int(found[2]), "read": self._clock()} if found else {}

    def note(self, name: str) -> None:
        """Note the first time of a stage."""
        if self._noted:
            self._noted.setdefault(name, self._clock())

    def note_last(self, name: str) -> None:
        """Note the latest time of a stage."""
        if self._noted:
            self._noted[name] = self._clock()

    def end(self) -> None:
        self.note("acknowledged")
        if self._noted:
            self._file.write(json.dumps(self._noted) + "\n")
        self._noted = {}


def install() -> None:
    """Wrap the functions at which stages begin or end."""
    from broadcast.delivery.fanout import Fanout
    from broadcast.delivery.publisher import Publisher
    from broadcast.stores.sqlite import engine
    from producers_api.consumers import ProduceConsumer

    stages = Stages(Path(os.environ[VARIABLE]).open("w", buffering=1))  # noqa: SIM115  # until the process ends

    def before(act: Callable[..., None]) -> Callable[[Any], Any]:
        def make(original: Any) -> Any:
            def wrapped(*args: Any, **options: Any) -> Any:
                act(*args)
                return original(*args, **options)

            return wrapped

        return make

    def committing(original: Any) -> Any:
        def wrapped(db: Any, mode: str, work: Callable[[Any], Any]) -> Any:
            if mode != engine.WRITE:
                return original(db, mode, work)

            def applying(db: Any) -> Any:
                stages.note("begun")
                result = work(db)
                stages.note("applied")
                return result

            result = original(db, mode, applying)
            stages.note("committed")
            return result

        return wrapped

    def writing(original: Any) -> Any:
        def wrapped(*args: Any, **options: Any) -> Any:
            stages.note("writer")
            committed = original(*args, **options)
            stages.note("checked")
            return committed

        return wrapped

    def delivering(original: Any) -> Any:
        def wrapped(fanout: Any) -> None:
            stages.note("first_send")
            original(fanout)
            stages.note("last_send")
            asyncio.get_running_loop().call_soon(stages.note, "flushed")

        return wrapped

    def answering(original: Any) -> Any:
        async def wrapped(*args: Any) -> Any:
            texts = await original(*args)
            stages.end()
            return texts

        return wrapped

    _wrap(ProduceConsumer, "_take", before(lambda _, body: stages.begin(body)))
    _wrap(Publisher, "_flush", before(lambda _: stages.note("flush")))
    _wrap(engine.Engine, "_write", writing)
    _wrap(engine, "transact", committing)
    _wrap(Publisher, "_deliver_here", before(lambda *_: stages.note("returned")))
    _wrap(Fanout, "_deliver", delivering)
    _wrap(ProduceConsumer, "_texts", answering)


def _wrap(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    setattr(owner, name, make(getattr(owner, name)))
