"""`stickyboard import tensorboard DIR`: sends the runs of a TensorBoard folder to a board."""

import argparse
import asyncio
import secrets
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from broadcast.management.output import BAR_CHARACTERS, FOUND_WRONG
from broadcast.management.parser import Parser
from broadcast.ops.display_text import printable_text
from stickyboard.address import Address, NoAddress, find_address
from stickyboard.cli.local import add_data_option
from stickyboard.errors import ProducerError
from stickyboard.outbox import Reply
from stickyboard.runs.events import encode
from stickyboard.runs.file_outbox import Message
from stickyboard.tensorboard.delivery import Imported, deliver
from stickyboard.tensorboard.folders import FileMessages, Folder, find_runs, producer_of
from stickyboard.tensorboard.records import Damage

MAX_LINES: Final = 20  # about one file


def run(words: Sequence[str]) -> int:
    """Import each run of a folder; exit with 3 if something could not be read."""
    options = parser().parse_args(words)
    folder: Path = options.folder
    if not folder.is_dir():
        sys.exit(f"{folder} is not a folder; expected one with event files of TensorBoard")
    found = find_runs(folder, options.run or "")
    if not found:
        sys.exit(f"{folder} has no event files; expected files whose names contain tfevents, also in folders below it")
    try:
        salt = secrets.token_hex(8) if options.again else ""
        importer = Importer(find_address(), found, Imported(options.data), salt)
        for each in found:
            print(printable_text(importer.send(each)))
    except (NoAddress, ProducerError, ValueError, OSError) as exc:
        sys.exit(str(exc))
    if not importer.count:
        print("The board has all of it already. To import it again, for example after `stickyboard clear`: --again")
    return FOUND_WRONG if importer.problems else 0


def parser() -> argparse.ArgumentParser:
    made = Parser(
        prog="stickyboard import",
        description="Sends the runs of a TensorBoard folder, and of the folders below it, to the board: scalars, "
        "histograms, pictures and texts, with their steps and times. Nothing is applied twice, so the command can be "
        "repeated, for example while a program still writes.",
    )
    made.add_argument("kind", choices=["tensorboard"], help="The format of the folder.")
    made.add_argument("folder", type=Path, metavar="DIR", help="The folder that `tensorboard --logdir` gets.")
    made.add_argument(
        "--run", metavar="NAME", help="Name of the run; default: the folder's. It precedes the paths of those below it."
    )
    made.add_argument("--again", action="store_true", help="Import what was imported before, too.")
    add_data_option(made)
    return made


class Importer:
    """Sends folders, one after the other, and reports what could not be read.

    Args:
        imported: how far files were imported before.
        salt: makes everything new for the server; "" for what it may have already.
    """

    def __init__(self, address: Address, folders: Sequence[Folder], imported: Imported, salt: str = "") -> None:
        self._address, self._imported, self._salt = address, imported, salt
        self.problems = Counter[Path]()
        """What could not be read, or was refused, by file."""
        self._total = sum(file.stat().st_size for folder in folders for file in folder.files)
        self._done = 0
        self.count = 0
        """Of the events that were sent."""

    def send(self, folder: Folder) -> str:
        """Send one run; return a line about it."""
        before = self.count
        sources = [self._send_file(path, folder.run) for path in folder.files]
        self._send_status(folder, [source for source in sources if source is not None])
        problems = sum(self.problems[path] for path in folder.files)
        sent = f"{self.count - before:,} events" if self.count > before else "nothing new"
        return f"{folder.run}: {sent}" + (f", {problems:,} problems" if problems else "")

    def _send_file(self, path: Path, run: str) -> FileMessages | None:
        """Send a file; return what was read, or None if it cannot be read."""
        try:
            file = path.open("rb")
        except OSError as exc:
            self._report(path, f"{path} cannot be read: {exc.strerror}")
            return None
        key = producer_of(run, path)
        after = 0 if self._salt else self._imported.number_of(self._address.url, key)
        source = FileMessages(path, run, self._on_damage, after)
        producer = producer_of(run, path, self._salt)
        with file:
            self._deliver(producer, source.read(file), path)
            self._done += file.seek(0, 2)
        self.count += source.events
        self._imported.store(self._address.url, key, source.number)
        self._draw_bar(self._done)
        return source

    def _send_status(self, folder: Folder, sources: Sequence[FileMessages]) -> None:
        started = min((source.first_time for source in sources if source.first_time), default=0.0)
        event = {
            "type": "run",
            "run": folder.run,
            "status": "finished",
            "started": started,
            "step": max((source.last_step for source in sources), default=0),
            "config": {"imported from": str(folder.files[0].parent)},
        }
        # The newest status replaces the previous one, so it needs no number that is always the same.
        producer = f"tensorboard-{secrets.token_hex(16)}"
        messages = iter([Message(1, encode([event]), 0)])
        self._deliver(producer, messages, folder.files[0])

    def _deliver(self, producer: str, messages: Iterator[Message], path: Path) -> None:
        def draw(done: Message) -> None:
            self._draw_bar(self._done + done.end)

        def report(reply: Reply) -> None:
            self._report(path, f"{path}: the board refused an event ({reply.code}: {reply.message})")

        asyncio.run(deliver(self._address, producer, messages, draw, report))

    def _on_damage(self, path: Path, damage: Damage) -> None:
        self._report(path, f"{path}, byte {damage.offset}: {damage.reason}")

    def _report(self, path: Path, line: str) -> None:
        self.problems[path] += 1
        if self.problems[path] <= MAX_LINES:
            end = "\n" if self.problems[path] < MAX_LINES else "; further problems of this file are only counted\n"
            sys.stderr.write(("\r\x1b[K" if sys.stderr.isatty() else "") + printable_text(line) + end)

    def _draw_bar(self, done: int) -> None:
        if sys.stderr.isatty():
            share = min(1.0, done / self._total) if self._total else 1.0
            bar = "█" * round(share * BAR_CHARACTERS)
            sys.stderr.write(f"\r{bar:·<{BAR_CHARACTERS}} {share:4.0%}" + ("\r\x1b[K" if share == 1 else ""))
            sys.stderr.flush()
