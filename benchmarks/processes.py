"""Child processes: pinned to a core, asked for their CPU time and memory, and always stopped."""

import contextlib
import os
import resource
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE = CORES[0]
GENERATOR_CORE = CORES[-1]
OPEN_FILES = 20_000
PRIORITY = -19


def allow_many_files() -> None:
    """Raise the limit of open files, here and for all that is started from here."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def free_port() -> int:
    """Return a free port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(command: Sequence[str | Path], core: int | None, **more) -> subprocess.Popen:
    """Start a program on one core (None: on any), in a process group of its own.

    So Ctrl-C reaches only the harness, which then stops what it started. The core is set before the
    program begins, as some count the cores when they start.
    """
    words = [str(word) for word in command]
    if core is None:
        return subprocess.Popen(words, start_new_session=True, **more)
    with _on_core(core):
        process = subprocess.Popen(words, start_new_session=True, **more)
    # A new session is a scheduling group of its own, whose weight counts before that of its processes.
    with contextlib.suppress(OSError):
        Path(f"/proc/{process.pid}/autogroup").write_text(str(PRIORITY))
    return process


@contextlib.contextmanager
def _on_core(core: int) -> Iterator[None]:
    """Have this process where its next child shall be, as children inherit core and priority."""
    cores, priority = os.sched_getaffinity(0), os.getpriority(os.PRIO_PROCESS, 0)
    os.sched_setaffinity(0, {core})
    # Both sides alike, and only where it is allowed: what else runs on the machine then disturbs less.
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, PRIORITY)
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)
        with contextlib.suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, 0, priority)


def stop(process: subprocess.Popen, wait_s: float = 5.0) -> None:
    """End a process that `start` started, and what it started itself."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(wait_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(wait_s)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)  # its own session, so its own group
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            pipe.close()


def family(pid: int) -> list[int]:
    """Return a process and all that it started, as some servers do their work in a child."""
    found = [pid]
    for task in _tasks(pid):
        with contextlib.suppress(OSError):
            for child in (task / "children").read_text().split():
                found += family(int(child))
    return found


def cpu_s(pid: int) -> float:
    """Return the CPU time that a process and its children have used, in seconds."""
    return sum(_ran_ns(task) for member in family(pid) for task in _tasks(member)) / 1e9


def memory_bytes(pid: int) -> int:
    """Return the resident memory of a process and its children."""
    pages = 0
    for member in family(pid):
        with contextlib.suppress(OSError):
            pages += int(Path(f"/proc/{member}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _tasks(pid: int) -> Iterator[Path]:
    with contextlib.suppress(OSError):
        yield from sorted(Path(f"/proc/{pid}/task").iterdir())


def _ran_ns(task: Path) -> int:
    # The scheduler's own count; the ticks in `stat` are 10 ms, too coarse for a step of a second.
    with contextlib.suppress(OSError):
        return int((task / "schedstat").read_text().split()[0])
    return 0
