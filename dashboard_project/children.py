"""Child processes that end with their parent, even if the parent is killed with SIGKILL.

All children are in one process group, led by a watchdog that only reads a pipe. When the parent ends, the
kernel closes the other end of the pipe, and the watchdog ends the group. This works on every Unix; Linux's
PR_SET_PDEATHSIG would miss a parent that ends between fork and prctl. A child joins the group between fork
and exec; if the group no longer exists, the child is not executed.
"""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

GRACE_S = 10.0  # between SIGTERM and SIGKILL
POLL_S = 0.05
PARENT_POLL_S = 0.5


class Children:
    """The children of this process, by name. Use it as a context manager, from the main thread.

    A terminal sends Ctrl-C to the foreground group only, so the end of the block stops them, the last one first.
    """

    def __init__(self, folder: Path, grace_s: float = GRACE_S) -> None:
        self._folder, self._grace_s = folder, grace_s
        self._until_end = contextlib.ExitStack()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        # Isolated and without site-packages, this file starts in about 15 ms.
        command = [sys.executable, "-I", "-S", __file__, str(self._grace_s)]
        self.watchdog = subprocess.Popen(command, stdin=subprocess.PIPE, process_group=0)
        self._until_end.callback(self.watchdog.communicate)  # closes the pipe
        return self

    def __exit__(self, *_: object) -> None:
        self._until_end.close()

    def start(
        self,
        name: str,
        command: Sequence[str],
        log: Path | None = None,
        environment: Mapping[str, str] | None = None,
        descriptors: Sequence[int] = (),
    ) -> subprocess.Popen[bytes]:
        """Start a process, which inherits the file descriptors; also again, after it was stopped."""
        from broadcast.stores.private_files import open_private  # late: the watchdog runs without the package

        with open_private(log) if log else contextlib.nullcontext() as output:
            process = subprocess.Popen(
                command,
                cwd=self._folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                process_group=self.watchdog.pid,
                pass_fds=descriptors,
            )
        if name not in self.processes:
            self._until_end.callback(self.stop, name)
        self.processes[name] = process
        return process

    def stop(self, name: str) -> None:
        process = self.processes[name]
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(self._grace_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def all_run(self) -> bool:
        return all(each.poll() is None for each in (self.watchdog, *self.processes.values()))


def add_parent_option(parser: argparse.ArgumentParser) -> None:
    """Declare the option for the process id of `make`, which sends no signal when it is killed."""
    parser.add_argument("--parent", type=int, metavar="PID", help="Stop when this parent process has ended.")


def interrupt_on_end(parent: int | None = None) -> None:
    """Treat SIGTERM, a closed terminal and the end of the parent, if given, like Ctrl-C."""
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # ignored under nohup
        signal.signal(signal.SIGHUP, _interrupt)
    # With `stty tostop`, this signal would stop children that write, because they are in the background.
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    if parent is not None:
        signal.signal(signal.SIGALRM, lambda *_: None if os.getppid() == parent else _interrupt())
        signal.setitimer(signal.ITIMER_REAL, PARENT_POLL_S, PARENT_POLL_S)


is_interrupted = threading.Event()


def _interrupt(*_: object) -> None:
    signal.setitimer(signal.ITIMER_REAL, 0)
    is_interrupted.set()
    raise KeyboardInterrupt


def check_interrupts() -> None:
    """Raise again what Python has ignored: an interrupt in a callback for an object that was deleted.

    Raises:
        KeyboardInterrupt: a signal has arrived.
    """
    if is_interrupted.is_set():
        raise KeyboardInterrupt


def _watch(grace_s: float) -> None:
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    while os.read(0, 4096):
        pass
    group = os.getpgrp()
    if os.fork() == 0:  # a process outside the group can detect that it is empty
        os.setpgid(0, 0)
        _end(group, grace_s)


def _end(group: int, grace_s: float) -> None:
    deadline = time.monotonic() + grace_s
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGTERM)
        while time.monotonic() < deadline:
            time.sleep(POLL_S)
            os.killpg(group, 0)
        os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    _watch(float(sys.argv[1]))
