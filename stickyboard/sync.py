"""The producer for code without `async`."""

import asyncio
import threading
from collections.abc import Coroutine, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

from stickyboard import at_exit
from stickyboard.errors import ProducerClosed
from stickyboard.outbox import Counts, Receipt
from stickyboard.producer import Producer
from stickyboard.publishing import Publishing, caller

T = TypeVar("T")


class SyncProducer(Publishing[Receipt]):
    """The same for scripts and notebooks without `async`: a `Producer` on a thread of its own.

        with SyncProducer("http://localhost:8000", token) as producer:
            producer.publish("model_metric", model="gbt", macro_f1=0.91)

    Takes what `Producer` takes. In a notebook, `open()` in one cell and `close()` in another do
    what the `with` block does. Any thread may call it but the producer's own, on which
    `on_error` is called. A program that ends without either waits at most `drain_s` for the last
    acknowledgements, and reports on standard error what was not sent.
    """

    def __init__(self, url: str, token: str, name: str | None = None, **options: Any) -> None:
        self._producer = Producer(url, token, name, **options)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._leave(exc_type, exc, traceback)

    def open(self) -> Self:
        """Start the thread and begin to connect."""
        if self._loop is not None and not self._is_foreign():
            msg = f"the producer {self._producer.name} is open already; make another one"
            raise RuntimeError(msg)
        self._loop = at_exit.ProducerLoop()
        # A daemon, so that a notebook or script that never closes can still end.
        self._thread = threading.Thread(target=self._loop.run_forever, name=self._producer.name, daemon=True)
        self._thread.start()
        try:
            self._call(self._producer.__aenter__())
            at_exit.catch_signals()  # from this thread, which may be the main one
        except BaseException:
            self._stop()
            raise
        return self

    def close(self) -> None:
        """Wait at most `drain_s` for the last acknowledgements, end the thread, raise what is due."""
        self._leave(None, None, None)

    @property
    def counts(self) -> Counts:
        """How many events were published, acknowledged, refused and dropped since it was opened."""
        return self._producer.counts

    def put(self, event: Mapping[str, Any], *, origin: str | None = None, **options: Any) -> Receipt:
        # Found here: on the producer's thread there is no trace of who called.
        return self._call(self._producer.put(event, origin=caller() if origin is None else origin, **options))

    def flush(self, timeout_s: float | None = None) -> None:
        """Do what `Producer.flush` does."""
        self._call(self._producer.flush(timeout_s))

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        if self._loop is None or self._is_foreign():
            work.close()
            self._producer.raise_failure()
            raise ProducerClosed
        if threading.current_thread() is self._thread:
            work.close()
            msg = "called from the producer's own thread, as from on_error, where it would wait for itself for ever"
            raise RuntimeError(f"{msg}; hand it to another thread, through a queue.Queue, say")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _leave(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._loop is None or self._is_foreign():
            return
        try:
            self._call(self._producer.__aexit__(exc_type, exc, traceback))
        finally:
            self._stop()

    def _is_foreign(self) -> bool:
        # A child that was forked has no such thread.
        return self._thread is not None and not self._thread.is_alive()

    def _stop(self) -> None:
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
            self._loop = self._thread = None
            at_exit.release_signals()
