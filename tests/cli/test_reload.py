"""`serve --reload` with a program that only notes how it was called: which server starts when a file was saved."""

import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from stickyboard.cli.reload import serve_again
from tests.support.server import until

# It serves until it is stopped. A check of "spoil" replaces the text, as a second save does.
PROGRAM = """
import signal, sys
file = {file!r}
text = open(file).read()
with open({journal!r}, "a") as journal:
    journal.write(f"{{sys.argv[1]}} {{text}}\\n")
if sys.argv[1] == "check" and text == "spoil":
    open(file, "w").write("error")
elif text == "error":
    sys.exit("an error")
elif sys.argv[1] == "serve" and text != "end":
    signal.pause()
"""


class Reloaded:
    """A board file that is served in a thread; a server of the text "end" ends it."""

    def __init__(self, folder: Path) -> None:
        self.file, self._journal, program = folder / "board.py", folder / "journal", folder / "program"
        program.write_text(PROGRAM.format(file=str(self.file), journal=str(self._journal)))
        self.file.write_text("first")
        self._program = [sys.executable, "-I", "-S", str(program)]
        self.codes: list[int] = []
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.codes.append(serve_again([], self.file, listener, self._program, poll_s=0.01))

    async def save(self, text: str, until_journal: str) -> None:
        replace(self.file, text)
        await self.has(until_journal)

    async def has(self, line: str) -> None:
        await until(lambda: self._journal.exists() and f"{line}\n" in self._journal.read_text(), what=line)

    @property
    def journal(self) -> list[str]:
        return self._journal.read_text().splitlines()


@pytest.fixture
def reloaded(tmp_path: Path) -> Iterator[Reloaded]:
    made = Reloaded(tmp_path)
    yield made
    replace(made.file, "end")
    made.thread.join(30)
    assert not made.thread.is_alive()


def replace(file: Path, text: str) -> None:
    """Write a file at once: one that is empty in between is two changes."""
    new = file.with_suffix(".new")
    new.write_text(text)
    new.replace(file)


class Printed:
    """What was printed so far."""

    def __init__(self, capsys) -> None:
        self._capsys, self._text = capsys, ""

    def __contains__(self, words: str) -> bool:
        self._text += self._capsys.readouterr().out
        return words in self._text


@pytest.mark.parametrize(
    ("text", "line", "message", "calls"),
    [
        pytest.param("error", "check error", "an error\nThe board continues", ["check error"], id="in a check"),
        pytest.param("spoil", "serve error", "is down until", ["check spoil", "serve error"], id="during a restart"),
    ],
)
async def test_an_error_waits_for_the_next_save(reloaded, capsys, text, line, message, calls):
    printed = Printed(capsys)
    await reloaded.has("serve first")
    await reloaded.save(text, line)
    await until(lambda: message in printed, what="the message")
    await reloaded.save("second", "serve second")
    assert reloaded.journal == ["serve first", *calls, "check second", "serve second"]


async def test_a_file_beside_the_board_is_watched(reloaded):
    await reloaded.has("serve first")
    beside = reloaded.file.with_name("static") / "gauge.js"
    beside.parent.mkdir()
    beside.write_text("")
    await until(lambda: reloaded.journal == ["serve first", "check first", "serve first"])
