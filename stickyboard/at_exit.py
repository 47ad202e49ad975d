"""Producers that are open when their program ends or forks.

Python does not wait for daemon threads and unfinished event loops, so the buffer of an open producer would be lost
silently. This module delivers it first, within the producer's `drain_s`, and reports undelivered events on standard
error. SIGTERM and SIGHUP call `sys.exit`, unless the program handles them. After `os._exit` and SIGKILL, only a spool
preserves the events.

A forked child has a copy of the producer, but neither its thread nor its event loop.
"""

import asyncio
import atexit
import concurrent.futures
import contextlib
import os
import signal
import socket
import sys
import threading
from types import FrameType
from typing import Any, Final, Protocol

SIGNALS: Final = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
CLOSE_S: Final = 3.0  # for closing the connection, on top of `drain_s`


class OpenProducer(Protocol):
    """The part of `Producer` that is used at exit."""

    drain_s: float
    loop: asyncio.AbstractEventLoop | None

    async def finish(self) -> None:
        """Deliver the buffer within `drain_s`, on the running event loop, and close."""

    def undelivered_report(self) -> str:
        """Return a sentence about undelivered events; "" if there are none."""

    def abandon(self) -> None:
        """Raise on every use from now on, because this is a forked child of the process that opened it."""


_open: dict[OpenProducer, None] = {}
_catching: set[object] = set()  # producers and runs that are open
_received: list[int] = []


def add(producer: OpenProducer) -> None:
    _open[producer] = None
    catch_signals(producer)


def remove(producer: OpenProducer) -> None:
    _open.pop(producer, None)
    release_signals(producer)


def catch_signals(owner: object) -> None:
    """End the program with `sys.exit` on signals that it does not handle; only the main thread can set this."""
    _catching.add(owner)
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, _exit)


def release_signals(owner: object) -> None:
    """Restore the default signal handlers if no other producer or run is open; only the main thread can."""
    _catching.discard(owner)
    if not _catching and threading.current_thread() is threading.main_thread():
        _restore_signals()


class ProducerLoop(asyncio.SelectorEventLoop):
    """An event loop that can resolve host names during the interpreter's shutdown."""

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        try:
            return await super().getaddrinfo(host, port, **options)
        except RuntimeError:  # executors accept no work during shutdown
            return socket.getaddrinfo(host, port, **options)


def was_signalled() -> bool:
    """Whether a signal ends the program."""
    return bool(_received)


def _exit(number: int, _frame: FrameType | None) -> None:
    _received.append(number)
    _restore_signals()  # so that a second signal ends the program immediately

    def leave() -> None:
        sys.exit(128 + number)

    try:
        # In a callback, so that the exception does not interrupt the event loop's own code.
        asyncio.get_running_loop().call_soon_threadsafe(leave)
    except RuntimeError:
        leave()


def _restore_signals() -> None:
    for number in SIGNALS:
        if signal.getsignal(number) is _exit:
            signal.signal(number, signal.SIG_DFL)


def _finish_all() -> None:
    producers = list(_open)
    live = [(each, each.loop) for each in producers if each.loop is not None and each.loop.is_running()]
    # Concurrently, so that the exit takes no longer than the slowest.
    futures = [asyncio.run_coroutine_threadsafe(each.finish(), loop) for each, loop in live]
    with contextlib.suppress(KeyboardInterrupt):
        if stranded := [each for each in producers if each not in dict(live)]:
            _finish_without_loop(stranded)
        timeout_s = max((each.drain_s for each, _ in live), default=0.0) + CLOSE_S
        concurrent.futures.wait(futures, timeout_s)
    for each in producers:
        if report := each.undelivered_report():
            with contextlib.suppress(OSError, ValueError, AttributeError):  # standard error is closed or missing
                sys.stderr.write(f"{report}\n")
                sys.stderr.flush()


def _finish_without_loop(producers: list[OpenProducer]) -> None:
    """Finish producers whose event loop has ended."""

    async def finish() -> None:
        await asyncio.gather(*(each.finish() for each in producers), return_exceptions=True)

    loop = ProducerLoop()
    try:
        loop.run_until_complete(finish())
    finally:
        loop.close()


def _abandon_all() -> None:
    for producer in list(_open):
        producer.abandon()
    _open.clear()
    _catching.clear()
    _restore_signals()


atexit.register(_finish_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_abandon_all)
