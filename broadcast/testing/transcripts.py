"""Transcripts of what a watcher saw, as files: written while it watches, read and checked later.

One JSON object a line, as `broadcast.testing.guarantees` describes them.
"""

import asyncio
import codecs
import json
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TextIO
from urllib.parse import quote, urlsplit

from broadcast.testing.guarantees import (
    Broken,
    Transcript,
    atomic,
    gap_free,
    history_of,
    ordered,
    replay_first,
    resumable,
    unique,
)
from stickyboard.proxy import is_loopback

NAMES = ("ordered", "unique", "gap_free", "replay_first", "atomic", "resumable")
READ_TIMEOUT_S = 10.0


class Damaged(Exception):  # what it is
    """Raised when a file is no transcript.

    Args:
        path: the file.
        line: its line, from 1.
        reason: what is wrong with it.
    """

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(path, line, reason)
        self.path, self.line, self.reason = path, line, reason

    def __str__(self) -> str:
        return f"{self.path}, line {self.line}: {self.reason}; record one with: manage.py watch --record FILE"


class Recorder:
    """Writes a transcript, and what the state was beside it, so that there is something to compare with.

    Args:
        url: where the server is.
        board: the board's name.
        file: where lines go.
        headers: sent with each request for the state.
    """

    def __init__(self, url: str, board: str, file: TextIO, headers: Mapping[str, str] | None = None) -> None:
        self._address = f"{url.rstrip('/')}/api/state/{quote(board, safe='')}"
        self._file, self._headers = file, dict(headers or {})

    def note(self, message: Mapping[str, Any], text: str) -> None:
        """Write down a message as it came."""
        self._file.write(text.replace("\n", " ") + "\n")

    async def read_heads(self) -> dict[str, list[Any]]:
        """Read the whole state over HTTP, write it down, and return how far each event type was.

        Returns:
            Epoch and revision by event type; nothing where it could not be read, which the socket then tells.
        """
        try:
            update = json.loads(await asyncio.to_thread(self._read))
        except OSError:
            return {}
        text = json.dumps({"op": "state", "update": update}, ensure_ascii=False, separators=(",", ":"))
        self._file.write(text + "\n")
        self._file.flush()
        return {section["type"]: [section["epoch"], section["to"]] for section in update["sections"]}

    def _read(self) -> bytes:
        request = urllib.request.Request(self._address, headers=self._headers)
        # As the client: a proxy of the environment is for other machines.
        direct = [urllib.request.ProxyHandler({})] if is_loopback(urlsplit(self._address).hostname or "") else []
        with urllib.request.build_opener(*direct).open(request, timeout=READ_TIMEOUT_S) as answer:
            body: bytes = answer.read()
        return body


class Finding(NamedTuple):
    """What became of one guarantee: "" or the sentence of what broke it, and in which file."""

    guarantee: str
    problem: str = ""
    file: str = ""


class Report(NamedTuple):
    """What the six guarantees found, and how much there was to look at."""

    findings: list[Finding]
    messages: int
    updates: int
    connections: int
    compared: int

    @property
    def holds(self) -> bool:
        """Whether no guarantee is broken."""
        return not any(finding.problem for finding in self.findings)


def read_transcript(path: Path) -> Transcript:
    """Read a transcript; a last line without its end, as a killed recorder leaves, is left out.

    Raises:
        Damaged: it is none.
        OSError: it cannot be read.
    """
    lines = path.read_bytes().removeprefix(codecs.BOM_UTF8).split(b"\n")
    messages = []
    for number, line in enumerate(lines[:-1], start=1):
        try:
            message = json.loads(line)
        except ValueError as exc:
            raise Damaged(path, number, f"no JSON ({exc})") from None
        if not isinstance(message, dict) or not isinstance(message.get("op"), str):
            raise Damaged(path, number, 'expected an object with an "op"')
        messages.append(message)
    if not messages:
        raise Damaged(path, 1, "it is empty")
    return messages


def check_transcripts(transcripts: Mapping[str, Transcript]) -> Report:
    """Run the six guarantees on each of these transcripts of one board, by name of file."""
    findings, compared = [], 0
    try:
        history = history_of(transcripts.values())
    except Broken as broken:
        return _report(transcripts, [Finding("gap_free", str(broken), ", ".join(transcripts))], 0)
    for name in NAMES:
        finding = Finding(name)
        for file, transcript in transcripts.items():
            try:
                if name == "gap_free":
                    compared += gap_free(transcript, history)
                elif name == "atomic":
                    atomic(transcript, history)
                else:
                    ALONE[name](transcript)
            except Broken as broken:
                finding = Finding(name, str(broken), file)
            except (KeyError, TypeError, ValueError, IndexError, AttributeError) as exc:
                finding = Finding(name, f"a message has another form than the protocol says ({exc!r})", file)
        findings.append(finding)
    return _report(transcripts, findings, compared)


ALONE: dict[str, Any] = {
    "ordered": ordered,
    "unique": unique,
    "replay_first": replay_first,
    "resumable": resumable,
}


def _report(transcripts: Mapping[str, Transcript], findings: list[Finding], compared: int) -> Report:
    ops = [message["op"] for transcript in transcripts.values() for message in transcript]
    return Report(findings, len(ops), ops.count("update"), ops.count("open"), compared)


def names_of(paths: Sequence[Path]) -> dict[str, Transcript]:
    """Read several transcripts, by their files' names."""
    return {str(path): read_transcript(path) for path in paths}
