"""The runs of this process that are open: at its end, after a signal, and in a forked child."""

import atexit
import contextlib
import os
import sys
from typing import Any, Final, Literal

from stickyboard import at_exit
from stickyboard.runs.unsent import report_unsent

Status = Literal["running", "finished", "failed", "crashed"]


_open: Final[list[Any]] = []  # each a `Run`
_errors: Final[list[Any]] = []  # that were reported before a run began, such as those of a notebook's cells


def add(run: Any) -> None:
    """Register a run, which is finished at the end of the process. SIGTERM ends it through `sys.exit`."""
    _errors[:] = [_last_error()]
    _open.append(run)
    at_exit.catch_signals(run)


def remove(run: Any) -> None:
    _open.remove(run)
    at_exit.release_signals(run)


def newest() -> Any:
    """Return the run that was begun last; None if there is none."""
    return _open[-1] if _open else None


def _last_error() -> Any:
    return getattr(sys, "last_value", None)


def _finish_all() -> None:
    has_failed = at_exit.was_signalled() or [_last_error()] != _errors
    waits = []
    for run in tuple(_open):
        with contextlib.suppress(Exception):  # the others end as well
            waits.append(run.start_to_finish("failed" if has_failed else "finished"))
    # All are sent at the same time, so that the exit takes no longer than the slowest.
    outcomes = []
    for wait in filter(None, waits):
        with contextlib.suppress(Exception):
            outcomes.append(wait())
    report_unsent(outcomes)


def _continue_in_child() -> None:
    for run in _open:
        run.continue_in_child()


atexit.register(_finish_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_continue_in_child)
