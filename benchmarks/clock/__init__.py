"""The time during which this machine ran: CLOCK_MONOTONIC less the pauses of its host.

A virtual machine may be stopped by its host for a tenth of a second at a time, several times a second.
A latency measured across such a pause says nothing of any server, so time counts only while the
server's core and the generator's both run. On a machine of one's own the two clocks agree.
"""

import contextlib
import mmap
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

VARIABLE = "BENCHMARK_PAUSES"


class _Pauses:
    def __init__(self) -> None:
        self._map: mmap.mmap | None = None

    def total_us(self) -> int:
        if self._map is None:
            path = os.environ.get(VARIABLE)
            if not path:
                return 0
            with Path(path).open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 8, prot=mmap.PROT_READ)
        return int.from_bytes(self._map[:8], "little")

    def forget(self) -> None:
        self._map = None


_pauses = _Pauses()


def paused_us() -> int:
    """Return for how long the machine stood still since the watch began, 0 where nobody watches."""
    return _pauses.total_us()


def now_us() -> int:
    """Return microseconds of running time; what the generator's clock says too."""
    return time.monotonic_ns() // 1000 - _pauses.total_us()


def sleep(seconds: float) -> None:
    """Let the machine run for so long."""
    until_us = now_us() + int(seconds * 1e6)
    while (left_us := until_us - now_us()) > 0:
        time.sleep(max(left_us / 1e6, 0.0005))


@contextlib.contextmanager
def watching_pauses() -> Iterator[bool]:
    """Watch for pauses, for all processes started from here; say whether that is allowed here."""
    from benchmarks.generator.build import program
    from benchmarks.processes import GENERATOR_CORE, SERVER_CORE, start, stop

    with tempfile.TemporaryDirectory(prefix="pauses-") as folder:
        path = Path(folder) / "paused_us"
        words = [program("pauses"), path, GENERATOR_CORE, SERVER_CORE]
        watch = start(words, None, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            is_allowed = watch.stdout.readline() == "watching\n"
            if is_allowed:
                os.environ[VARIABLE] = str(path)
                _pauses.forget()
            yield is_allowed
        finally:
            os.environ.pop(VARIABLE, None)
            _pauses.forget()
            stop(watch)
