"""`progress`: how much of a task is done, from Celery, `django.tasks`, threads and commands, on a board.

    with progress("import", total=len(rows)) as task:
        for number, row in enumerate(rows, 1):
            save(row)
            task.update(number)

The state is stored like any event, so it survives a reload of the page and a restart of the server. Updates are
published at once, also inside `atomic()`: a board that waits for the commit would show nothing until the end.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Annotated, Any, Final, Literal, Self

from django.core.exceptions import SynchronousOnlyOperation
from msgspec import Meta, Struct

from broadcast.errors import StoreError, UnknownEventType
from broadcast.events.event_type import EventType
from broadcast.events.policies import last_value
from broadcast.page.widgets import Progress as ProgressWidget
from broadcast.publishing.publish_functions import apublish, publish

log = logging.getLogger("broadcast.publishing.progress")

EVENT_TYPE: Final = "task_progress"
EVERY_S: Final = 0.5  # between two updates of a task; the first and the last one are always published
MAX_NOTE: Final = 300  # characters
MAX_TASKS: Final = 100
DAY_S: Final = 86_400.0
SILENT_S: Final = 60.0

State = Literal["running", "done", "failed"]


class TaskProgress(Struct):
    """How much of a task is done. `started` is in seconds since 1970, `remaining` in seconds."""

    id: Annotated[str, Meta(min_length=1, max_length=160)]
    task: str
    state: State
    done: float
    total: float | None
    started: float
    remaining: float | None
    note: str


TASK_PROGRESS: Final = EventType(
    EVENT_TYPE,
    TaskProgress,
    last_value("id", max_keys=MAX_TASKS, ttl_s=DAY_S),
    title="Tasks",
    show=ProgressWidget(
        label="task", value="done", max="total", remaining="remaining", state="state", note="note", silent_s=SILENT_S
    ),
    stale_after_s=None,
)


class progress:  # noqa: N801  # a context manager, named like a function
    """Publish how much of a task is done, until the block ends: as done, or as failed with the exception.

    While the store is unavailable, updates are dropped, and the task goes on.

    Args:
        task: the name on the board.
        total: the whole; None if it is unknown.
        id: what tells apart tasks of one name that run at the same time, such as a job's ID; the name by default.

    Raises:
        UnknownEventType: `TASK_PROGRESS` is not in the table of event types.
    """

    def __init__(
        self,
        task: str,
        total: float | None = None,
        id: str | None = None,  # noqa: A002  # the name of the field
        *,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self.task, self.total, self.id = task, total, id or task
        self.done: float = 0
        self.note = ""
        self._clock = clock
        self._began, self._started = clock(), wall_clock()
        self._published_at = float("-inf")
        self._is_failing = False
        self._lock = threading.RLock()

    def update(self, done: float | None = None, *, total: float | None = None, note: str | None = None) -> None:
        """Set how much is done in all; threads may share a task."""
        with self._lock:  # also while it is published, so that an older number never follows a newer one
            if event := self._due(done, total, note):
                self._publish(event)

    def advance(self, by: float = 1) -> None:
        """Add to what is done."""
        with self._lock:
            self.update(self.done + by)

    async def aupdate(self, done: float | None = None, *, total: float | None = None, note: str | None = None) -> None:
        """Set how much is done in all, from an event loop."""
        if event := self._due(done, total, note):
            await self._apublish(event)

    def __enter__(self) -> Self:
        self._publish(self._event("running"))
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._lock:
            self._publish(self._end(error))

    async def __aenter__(self) -> Self:
        await self._apublish(self._event("running"))
        return self

    async def __aexit__(self, kind: Any, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._apublish(self._end(error))

    def _due(self, done: float | None, total: float | None, note: str | None) -> dict[str, Any] | None:
        """Note what was done; return the event if it is time for the next one."""
        self.done = self.done if done is None else done
        self.total = self.total if total is None else total
        self.note = self.note if note is None else note
        return self._event("running") if self._clock() - self._published_at >= EVERY_S else None

    def _end(self, error: BaseException | None) -> dict[str, Any]:
        if error is None:
            return self._event("done")
        self.note = f"{type(error).__name__}: {error}".removesuffix(": ")
        return self._event("failed")

    def _event(self, state: State) -> dict[str, Any]:
        self._published_at = self._clock()
        return {
            "id": self.id,
            "task": self.task,
            "state": state,
            "done": self.done,
            "total": self.total,
            "started": self._started,
            "remaining": self._remaining_s() if state == "running" else None,
            # An exception's text and the name of a file may have characters that JSON does not.
            "note": str(self.note)[:MAX_NOTE].encode(errors="replace").decode(),
        }

    def _remaining_s(self) -> float | None:
        if not self.total or not 0 < self.done <= self.total:
            return None
        return (self._clock() - self._began) * (self.total - self.done) / self.done

    def _publish(self, event: dict[str, Any]) -> None:
        with self._without_store_errors():
            publish(EVENT_TYPE, event, on_commit=False)

    async def _apublish(self, event: dict[str, Any]) -> None:
        with self._without_store_errors():
            await apublish(EVENT_TYPE, event)

    @contextmanager
    def _without_store_errors(self) -> Iterator[None]:
        try:
            yield
        except StoreError as exc:
            if not self._is_failing:
                log.warning("the progress of %s is not published: %s", self.task, exc)
            self._is_failing = True
        except UnknownEventType as exc:
            exc.add_note("add broadcast.publishing.progress.TASK_PROGRESS to the table of event types")
            raise
        except SynchronousOnlyOperation:
            msg = "this would block the event loop; use: async with progress(…) as task, and await task.aupdate(…)"
            raise SynchronousOnlyOperation(msg) from None
        else:
            self._is_failing = False
