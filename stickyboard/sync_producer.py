"""The producer for code without `async`."""

import asyncio
import threading
from collections.abc import Coroutine, Mapping
from typing import Any, Self, TypeVar

from stickyboard import at_exit
from stickyboard.errors import ProducerClosed
from stickyboard.producer import Producer
from stickyboard.publishing import Publishing, caller
from stickyboard.receipts import Counts, Receipt

T = TypeVar("T")


class SyncProducer(Publishing[Receipt]):
    """A `Producer` on a thread of its own, for scripts and notebooks without `async`.

        with SyncProducer("http://localhost:8000", token) as producer:
            producer.publish("model_metric", model="gbt", macro_f1=0.91)

    Accepts the arguments of `Producer`. In a notebook, call `open()` in one cell and `close()` in another instead of
    using a `with` block. Any thread may call it except the producer's own, which calls `on_error`. If the program
    ends without `close()`, it waits at most `drain_s` for the last acknowledgements, and reports on standard error how
    many events were not sent.
    """

    def __init__(
        self, url: str | None = None, token: str | None = None, name: str | None = None, **options: Any
    ) -> None:
        self._producer = Producer(url, token, name, **options)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(self, *error: Any) -> None:
        if self._loop is None or self._is_in_forked_child():
            return
        try:
            self._call(self._producer.__aexit__(*error))
        finally:
            self._stop()

    def open(self) -> Self:
        """Start the thread and connect in the background."""
        if self._loop is not None and not self._is_in_forked_child():
            raise RuntimeError(f"the producer {self._producer.name} is already open; create another one")
        self._loop = at_exit.ProducerLoop()
        # A daemon thread, so that a notebook or script that never closes it can still end.
        self._thread = threading.Thread(target=self._loop.run_forever, name=self._producer.name, daemon=True)
        self._thread.start()
        try:
            self._call(self._producer.__aenter__())
            at_exit.catch_signals(self._producer)  # here, because this may be the main thread
        except BaseException:
            self._stop()
            raise
        return self

    def close(self) -> None:
        """Wait at most `drain_s` for the last acknowledgements, then end the thread; raise as `Producer` does."""
        self.__exit__(None, None, None)

    @property
    def counts(self) -> Counts:
        """The number of events since it was opened, by outcome."""
        return self._producer.counts

    def put(self, event: Mapping[str, Any], *, origin: str | None = None, **options: Any) -> Receipt:
        # Determined here, because the caller is not on the stack of the producer's thread.
        return self._call(self._producer.put(event, origin=caller() if origin is None else origin, **options))

    def flush(self, timeout_s: float | None = None) -> None:
        """Wait as `Producer.flush` does."""
        self._call(self._producer.flush(timeout_s))

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        if self._loop is None or self._is_in_forked_child():
            work.close()
            self._producer.raise_failure()
            raise ProducerClosed
        if threading.current_thread() is self._thread:
            work.close()
            msg = "called from the producer's own thread, for example in on_error, where it would deadlock"
            raise RuntimeError(f"{msg}; call it from another thread, for example through a queue.Queue")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _is_in_forked_child(self) -> bool:
        # A forked child does not have the thread.
        return self._thread is not None and not self._thread.is_alive()

    def _stop(self) -> None:
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
            self._loop = self._thread = None
            at_exit.release_signals(self._producer)
