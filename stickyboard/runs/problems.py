"""What could not be logged: counted, and reported once for each kind."""

import contextlib
import inspect
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Final

PACKAGE: Final = str(Path(__file__).parent.parent)
MAX_KINDS: Final = 100

OnProblem = Callable[[str, str], None]
"""Called with a message and the kind of the problem."""


class RunWarning(UserWarning):
    """Something was not logged; the message says how to fix it."""


class RunError(Exception):
    """Something was not logged, and the run is `strict`."""


class Problems:
    """Warns once about each kind of problem, and counts all of them.

    Args:
        strict: raise a `RunError` instead.
    """

    def __init__(self, strict: bool) -> None:
        self.count = 0
        self.pending = ""
        """With `strict`, a problem of a background thread, which the next call raises."""
        self._strict, self._kinds = strict, set[str]()
        frame = _caller()
        self._begun_at = (frame.f_code.co_filename, frame.f_lineno) if frame else ("stickyboard", 0)

    def add(self, message: str, kind: str = "") -> None:
        """Report a problem of a call.

        Args:
            kind: equal for messages of which one is enough; "" for the message itself.

        Raises:
            RunError: the run is strict.
        """
        self.count += 1
        if self._strict:
            raise RunError(message)
        self._warn(message, kind)

    def note(self, message: str, kind: str = "") -> None:
        """Report a problem of a background thread, which must not end."""
        self.count += 1
        if self._strict:
            self.pending = message
        else:
            self._warn(message, kind)

    def raise_pending(self) -> None:
        message, self.pending = self.pending, ""
        raise RunError(message)

    def _warn(self, message: str, kind: str) -> None:
        kind = kind or message
        if kind in self._kinds or len(self._kinds) >= MAX_KINDS:
            return
        self._kinds.add(kind)
        try:
            if threading.current_thread() is threading.main_thread():
                warnings.warn(message, RunWarning, stacklevel=_depth_of_caller())
            else:  # its stack has no line of the program
                warnings.warn_explicit(message, RunWarning, *self._begun_at)
        except RunWarning:  # the program makes errors of warnings, but not of its logging
            report(message)


def report(text: str) -> None:
    """Write a line to standard error, if there is one."""
    with contextlib.suppress(OSError, ValueError, AttributeError):  # it is closed or missing
        sys.stderr.write(f"stickyboard: {text}\n")
        sys.stderr.flush()


def _caller() -> FrameType | None:
    """Return the first frame outside this package."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_code.co_filename.startswith(PACKAGE):
        frame = frame.f_back
    return frame


def _depth_of_caller() -> int:
    """Return the `stacklevel`, seen from the function that calls this one, of the first frame outside this package."""
    frame: FrameType | None = inspect.currentframe()
    depth = 0  # this function is not on the stack of the caller
    while frame is not None and frame.f_code.co_filename.startswith(PACKAGE):
        frame, depth = frame.f_back, depth + 1
    return depth
