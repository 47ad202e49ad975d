"""Sends what earlier processes could not: `stickyboard sync`, and the next run in the same folder."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from stickyboard.address import NoAddress, find_address
from stickyboard.runs.journal import InUse, Journal, Reader, journals
from stickyboard.runs.sender import Sender

ENDED: Final = (b'"status":"finished"', b'"status":"failed"', b'"status":"crashed"')


class Sent(NamedTuple):
    """The outcome for one journal; `problem` is "" if everything was sent."""

    path: Path
    run: str
    messages: int
    problem: str


def send_unsent(folder: Path, timeout_s: float, on_problem: Callable[[str], None]) -> Iterator[Sent]:
    """Send every journal in a folder whose process has ended. A run that did not say how it ended has crashed."""
    for path in journals(folder):
        try:
            journal = Journal.open(path)
        except InUse:
            continue
        except (OSError, ValueError) as exc:
            yield Sent(path, "", 0, str(exc))
            continue
        yield _send(journal, timeout_s, on_problem)


def _send(journal: Journal, timeout_s: float, on_problem: Callable[[str], None]) -> Sent:
    count, last_status = _survey(journal.path)
    run = journal.header.run
    if last_status and not any(mark in last_status for mark in ENDED):
        status = next(event for event in json.loads(last_status) if event["type"] == "run")
        journal.append(json.dumps([{**status, "status": "crashed"}]).encode())
        count += 1
    try:
        address = find_address(journal.header.url or None)
    except (NoAddress, ValueError) as exc:
        journal.close()
        return Sent(journal.path, run, count, str(exc))
    journal.header = journal.header._replace(url=address.url)
    sender = Sender(journal, address.token, on_problem)
    if sender.close(timeout_s):
        journal.remove()
        return Sent(journal.path, run, count, "")
    journal.close()
    return Sent(journal.path, run, count, sender.problem or "the server does not answer")


def _survey(path: Path) -> tuple[int, bytes]:
    """Return the number of messages, and the last one with the run's status."""
    reader, last = Reader(path), b""
    for _, message in reader.messages():
        if b'"type":"run",' in message:
            last = message
    reader.close()
    return reader.number, last
