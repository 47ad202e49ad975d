"""Follows a board in the terminal like a browser, and optionally records a transcript."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from django.core.management.base import CommandError, CommandParser

from broadcast.management.command import StickyCommand
from broadcast.management.failures import sentence_of
from broadcast.management.options import add_types
from broadcast.ops.display_text import age_text, printable_text
from broadcast.testing.transcripts import Recorder
from stickyboard import ProducerError, SessionRefused, Watcher
from stickyboard.mirror import Copy

STATE_EVERY_S = 5.0
REDRAW_EVERY_S = 0.2
WIDTH = 100
COOKIE = "STICKYBOARD_COOKIE"


class Command(StickyCommand):
    help = (
        "Follows a board over the network, like a browser, until it is stopped (Ctrl-C)."
        " On a terminal, it displays a table of the stored state; otherwise, or with --format lines or json, it prints"
        " each change. --record writes a transcript, which manage.py check_transcript checks."
        " Example: manage.py watch --url http://localhost:8000 --types model_metric --format json"
    )
    # It only connects to a running server, so it must start without a configured or migrated database.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", default="http://localhost:8000", help="The URL of the server (%(default)s).")
        parser.add_argument("--board", default="main", help="The name of the board (%(default)s).")
        add_types(parser, "to display")
        parser.add_argument(
            "--format",
            choices=("auto", "table", "lines", "json"),
            default="auto",
            help="table: redrawn in place; lines: one line per change; json: one object per change, for replay_log.",
        )
        parser.add_argument(
            "--record", type=Path, metavar="FILE", help="Write a transcript to this file; an existing file is replaced."
        )
        parser.add_argument("--max-per-s", type=float, metavar="N", help="Receive at most N updates per second.")
        parser.add_argument("--for-s", type=float, metavar="SECONDS", help="Stop after this many seconds.")
        # Not the cookie itself, because all users of the machine can read the arguments of a process.
        parser.add_argument(
            "--cookie-file",
            type=Path,
            metavar="FILE",
            help=f'A file with the Cookie header, such as "sessionid=…", for a board with a login (default: {COOKIE}).',
        )

    def handle(self, *args: Any, **options: Any) -> None:
        kind = options["format"]
        if kind == "auto":
            kind = "table" if self.stdout.isatty() else "lines"
        screen = SCREENS[kind](self.stdout, set(options["types"]))
        try:
            path = options["record"]
            with path.open("w", encoding="utf-8") if path else contextlib.nullcontext() as file:
                asyncio.run(self.watch(screen, file, options))
        except SessionRefused as exc:
            raise CommandError(f'{exc}, in {COOKIE}="sessionid=…" or in a --cookie-file') from exc
        except BrokenPipeError:  # the reader of a pipe, such as `head`, has closed it
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except (ProducerError, OSError, ValueError) as exc:
            raise CommandError(sentence_of(exc) or str(exc)) from exc

    async def watch(self, screen: "Screen", file: TextIO | None, options: dict[str, Any]) -> None:
        """Follow the board until SIGINT or SIGTERM, or for `for_s`."""
        headers = headers_of(options["cookie_file"])
        recorder = Recorder(options["url"], options["board"], file, headers) if file else None
        watcher = Watcher(
            options["url"],
            options["board"],
            headers=headers,
            record=recorder.record if recorder else None,
            read_heads=recorder.read_heads if recorder else None,
            max_per_s=options["max_per_s"],
        )
        work = [asyncio.create_task(follow(watcher, screen)), asyncio.create_task(screen.draw(watcher))]
        if recorder is not None:
            work.append(asyncio.create_task(record_states(recorder)))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, work[0].cancel)
        try:
            await asyncio.wait(work, timeout=options["for_s"], return_when=asyncio.FIRST_COMPLETED)
        finally:
            await finish(work, watcher, recorder)
        if not watcher.hello:
            raise CommandError(f"no connection to {watcher.url}; is the URL right?")


def headers_of(cookie_file: Path | None) -> dict[str, str]:
    """Return the headers of each request: the cookie in the file, or else in the environment."""
    cookie = cookie_file.read_text(encoding="utf-8-sig") if cookie_file is not None else os.environ.get(COOKIE, "")
    return {"Cookie": cookie.strip()} if cookie.strip() else {}


async def follow(watcher: Watcher, screen: "Screen") -> None:
    """Display each update until cancelled."""
    async for changed in watcher:
        for name in screen.types - watcher.hello["keyspaces"].keys():
            known = ", ".join(watcher.hello["keyspaces"])
            raise CommandError(f'the board has no event type "{name}"; it has {known}')
        screen.display(watcher, changed)


async def record_states(recorder: Recorder) -> None:
    """Record the complete state every few seconds, so that the checks can compare with it."""
    while True:
        await asyncio.sleep(STATE_EVERY_S)
        await recorder.read_heads()


async def finish(work: list[asyncio.Task[None]], watcher: Watcher, recorder: Recorder | None) -> None:
    """Cancel the tasks and close the connection; raise the exception of a task that failed."""
    async with watcher:
        for task in work:
            task.cancel()
        results = await asyncio.gather(*work, return_exceptions=True)
    if recorder is not None:
        await recorder.read_heads()
    for result in results:
        if isinstance(result, Exception):
            raise result


class Screen:
    """Displays updates of some event types, or of all if `types` is empty."""

    def __init__(self, stream: Any, types: set[str]) -> None:
        self.stream, self.types = stream, types

    def display(self, watcher: Watcher, changed: set[str]) -> None:
        raise NotImplementedError

    async def draw(self, watcher: Watcher) -> None:
        """Redraw what changes without an update, such as ages, until cancelled."""
        await asyncio.get_running_loop().create_future()

    def selected(self, names: set[str]) -> list[str]:
        return sorted(name for name in names if not self.types or name in self.types)


class Change(NamedTuple):
    """One entry that was not written yet."""

    at: float
    keyspace: str
    key: str
    revision: int
    value: Any


class Lines(Screen):
    """One line per change: event type, key, revision and value."""

    def __init__(self, stream: Any, types: set[str]) -> None:
        super().__init__(stream, types)
        self._heads: dict[str, tuple[str, int]] = {}

    def display(self, watcher: Watcher, changed: set[str]) -> None:
        copies = {name: watcher.mirror.copies[name] for name in self.selected(changed)}
        changes = [change for name, copy in copies.items() for change in self._changes(name, copy)]
        for change in sorted(changes, key=lambda change: (change.at, change.keyspace, change.revision)):
            self.stream.write(self.line_of(change))
            self.stream.flush()

    def _changes(self, name: str, copy: Copy) -> Iterator[Change]:
        epoch, written = self._heads.get(name, ("", 0))
        written = written if epoch == copy.epoch else 0
        self._heads[name] = copy.head
        for key, (_, revision, value) in copy.entries.items():
            if revision > written:
                yield Change(copy.times[key], name, key, revision, value)

    def line_of(self, change: Change) -> str:
        text = json.dumps(change.value, ensure_ascii=False)
        value = printable_text(text[:WIDTH]) + ("…" if len(text) > WIDTH else "")
        return f"{change.keyspace} {printable_text(change.key) or '-'} {change.revision} {value}"


class JsonLines(Lines):
    """One object per change, with the time at which it was applied, for `replay_log`."""

    def line_of(self, change: Change) -> str:
        return json.dumps({"at": change.at, "event": change.value}, ensure_ascii=False, separators=(",", ":"))


class Table(Screen):
    """The stored state of each event type, redrawn in place a few times a second."""

    _height = _updates = 0

    def display(self, watcher: Watcher, changed: set[str]) -> None:
        self._updates += 1

    async def draw(self, watcher: Watcher) -> None:
        try:
            while True:
                await asyncio.sleep(REDRAW_EVERY_S)
                self._redraw(self.lines(watcher))
        finally:
            self._redraw(self.lines(watcher))

    def _redraw(self, lines: list[str]) -> None:
        up = f"\x1b[{self._height}A" if self._height else ""
        drawn = up + "".join(f"\x1b[K{printable_text(line)}\n" for line in lines)
        self.stream.write(drawn, style_func=str, ending="")
        self.stream.flush()
        self._height = len(lines)

    def lines(self, watcher: Watcher) -> list[str]:
        rows = [f"{'event type':<18}{'entries':>8}{'revision':>10}  {'newest':<8} last value"]
        for name in self.selected(set(watcher.mirror.copies)):
            copy = watcher.mirror.copies[name]
            age = "-" if copy.changed_at is None else age_text(max(0.0, time.time() - copy.changed_at))
            last = next(reversed(copy.entries.values()), ("", 0, ""))[2]
            text = printable_text(json.dumps(last, ensure_ascii=False)[: WIDTH - 48]) if last else ""
            rows.append(f"{name:<18}{len(copy.entries):>8}{copy.revision:>10}  {age:<8} {text}")
        return [*rows, f"{self._updates} updates; Ctrl-C ends"]


SCREENS: dict[str, type[Screen]] = {"table": Table, "lines": Lines, "json": JsonLines}
