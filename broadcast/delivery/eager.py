"""Starting a coroutine at once, so that one that does not block costs no task.

A server's `send` nearly always puts its bytes into the socket and returns. A task for that costs three
times what the send costs; awaiting each in turn lets one stalled browser stall all. So the first step
is taken here and now, and only what is then not done becomes a task. Python 3.12's eager tasks do the
same, but make a task for each all the same, and 3.11 has none.
"""

from collections.abc import Awaitable, Coroutine, Generator
from typing import Any


def begin(work: Awaitable[None]) -> Awaitable[None] | None:
    """Run an awaitable up to where it blocks.

    Returns:
        None when it is done; else what must be awaited, in a task, for it to go on.

    Raises:
        Whatever it raises before it blocks.
    """
    coroutine = work if isinstance(work, Coroutine) else _awaiting(work)
    try:
        waits_for = coroutine.send(None)
    except StopIteration:
        return None
    return _Rest(coroutine, waits_for)


async def _awaiting(work: Awaitable[None]) -> None:
    await work


class _Rest(Awaitable[None]):
    """The rest of a coroutine that already waits for something."""

    def __init__(self, work: Coroutine[Any, Any, None], waits_for: Any) -> None:
        self._work, self._waits_for = work, waits_for

    def __await__(self) -> Generator[Any, Any, None]:
        waits_for = self._waits_for
        while True:
            try:
                # A future that is handed on to a task is one that the task waits for.
                sent = yield waits_for
            except BaseException as exc:  # what the task was told goes to where the coroutine waits
                step, value = self._work.throw, exc
            else:
                step, value = self._work.send, sent  # type: ignore[assignment]
            try:
                waits_for = step(value)
            except StopIteration:
                return
