"""Producers that are still open when their program ends, or when it forks.

Python ends a program without waiting for daemon threads and unfinished event loops, so what a producer has
in its buffer would be lost without a word. Here it is delivered first, within the producer's `drain_s`, and what
could not be is reported on standard error. SIGTERM and SIGHUP become `sys.exit`, where nothing else was set up
for them; `os._exit` and SIGKILL leave no time for anything, which only a spool survives.

A child that was forked has the producer's memory but neither its thread nor its event loop.
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


class Leftover(Protocol):
    """What `Producer` has for the end of its program."""

    drain_s: float
    loop: asyncio.AbstractEventLoop | None

    async def finish(self) -> None:
        """Deliver what is left within `drain_s`, on the running event loop, and close."""

    def remainder(self) -> str:
        """Return a sentence on what was not delivered, "" when all was."""

    def abandon(self) -> None:
        """Have it raise on every use from now on, as this process is a child of the one that opened it."""


_open: dict[Leftover, None] = {}


def add(producer: Leftover) -> None:
    """Look after a producer that was opened."""
    _open[producer] = None
    catch_signals()


def remove(producer: Leftover) -> None:
    """Let go of a producer that was closed."""
    _open.pop(producer, None)
    release_signals()


def catch_signals() -> None:
    """Have signals end the program in order; only Python's main thread can."""
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, _exit)


def release_signals() -> None:
    """Have signals do again what they did, where no producer is open; only Python's main thread can."""
    if not _open and threading.current_thread() is threading.main_thread():
        _restore_signals()


class ProducerLoop(asyncio.SelectorEventLoop):
    """An event loop that can look up a host's address while the interpreter is ending."""

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        """Return addresses as `socket.getaddrinfo` does."""
        try:
            return await super().getaddrinfo(host, port, **options)
        except RuntimeError:  # no executor takes work any more
            return socket.getaddrinfo(host, port, **options)


def _exit(number: int, _update: FrameType | None) -> None:
    _restore_signals()  # the second signal ends it at once

    def leave() -> None:
        sys.exit(128 + number)

    try:
        # Not from amid the loop's own code, but as a callback of its own.
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
    # All at the same time, so that together they take no longer than the slowest.
    waiting = [asyncio.run_coroutine_threadsafe(each.finish(), loop) for each, loop in live]
    with contextlib.suppress(KeyboardInterrupt):
        stranded = [each for each in producers if each not in dict(live)]
        if stranded:
            _run(stranded)
        patience_s = max((each.drain_s for each, _ in live), default=0.0) + CLOSE_S
        concurrent.futures.wait(waiting, patience_s)
    for each in producers:
        if said := each.remainder():
            _report(said)


def _run(producers: list[Leftover]) -> None:
    """Finish producers whose own event loop has ended."""

    async def finish() -> None:
        await asyncio.gather(*(each.finish() for each in producers), return_exceptions=True)

    loop = ProducerLoop()
    try:
        loop.run_until_complete(finish())
    finally:
        loop.close()


def _report(said: str) -> None:
    with contextlib.suppress(OSError, ValueError, AttributeError):  # closed, or there is none
        sys.stderr.write(f"{said}\n")
        sys.stderr.flush()


def _abandon_all() -> None:
    for producer in list(_open):
        producer.abandon()
    _open.clear()
    _restore_signals()


atexit.register(_finish_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_abandon_all)
