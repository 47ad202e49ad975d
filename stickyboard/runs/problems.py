"""What could not be logged: counted, and reported once for each kind."""

import contextlib
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any, Final

from stickyboard.publishing import calling_frame

MAX_KINDS: Final = 100

OnProblem = Callable[[str, str], None]
"""Called with a message and the kind of the problem."""


class RunWarning(UserWarning):
    """Something was not logged; the message says how to fix it."""


class RunError(Exception):
    """Something was not logged, and the run is `strict`."""


class Problems:
    """Warns once about each kind of problem, or raises a `RunError` if it is strict, and counts all of them."""

    def __init__(self, strict: bool) -> None:
        self.count = 0
        self.pending = ""
        """With `strict`, a problem of a background thread, which the next call raises."""
        self._strict, self._kinds = strict, set[str]()
        self._begun_at = _place()

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
        """Report a problem of a background thread."""
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
        # The stack of a thread of this package has no line of the program.
        is_main = threading.current_thread() is threading.main_thread()
        try:
            warnings.warn_explicit(message, RunWarning, *(_place() if is_main else self._begun_at))
        except RunWarning:  # the program makes errors of warnings, but not of its logging
            report(message)


def report(text: str) -> None:
    """Write a line to standard error, if there is one."""
    with contextlib.suppress(OSError, ValueError, AttributeError):  # it is closed or missing
        sys.stderr.write(f"stickyboard: {text}\n")
        sys.stderr.flush()


def _place() -> tuple[Any, ...]:
    """Return the file, the line, the module and the earlier warnings of the program's call, for `warn_explicit`."""
    if (frame := calling_frame()) is None:
        return ("stickyboard", 0)
    module, code = frame.f_globals, frame.f_code
    return code.co_filename, frame.f_lineno, module.get("__name__"), module.setdefault("__warningregistry__", {})
