"""Transcript files: recorded by a watcher, then read and checked against the six guarantees.

Each line is one JSON object, as described in `broadcast.testing.guarantees`.
"""

import asyncio
import codecs
import json
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TextIO
from urllib.parse import quote, urlsplit

from broadcast.testing.guarantees import (
    Broken,
    History,
    Transcript,
    atomic,
    gap_free,
    history_of,
    ordered,
    replay_first,
    resumable,
    unique,
)
from stickyboard.address import is_loopback

READ_TIMEOUT_S = 10.0

# Each raises Broken, or returns the number of states that it compared.
GUARANTEES: dict[str, Callable[[Transcript, History], int | None]] = {
    "ordered": lambda transcript, _: ordered(transcript),
    "unique": lambda transcript, _: unique(transcript),
    "gap_free": gap_free,
    "replay_first": lambda transcript, _: replay_first(transcript),
    "atomic": atomic,
    "resumable": lambda transcript, _: resumable(transcript),
}


class InvalidTranscript(Exception):  # like the errors in broadcast.errors
    """Raised when a file is not a transcript. Lines are numbered from 1."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(f"{path}, line {line}: {reason}; record one with: manage.py watch --record FILE")


class Recorder:
    """Writes a transcript, including complete states to compare with.

    Args:
        url: the server's URL.
        board: the board's name.
        file: the destination.
        headers: sent with each request for the state.
    """

    def __init__(self, url: str, board: str, file: TextIO, headers: Mapping[str, str] | None = None) -> None:
        self._address = f"{url.rstrip('/')}/api/state/{quote(board, safe='')}"
        self._file, self._headers = file, dict(headers or {})

    def record(self, message: Mapping[str, Any], text: str) -> None:
        self._file.write(text.replace("\n", " ") + "\n")

    async def read_heads(self) -> dict[str, list[Any]]:
        """Read the complete state over HTTP, write it, and return its heads.

        Returns:
            The epoch and revision of each event type; empty if the state could not be read.
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
        # Like the client, use the environment's proxy only for other machines.
        direct = [urllib.request.ProxyHandler({})] if is_loopback(urlsplit(self._address).hostname or "") else []
        with urllib.request.build_opener(*direct).open(request, timeout=READ_TIMEOUT_S) as answer:
            body: bytes = answer.read()
        return body


class Finding(NamedTuple):
    """The result of one guarantee: the problem and its file, or "" if it holds."""

    guarantee: str
    problem: str = ""
    file: str = ""


class Report(NamedTuple):
    """The results of the six guarantees, and what they covered."""

    findings: list[Finding]
    messages: int
    updates: int
    connections: int
    compared: int

    @property
    def holds(self) -> bool:
        return not any(finding.problem for finding in self.findings)


def read_transcript(path: Path) -> Transcript:
    """Read a transcript; ignore an incomplete last line, which a killed recorder leaves.

    Raises:
        InvalidTranscript: the file is not a transcript.
        OSError: the file cannot be read.
    """
    lines = path.read_bytes().removeprefix(codecs.BOM_UTF8).split(b"\n")
    messages = []
    for number, line in enumerate(lines[:-1], start=1):
        try:
            message = json.loads(line)
        except ValueError as exc:
            raise InvalidTranscript(path, number, f"not JSON ({exc})") from None
        if not isinstance(message, dict) or not isinstance(message.get("op"), str):
            raise InvalidTranscript(path, number, 'expected an object with an "op"')
        messages.append(message)
    if not messages:
        raise InvalidTranscript(path, 1, "the file is empty")
    return messages


def check_transcripts(transcripts: Mapping[str, Transcript]) -> Report:
    """Check the six guarantees on transcripts of one board, by file name."""
    findings, compared = [], 0
    try:
        history = history_of(transcripts.values())
    except Broken as broken:
        return _report(transcripts, [Finding("gap_free", str(broken), ", ".join(transcripts))], 0)
    for name, check in GUARANTEES.items():
        finding = Finding(name)
        for file, transcript in transcripts.items():
            try:
                compared += check(transcript, history) or 0
            except Broken as broken:
                finding = Finding(name, str(broken), file)
            except (KeyError, TypeError, ValueError, IndexError, AttributeError) as exc:
                finding = Finding(name, f"a message does not follow the protocol ({exc!r})", file)
        findings.append(finding)
    return _report(transcripts, findings, compared)


def _report(transcripts: Mapping[str, Transcript], findings: list[Finding], compared: int) -> Report:
    ops = [message["op"] for transcript in transcripts.values() for message in transcript]
    return Report(findings, len(ops), ops.count("update"), ops.count("open"), compared)
