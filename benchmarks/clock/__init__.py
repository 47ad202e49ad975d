"""The time during which this machine ran: CLOCK_MONOTONIC minus the pauses by its host.

A host may pause a virtual machine for a tenth of a second, several times a second. A latency measured across such a
pause does not describe a server, so time counts only while the cores of server and generator both run. On a physical
machine, both clocks agree.
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
    """Return how long the machine was paused since detection began; 0 if pauses are not detected."""
    return _pauses.total_us()


def now_us() -> int:
    """Return microseconds of running time, equal to the generator's clock."""
    return time.monotonic_ns() // 1000 - _pauses.total_us()


def sleep(seconds: float) -> None:
    """Wait for this much running time."""
    until_us = now_us() + int(seconds * 1e6)
    while (left_us := until_us - now_us()) > 0:
        time.sleep(max(left_us / 1e6, 0.0005))


@contextlib.contextmanager
def detecting_pauses() -> Iterator[bool]:
    """Detect pauses for all processes started meanwhile; yield whether this is permitted."""
    from benchmarks.generator.build import program
    from benchmarks.processes import GENERATOR_CORE, SERVER_CORE, start, stop

    with tempfile.TemporaryDirectory(prefix="pauses-") as folder:
        path = Path(folder) / "paused_us"
        words = [program("pauses"), path, GENERATOR_CORE, SERVER_CORE]
        detector = start(words, None, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            is_allowed = detector.stdout.readline() == "watching\n"
            if is_allowed:
                os.environ[VARIABLE] = str(path)
                _pauses.forget()
            yield is_allowed
        finally:
            os.environ.pop(VARIABLE, None)
            _pauses.forget()
            stop(detector)
