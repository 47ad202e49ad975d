"""Whether the process that wrote a report still runs, without a newer report."""

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def birth_of(pid: int) -> str | None:
    """Return when a process of this machine was started, in ticks since the machine's start; None if it is unknown.

    A later process with the same number has another birth. Source: proc_pid_stat(5), field 22.
    """
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):  # no such process, or not Linux
        return None


def runs_here(report: Mapping[str, Any]) -> bool:
    """Whether a report is that of a running process of this machine."""
    host, _, pid = str(report["process"]).rpartition(":")
    birth = report.get("birth")
    return birth is not None and host == socket.gethostname() and pid.isdecimal() and birth_of(int(pid)) == birth
