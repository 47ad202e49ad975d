"""A run: `init`, `log`, `finish`. No error of logging ends the program, unless it asks for that."""

import contextlib
import os
import re
import secrets
import socket
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Self

from stickyboard.address import FOLDER, Address, NoAddress, find_address
from stickyboard.runs import open_runs
from stickyboard.runs.config import as_dict, name_of, sendable
from stickyboard.runs.events import Level, alert_event, encode, line_event, messages_of, progress_event
from stickyboard.runs.journal import SUFFIX, Header, Journal
from stickyboard.runs.notebook import html_of
from stickyboard.runs.open_runs import Status
from stickyboard.runs.problems import Problems, RunError
from stickyboard.runs.sender import JournalSender
from stickyboard.runs.system import SystemMonitor
from stickyboard.runs.unsent import ENDED, Outcome, close, report_unsent, send_unsent_in_background
from stickyboard.runs.values import MAX_NAMES, MAX_WHOLE, divide, in_parts, lane_of, media_lane, metric_event, number_of

STATUS_S: Final = 10.0
EXIT_S: Final = 10.0
NOT_IN_NAMES: Final = re.compile(r"[^\w.=+-]+")
MAX_LANES: Final = 1000


class Run:
    """One run, as `init` returns it."""

    def __init__(
        self,
        name: str,
        config: Any = None,
        *,
        url: str | None = None,
        token: str | None = None,
        rank: int | None = None,
        system: bool = False,
        strict: bool = False,
        folder: str | Path = FOLDER,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._problems = Problems(strict)
        name = name_of(name, self._problems)
        # Two processes with one name are two runs. The ranks of one run have one name, and say so.
        self.id = name if rank is not None else f"{name}-{secrets.token_hex(2)}"
        self.name, self.rank, self._clock = name, rank, clock
        self.series = self.id if rank is None else f"{self.id} rank {rank}"
        """The name of this run's curves: its id, with the rank if it has one."""
        self.config = as_dict(config, self._problems)
        self.step: float = -1
        self.started = clock()
        self._lock = threading.RLock()  # a signal handler may log in the middle of a call
        self._lanes: dict[tuple[str, ...], str] = {}
        self._scenes: set[str] = set()
        self._next_status = 0.0
        self._odd = 0
        self._journal: Journal | None = None
        self._address_problem = ""
        self._sender: JournalSender | None = None
        self._monitor: SystemMonitor | None = None
        self._process = os.getpid()
        self._find: Callable[[], Address] = lambda: find_address(url, token)
        self._open(Path(folder).absolute())
        if system:
            self._measure_system()

    def _open(self, folder: Path) -> None:
        identity = f"run-{NOT_IN_NAMES.sub('-', self.name)[:40]}-{secrets.token_hex(8)}"
        address = self._address()
        try:
            header = Header(identity, self.id, address.url if address else "")
            self._journal = Journal.create(folder / "runs" / f"{identity}{SUFFIX}", header)
        except OSError as exc:
            reason = f"nothing is logged, because {folder} cannot be written ({exc}); set init(folder=…)"
            self._problems.add(reason, "closed")
            return
        self._sender = JournalSender(self._journal, self._find, self._problems.note)
        send_unsent_in_background(folder / "runs", EXIT_S, self._problems.note)
        open_runs.add(self)
        self._append([self._status_event("running", self.started)])
        if address is None:
            stored = f"Until then, the run is stored in {folder / 'runs'}"
            self._problems.add(f"{self._address_problem}. {stored}, and sent as soon as there is one")

    def log(self, values: Mapping[str, Any], step: float | None = None) -> None:
        """Log numbers, texts and media by name. Never waits for the network.

        Args:
            values: names with a slash form groups, such as `val/acc`.
            step: the position on the horizontal axis; None for the one after the last.
        """
        if self._problems.pending:
            self._problems.raise_pending()
        try:
            self.step = self.step + 1 if step is None else self._step_of(step)
            numbers, media = divide(values, self._problems.add)
            events = self._metric_events(numbers) if numbers else []
            for name, item in media.items():
                self._scenes.add(item.type)
                lane = media_lane(self.series, name)
                shared = {"type": item.type, "run": self.series, "name": name, "lane": lane, "step": self.step}
                events.append({**shared, **item.fields})
            if (now := self._clock()) >= self._next_status:
                events.append(self._status_event("running", now))
        except RunError:
            raise
        except Exception as exc:  # whatever the values do, the training goes on
            message = f"log() got {type(values).__name__} and failed with {type(exc).__name__}: {exc}"
            self._problems.add(f"{message}; expected a dict such as {{'loss': 0.3}}", type(exc).__name__)
        else:
            self._append(events)

    def _metric_events(self, numbers: dict[str, float]) -> list[dict[str, Any]]:
        if len(numbers) > MAX_NAMES:
            return [event for part in in_parts(numbers) for event in self._metric_events(part)]
        names = tuple(numbers)
        if (lane := self._lanes.get(names)) is None:
            if len(self._lanes) >= MAX_LANES:
                self._lanes.clear()
            lane = self._lanes[names] = lane_of(self.series, names)
        event = metric_event(self.series, lane, self.step, numbers)
        if "odd" in event:  # a course may drop the step, but not the count
            self._odd += len(event["odd"])
        return [event]

    def _step_of(self, step: Any) -> float:
        number = step if type(step) is int and -MAX_WHOLE <= step <= MAX_WHOLE else number_of(step)
        if number is not None and number - number == 0:
            return number
        self._problems.add(f"the step is {step!r}; expected a finite number. The next whole step was used", "step")
        return self.step + 1

    def alert(self, title: str, text: str = "", level: Level = "alert", ttl_s: float = 86_400) -> None:
        """Show a banner on the board, also to browsers that connect later, until it is dismissed or expires."""
        self._append_made("alert", lambda: alert_event(self.series, title, text, level, ttl_s, self._clock()))

    def progress(self, label: str, done: float, total: float | None = None) -> None:
        """Set how much of a task is done, such as an epoch; None if the total is unknown."""
        self._append_made("progress", lambda: progress_event(self.series, label, done, total, self.started))

    def line(self, text: str, level: str = "info") -> None:
        """Log a line of text, as `logging` does."""
        self._append_made("line", lambda: line_event(self.series, text, level, self._clock()))

    def finish(self, status: Status = "finished", timeout_s: float = EXIT_S) -> None:
        """Send the rest, and end the run. The program's end does the same.

        Args:
            timeout_s: how long to wait for the server; what it has not acknowledged then is sent by the next run in
                this folder, or by `stickyboard sync`.
        """
        if (wait := self.start_to_finish(status, timeout_s)) is not None:
            report_unsent([wait()])

    def start_to_finish(self, status: Status, timeout_s: float = EXIT_S) -> Callable[[], Outcome] | None:
        """Send the rest in the background; return what waits for it, or None if the run is finished already."""
        if self._journal is None or self._sender is None or self._process != os.getpid():
            return None
        if self._monitor is not None:
            self._monitor.stop()
        open_runs.remove(self)
        with contextlib.suppress(RunError):
            if status not in ENDED:
                self._problems.add(f"the status is {status!r}; expected one of {', '.join(ENDED)}", "status")
                status = "failed"
            self._append([self._status_event(status, self._clock())])
        journal, sender = self._journal, self._sender
        self._journal = self._sender = None
        sender.drain(timeout_s)
        return lambda: close(sender, journal, self.name, 0)

    @property
    def unsent_bytes(self) -> int:
        """The bytes of this run that the server has not acknowledged yet; may be late by a quarter of a second."""
        return 0 if self._journal is None else self._journal.unsent_bytes

    @property
    def problems(self) -> int:
        """The number of values and calls that were not logged."""
        return self._problems.count

    def continue_in_child(self) -> None:
        """Log from a forked child: it appends to the same file, and the parent sends."""
        self._lock = threading.RLock()  # a thread of the parent may have held it

    def __enter__(self) -> Self:
        return self

    def __exit__(self, exc_type: type[BaseException] | None, *_: object) -> None:
        self.finish("failed" if exc_type is not None else "finished")

    def __repr__(self) -> str:
        return f"<Run {self.series}>"

    def _repr_html_(self) -> str:
        address = self._address()
        names = {name for names in self._lanes for name in names}
        return html_of(address.url if address else "", len(names), len(self._scenes))

    def _address(self) -> Address | None:
        try:
            return self._find()
        except (NoAddress, ValueError) as exc:
            self._address_problem = str(exc)
            return None

    def _measure_system(self) -> None:
        try:
            self._monitor = SystemMonitor(self._send_system, self._problems.note)
        except ModuleNotFoundError:
            self._problems.add("system=True needs psutil; type: pip install 'stickyboard[system]'")
        else:
            self._monitor.start()

    def _send_system(self, values: dict[str, float]) -> None:
        seconds = round(self._clock() - self.started, 1)
        event = {"type": "run_system", "run": self.series, "lane": self.series, "seconds": seconds, "values": values}
        self._append([event])

    def _status_event(self, status: Status, now: float) -> dict[str, Any]:
        self._next_status = now + STATUS_S
        return {
            "type": "run",
            "run": self.series,
            "status": status,
            "started": self.started,
            "config": sendable(self.config, encode, self._problems),
            "step": self.step if self.step >= 0 else None,
            "host": socket.gethostname(),
            "problems": self._problems.count,
            "odd": self._odd,
        }

    def _append_made(self, call: str, make: Callable[[], dict[str, Any]]) -> None:
        """Write the event of a call. Whatever its arguments do, the training goes on."""
        try:
            event = make()
        except Exception as exc:
            self._problems.add(f"{call}() failed with {type(exc).__name__}: {exc}", f"{call} {type(exc).__name__}")
        else:
            self._append([event])

    def _append(self, events: list[dict[str, Any]]) -> None:
        """Write events to the journal. Failures are problems, not exceptions."""
        if not events:
            return
        try:
            if self._journal is None:
                self._problems.add("the run is finished; call stickyboard.init()", "closed")
                return
            with self._lock:
                for each in messages_of(events, self._problems.add):
                    self._journal.append(each)
            if self._sender is not None and self._process == os.getpid():
                self._sender.wake()
        except OSError as exc:
            self._problems.add(f"the run's file cannot be written: {exc}", f"{exc.errno}")
        except RunError:
            raise
        except Exception as exc:  # a value that JSON has not; or another thread has finished the run meanwhile
            self._problems.add(f"not logged: {type(exc).__name__}: {exc}", type(exc).__name__)
