"""A run: `init`, `log`, `finish`. No error of logging ends the program, unless it asks for that."""

import atexit
import contextlib
import os
import re
import secrets
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

import msgspec

from stickyboard.address import FOLDER, NoAddress, find_address
from stickyboard.runs.journal import SUFFIX, Header, Journal
from stickyboard.runs.sender import Sender
from stickyboard.runs.values import MAX_NAME, Sorter, lane_of, metric_event

STATUS_S: Final = 10.0
EXIT_S: Final = 10.0
NOT_IN_NAMES: Final = re.compile(r"[^\w.=+-]+")
MAX_TEXT: Final = 10_000
Level = Literal["info", "warn", "alert"]
Status = Literal["running", "finished", "failed", "crashed"]


class RunWarning(UserWarning):
    """Something was not logged; the message says how to fix it."""


class RunError(Exception):
    """Something was not logged, and the run is `strict`."""


class Run:
    """One run, as `init` returns it."""

    def __init__(
        self,
        name: str,
        config: Mapping[str, Any] | None = None,
        *,
        url: str | None = None,
        token: str | None = None,
        rank: int | None = None,
        strict: bool = False,
        folder: str | Path = FOLDER,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.name = name[:MAX_NAME]
        # Two processes with one name are two runs. The ranks of one run have one name, and say so.
        self.id = self.name if rank is not None else f"{self.name}-{secrets.token_hex(2)}"
        self.rank, self._strict, self._clock = rank, strict, clock
        self.config = dict(config or {})
        self.step: float = -1
        self.started = clock()
        self._lock = threading.Lock()
        self._warned: set[str] = set()
        self.problems = 0
        self._sorter = Sorter(self._problem)
        self._lanes: dict[tuple[str, ...], str] = {}
        self._encode = msgspec.json.Encoder(enc_hook=str).encode
        self._next_status = 0.0
        self._journal: Journal | None = None
        self._sender: Sender | None = None
        self._process = os.getpid()
        self._open(url, token, Path(folder))

    def _open(self, url: str | None, token: str | None, folder: Path) -> None:
        identity = f"run-{NOT_IN_NAMES.sub('-', self.name)[:40]}-{secrets.token_hex(8)}"
        try:
            address = find_address(url, token)
        except (NoAddress, ValueError) as exc:
            address = None
            self._problem(f"{exc}. Until then, the run is stored in {folder}; send it with `stickyboard sync`")
        header = Header(identity, self.id, address.url if address else "")
        try:
            self._journal = Journal.create(folder / "runs" / f"{identity}{SUFFIX}", header)
        except OSError as exc:
            self._problem(f"nothing is logged, because {folder} cannot be written: {exc.strerror}")
            return
        if address:
            self._sender = Sender(self._journal, address.token, self._problem)
        self._send_status("running")
        _open_runs.append(self)

    def log(self, values: Mapping[str, Any], step: float | None = None) -> None:
        """Log numbers, texts and media by name. Never waits for the network.

        Args:
            values: names with a slash form groups, such as `val/acc`.
            step: the position on the horizontal axis; None for the one after the last.
        """
        try:
            self.step = self.step + 1 if step is None else step
            numbers, media = self._sorter.divide(values)
            events = []
            if numbers:
                names = tuple(numbers)
                if (lane := self._lanes.get(names)) is None:
                    lane = self._lanes[names] = lane_of(self.series, names)
                events.append(metric_event(self.series, lane, self.step, numbers))
            for name, item in media.items():
                lane = lane_of(self.series, (name,))
                shared = {"type": item.type, "run": self.series, "name": name, "lane": lane, "step": self.step}
                events.append({**shared, **item.fields})
            if (now := self._clock()) >= self._next_status:
                events.append(self._status_event("running", now))
        except RunError:
            raise
        except Exception as exc:  # whatever the values do, the training goes on
            self._problem(f"{type(exc).__name__}: {exc}")
        else:
            self._append_safely(events)

    @property
    def series(self) -> str:
        """The name of this run's curves: its id, with the rank if it has one."""
        return self.id if self.rank is None else f"{self.id} rank {self.rank}"

    def alert(self, title: str, text: str = "", level: Level = "alert", ttl_s: float = 86_400) -> None:
        """Show a banner on the board, also to browsers that connect later, until it is dismissed or expires."""
        self._append_safely(
            [
                {
                    "type": "run_alert",
                    "id": secrets.token_hex(8),
                    "run": self.series,
                    "title": title[:MAX_NAME],
                    "text": text[:MAX_TEXT],
                    "level": level,
                    "until": self._clock() + ttl_s,
                }
            ]
        )

    def progress(self, label: str, done: float, total: float | None = None) -> None:
        """Set how much of a task is done, such as an epoch; None if the total is unknown."""
        self._append_safely(
            [
                {
                    "type": "run_progress",
                    "run": self.series,
                    "label": f"{self.series} {label}"[:MAX_NAME],
                    "done": done,
                    "total": total,
                    "started": self.started,
                }
            ]
        )

    def line(self, text: str, level: str = "info") -> None:
        """Log a line of text, as `logging` does."""
        event = {"type": "run_log", "run": self.series, "level": level, "text": text[:MAX_TEXT], "time": self._clock()}
        self._append_safely([event])

    def finish(self, status: Status = "finished") -> None:
        """Send the rest, and end the run. The program's end does the same."""
        if self._journal is None or self._process != os.getpid():
            return
        _open_runs.remove(self)
        with contextlib.suppress(RunError):
            self._send_status(status)
        journal, sender = self._journal, self._sender
        self._journal = self._sender = None
        if sender is not None and sender.close(EXIT_S):
            journal.remove()
            return
        journal.close()
        reason = sender.problem if sender is not None else "no server is known"
        _report(f"{self.name}: not everything was sent ({reason}); the rest is in {journal.path}: stickyboard sync")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.finish("failed" if exc_type is not None else "finished")

    def _send_status(self, status: Status) -> None:
        self._append_safely([self._status_event(status, self._clock())])

    def _append_safely(self, events: list[dict[str, Any]]) -> None:
        try:
            self._append(events)
        except (OSError, TypeError, ValueError) as exc:
            self._problem(f"{type(exc).__name__}: {exc}")

    def _status_event(self, status: Status, now: float) -> dict[str, Any]:
        self._next_status = now + STATUS_S
        return {
            "type": "run",
            "run": self.series,
            "status": status,
            "started": self.started,
            "config": self.config,
            "step": self.step if self.step >= 0 else None,
            "host": socket.gethostname(),
        }

    def _append(self, events: list[dict[str, Any]]) -> None:
        if self._journal is None:
            self._problem("the run is finished, or could not be opened; call stickyboard.init()")
        elif events:
            message = self._encode(events)
            with self._lock:
                self._journal.append(message)
            if self._sender is not None and self._process == os.getpid():
                self._sender.wake()

    def _problem(self, message: str) -> None:
        """Count a problem, and warn once about each; raise if the run is strict."""
        self.problems += 1
        if self._strict and threading.current_thread() is not getattr(self._sender, "_thread", None):
            raise RunError(message)
        if message not in self._warned and len(self._warned) < 100:
            self._warned.add(message)
            warnings.warn(message, RunWarning, stacklevel=4)


_open_runs: list[Run] = []


def _report(text: str) -> None:
    with contextlib.suppress(OSError, ValueError, AttributeError):  # standard error is closed or missing
        sys.stderr.write(f"stickyboard: {text}\n")
        sys.stderr.flush()


def _finish_all() -> None:
    status: Status = "failed" if getattr(sys, "last_exc", None) or getattr(sys, "last_value", None) else "finished"
    for run in _open_runs:
        run.finish(status)


atexit.register(_finish_all)


def current() -> Run:
    """Return the run that was begun last in this process.

    Raises:
        LookupError: there is none.
    """
    if not _open_runs:
        raise LookupError("there is no run; call stickyboard.init() first")
    return _open_runs[-1]


def alert(title: str, text: str = "", level: Level = "alert", ttl_s: float = 86_400) -> None:
    """Show a banner on the board, for the run that was begun last; begin one if there is none."""
    run = _open_runs[-1] if _open_runs else init()
    run.alert(title, text, level, ttl_s)


def init(name: str | None = None, config: Mapping[str, Any] | None = None, **options: Any) -> Run:
    """Begin a run.

    Args:
        name: what the board calls it; None for the program's name.
        config: the run's settings, for the board's table of runs.
        options: of `Run`: `url` and `token` of the server, `rank`, `strict`, `folder`.
    """
    default = Path(sys.argv[0]).stem if sys.argv and sys.argv[0] not in ("", "-c") else "run"
    return Run(name or default, config, **options)
