"""The demo's I/O: reads the data set, paces the rows, publishes the events, reports progress.

The rows are River's phishing data set (1,250 web sites, 9 features, included in the package).
Source: https://riverml.xyz/latest/api/datasets/Phishing/
"""

import asyncio
import itertools
from collections.abc import Callable

from river import datasets
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from producers_api.producers.demo_events import DemoBoard, Outgoing
from producers_api.producers.embedding import embedding_of
from producers_api.producers.episodes import hosts_of, order_of
from producers_api.producers.learning import Row
from stickyboard import Producer

WARM_UP_ROWS = 400
FIRST_EMBEDDED_ROWS = 100  # few, so that the first embedding comes soon
EMBED_EVERY_ROWS = 250
NEIGHBOURS = 5
PROGRESS_EVERY_ROWS = 100


def load_rows() -> list[Row]:
    return [Row(index, features, bool(label)) for index, (features, label) in enumerate(datasets.Phishing())]


class DemoRun:
    """Publishes pass after pass over the rows, until cancelled.

    The first `warm_up_rows` are published as fast as they are learned, so that the board is full soon.

    Args:
        rows_per_s: pace of the other rows.
        rows: None for the whole data set.
    """

    def __init__(
        self,
        producer: Producer,
        rows_per_s: float,
        report: Callable[[str], object] = print,
        rows: list[Row] | None = None,
        warm_up_rows: int = WARM_UP_ROWS,
    ) -> None:
        self._producer, self._report = producer, report
        self._rows = load_rows() if rows is None else rows
        self._pause_s, self._warm_up_rows = 1 / rows_per_s, warm_up_rows
        self._board = DemoBoard()
        self._embedding: asyncio.Task[None] | None = None

    async def run(self) -> None:
        with threadpool_limits(1):
            try:
                for run in itertools.count(1):
                    self._board.start_run(run)
                    await self._run_once(run)
            finally:
                if self._embedding is not None:
                    self._embedding.cancel()
                    await asyncio.gather(self._embedding, return_exceptions=True)

    async def _run_once(self, run: int) -> None:
        rows = [self._rows[index] for index in order_of(run, len(self._rows))]
        due = 0.0
        for count, (row, host_id) in enumerate(zip(rows, hosts_of(run, len(rows)), strict=True), start=1):
            is_warm_up = run == 1 and count <= self._warm_up_rows
            due = await self._wait(due, 0.0 if is_warm_up else self._pause_s)
            for outgoing in self._board.take(row, host_id):
                await outgoing.publish(self._producer)
            if count % PROGRESS_EVERY_ROWS == 0 or count == len(rows):
                best = self._board.best()
                score = f"best so far {best.name} {best.macro_f1():.2f}"
                self._report(f"run {run}: learned {count} of {len(rows)} rows, {score}")
            is_due = count in (FIRST_EMBEDDED_ROWS, self._warm_up_rows) if is_warm_up else count % EMBED_EVERY_ROWS == 0
            if is_due or count == len(rows):
                self._start_embedding(rows[:count])

    async def _wait(self, due: float, pause_s: float) -> float:
        # Sleep even for 0 s, so that the sender can run. After a late row, the pace stays the same.
        now = asyncio.get_running_loop().time()
        due = max(due + pause_s, now)
        await asyncio.sleep(due - now)
        return due

    def _start_embedding(self, rows: list[Row]) -> None:
        # One at a time: while the previous one is being computed, skip this one.
        if self._embedding is not None:
            if not self._embedding.done():
                return
            self._embedding.result()
        self._embedding = asyncio.create_task(self._embed(rows))

    async def _embed(self, rows: list[Row]) -> None:
        fields, _ = await asyncio.to_thread(embedding_of, rows, NEIGHBOURS)
        await Outgoing("embedding", fields, identity=()).publish(self._producer)
