"""Follows a board in the terminal, as a browser does, and writes down what it saw where asked."""

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
from broadcast.management.failures import message_of
from broadcast.management.options import add_types
from broadcast.ops.queries import age_text, printable_text
from broadcast.testing.mirror import Copy
from broadcast.testing.transcripts import Recorder
from stickyboard import LoginRequired, ProducerError, Watcher

STATE_EVERY_S = 5.0
REDRAW_EVERY_S = 0.2
WIDTH = 100
COOKIE = "STICKYBOARD_COOKIE"


class Command(StickyCommand):
    help = (
        "Follows a board live, over the network, as a browser does, until it is stopped (Ctrl-C)."
        " On a terminal it shows a table of what is kept; elsewhere, or with --format lines or json, each change."
        " --record writes a transcript that manage.py check_transcript can check."
        " Example: manage.py watch --url http://localhost:8000 --types model_metric --format json"
    )
    # It only talks to a running server, so it must start where no database is configured or migrated.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", default="http://localhost:8000", help="Where the server is (%(default)s).")
        parser.add_argument("--board", default="main", help="Which board (%(default)s).")
        add_types(parser, "to show")
        parser.add_argument(
            "--format",
            choices=("auto", "table", "lines", "json"),
            default="auto",
            help="A table that is drawn again, a line per change, or an object per change, as replay_log reads them.",
        )
        parser.add_argument("--record", type=Path, metavar="FILE", help="Write a transcript, anew.")
        parser.add_argument("--for-s", type=float, metavar="SECONDS", help="Stop by itself after so many seconds.")
        # Not the cookie itself: whoever uses the machine may read the words of a running command.
        parser.add_argument(
            "--cookie-file",
            type=Path,
            metavar="FILE",
            help=f'Has the Cookie header, such as "sessionid=…", for a board that needs a login (default: {COOKIE}).',
        )

    def handle(self, *args: Any, **options: Any) -> None:
        kind = options["format"]
        if kind == "auto":
            kind = "table" if self.stdout.isatty() else "lines"
        screen = SCREENS[kind](self.stdout, set(options["types"]))
        try:
            with opened(options["record"]) as file:
                asyncio.run(self.watch(screen, file, options))
        except LoginRequired as exc:
            raise CommandError(f'{exc}, as {COOKIE}="sessionid=…" or in a --cookie-file') from exc
        except BrokenPipeError:  # whoever read it, such as `head`, has enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except (ProducerError, OSError, ValueError) as exc:
            raise CommandError(message_of(exc) or str(exc)) from exc

    async def watch(self, screen: "Screen", file: TextIO | None, options: dict[str, Any]) -> None:
        """Show what comes until SIGINT or SIGTERM, or for as long as was asked."""
        headers = headers_of(options["cookie_file"])
        recorder = Recorder(options["url"], options["board"], file, headers) if file else None
        watcher = Watcher(
            options["url"],
            options["board"],
            headers=headers,
            note=recorder.note if recorder else None,
            before_open=recorder.read_heads if recorder else None,
        )
        work = [asyncio.create_task(follow(watcher, screen)), asyncio.create_task(screen.draw(watcher))]
        if recorder is not None:
            work.append(asyncio.create_task(read_now_and_then(recorder)))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, work[0].cancel)
        try:
            async with asyncio.timeout(options["for_s"]):
                await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            pass
        finally:
            await ended(work, watcher, recorder)
        if not watcher.hello:
            raise CommandError(f"nothing was seen: there was no connection to {watcher.url}; is the address right?")


def headers_of(cookie_file: Path | None) -> dict[str, str]:
    """Return what is sent with each request: the cookie in the file, or else in the environment.

    Raises:
        OSError: the file cannot be read.
    """
    cookie = cookie_file.read_text(encoding="utf-8-sig") if cookie_file is not None else os.environ.get(COOKIE, "")
    return {"Cookie": cookie.strip()} if cookie.strip() else {}


async def follow(watcher: Watcher, screen: "Screen") -> None:
    """Show each update until cancelled.

    Raises:
        CommandError: the board does not show an event type that was asked for.
    """
    async for changed in watcher:
        for name in screen.shown - watcher.hello["keyspaces"].keys():
            known = ", ".join(watcher.hello["keyspaces"])
            msg = f'the board shows no event type "{name}"; it shows {known}'
            raise CommandError(msg)
        screen.show(watcher, changed)


async def read_now_and_then(recorder: Recorder) -> None:
    """Write down the whole state every few seconds, for the pictures between to be compared with."""
    while True:
        await asyncio.sleep(STATE_EVERY_S)
        await recorder.read_heads()


async def ended(work: list[asyncio.Task[None]], watcher: Watcher, recorder: Recorder | None) -> None:
    """End the tasks and the connection; what a task failed for is raised."""
    for task in work:
        task.cancel()
    results = await asyncio.gather(*work, return_exceptions=True)
    async with watcher:
        pass
    if recorder is not None:
        await recorder.read_heads()
    for result in results:
        if isinstance(result, Exception):
            raise result


@contextlib.contextmanager
def opened(path: Path | None) -> Iterator[TextIO | None]:
    """Open the file to record to, where there is one."""
    if path is None:
        yield None
        return
    with path.open("w", encoding="utf-8") as file:
        yield file


class Screen:
    """Shows updates; `shown` is the event types to show, all where it is empty."""

    def __init__(self, stream: Any, shown: set[str]) -> None:
        self.stream, self.shown = stream, shown

    def show(self, watcher: Watcher, changed: set[str]) -> None:
        """Show what an update changed."""
        raise NotImplementedError

    async def draw(self, watcher: Watcher) -> None:
        """Show, until cancelled, what changes without an update, such as ages."""
        await asyncio.get_running_loop().create_future()

    def types(self, changed: set[str]) -> list[str]:
        """Return those event types that are to be shown, in order."""
        return sorted(name for name in changed if not self.shown or name in self.shown)

    def write(self, line: str) -> None:
        """Write a line now, also into a pipe."""
        self.stream.write(line)
        self.stream.flush()


class News(NamedTuple):
    """One entry that was not shown yet."""

    at: float
    keyspace: str
    key: str
    revision: int
    value: Any


class Lines(Screen):
    """One line per entry that is new, with its revision, key and value."""

    def __init__(self, stream: Any, shown: set[str]) -> None:
        super().__init__(stream, shown)
        self._seen: dict[str, tuple[str, int]] = {}

    def show(self, watcher: Watcher, changed: set[str]) -> None:
        news = [news for name in self.types(changed) for news in self._news(name, watcher.mirror.copies[name])]
        for one in sorted(news, key=lambda one: (one.at, one.keyspace, one.revision)):
            self.tell(one)

    def _news(self, name: str, copy: Copy) -> Iterator[News]:
        epoch, known = self._seen.get(name, ("", 0))
        known = known if epoch == copy.epoch else 0
        self._seen[name] = copy.head
        for key, (_, revision, value) in copy.entries.items():
            if revision > known:
                yield News(copy.times[key], name, key, revision, value)

    def tell(self, news: News) -> None:
        """Write one entry."""
        text = json.dumps(news.value, ensure_ascii=False)
        shown = printable_text(text[:WIDTH]) + ("…" if len(text) > WIDTH else "")
        self.write(f"{news.keyspace} {printable_text(news.key) or '-'} {news.revision} {shown}")


class JsonLines(Lines):
    """One object per entry that is new, with when it was applied: what `replay_log` plays."""

    def tell(self, news: News) -> None:
        self.write(json.dumps({"at": news.at, "event": news.value}, ensure_ascii=False, separators=(",", ":")))


class Table(Screen):
    """What is kept of each event type, drawn again in its place a few times a second."""

    def __init__(self, stream: Any, shown: set[str]) -> None:
        super().__init__(stream, shown)
        self._height, self._updates = 0, 0

    def show(self, watcher: Watcher, changed: set[str]) -> None:
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
        """Return the table's lines."""
        rows = [f"{'event type':<18}{'entries':>8}{'revision':>10}  {'newest':<8} last value"]
        for name in self.types(set(watcher.mirror.copies)):
            copy = watcher.mirror.copies[name]
            age = "-" if copy.changed_at is None else age_text(max(0.0, time.time() - copy.changed_at))
            last = next(reversed(copy.entries.values()), ("", 0, ""))[2]
            text = printable_text(json.dumps(last, ensure_ascii=False)[: WIDTH - 48]) if last else ""
            rows.append(f"{name:<18}{len(copy.entries):>8}{copy.revision:>10}  {age:<8} {text}")
        return [*rows, f"{self._updates} updates; Ctrl-C ends"]


SCREENS: dict[str, type[Screen]] = {"table": Table, "lines": Lines, "json": JsonLines}
