"""Sends what earlier processes could not: `stickyboard sync`, and the next run in the same folder."""

import json
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from stickyboard.address import FOLDER, Address, NoAddress, find_address, is_loopback, known_address
from stickyboard.runs.file_outbox import STATUS
from stickyboard.runs.journal import InUse, Journal, Reader, journals
from stickyboard.runs.problems import OnProblem, report
from stickyboard.runs.sender import JournalSender

ENDED: Final = ("finished", "failed", "crashed")


class Outcome(NamedTuple):
    """The outcome for one journal; `problem` is "" if everything was sent."""

    path: Path
    run: str
    messages: int
    problem: str
    is_connected: bool = True


def send_unsent(folder: Path, timeout_s: float, on_problem: OnProblem) -> Iterator[Outcome]:
    """Send every journal in a folder whose process has ended. A run that did not say how it ended has crashed.

    A server that does not answer is tried once, however many journals wait for it.
    """
    unreachable: dict[str, str] = {}
    for path in journals(folder):
        try:
            journal = Journal.open(path)
        except (InUse, FileNotFoundError):
            continue
        except (OSError, ValueError) as exc:
            yield Outcome(path, "", 0, str(exc))
            continue
        header = journal.header
        if header.url in unreachable:
            journal.close()
            yield Outcome(path, header.run, 0, unreachable[header.url])
            continue
        outcome = _send(journal, timeout_s, on_problem)
        if outcome.problem and not outcome.is_connected:
            unreachable[header.url] = outcome.problem
        yield outcome


def send_unsent_in_background(folder: Path, timeout_s: float, on_problem: OnProblem) -> None:
    """Send them in a thread. If the process ends before, the next one sends the rest."""
    unsent = send_unsent(folder, timeout_s, on_problem)
    threading.Thread(target=lambda: list(unsent), name="stickyboard unsent runs", daemon=True).start()


def _send(journal: Journal, timeout_s: float, on_problem: OnProblem) -> Outcome:
    count, last_status = _survey(journal)
    run = journal.header.run
    if crashed := _crashed(last_status):
        journal.append(crashed)
        count += 1
    sender = JournalSender(journal, lambda: address_of(journal.header.url), on_problem)
    sender.drain(timeout_s)
    return close(sender, journal, run, count)


def close(sender: JournalSender, journal: Journal, run: str, count: int) -> Outcome:
    """Wait until a journal is sent, and remove it; close one that cannot be sent."""
    if sender.close():
        journal.remove()
        return Outcome(journal.path, run, count, "")
    journal.close()
    return Outcome(journal.path, run, count, sender.problem or "the server does not answer", sender.was_connected)


def report_unsent(outcomes: Iterable[Outcome]) -> None:
    """Write one line to standard error for all runs of a folder that were not sent for the same reason."""
    alike = defaultdict(list)
    for each in outcomes:
        alike[each.path.parent, each.problem].append(each)
    for (folder, problem), (first, *more) in alike.items():
        if problem:
            runs, where = (f"{first.run} and {len(more)} more", folder) if more else (first.run, first.path)
            option = "" if folder.parent == Path(FOLDER).absolute() else f" --data {folder.parent}"
            rest = f"the rest is in {where}; send it with: stickyboard sync{option}"
            report(f"{runs}: not everything was sent ({problem}); {rest}")


def _crashed(last_status: str) -> bytes:
    """Return the message that marks a run as crashed; b"" if it has ended, or no status can be read."""
    try:
        status = next(event for event in json.loads(last_status) if event["type"] == "run")
        if status["status"] in ENDED:
            return b""
        return json.dumps([{**status, "status": "crashed"}], separators=(",", ":")).encode()
    except (ValueError, TypeError, KeyError, StopIteration, RecursionError):
        return b""


def address_of(url: str) -> Address:
    """Return the server of a run, and a token for it. A board on this machine may have another port now.

    The URL is read from a file, which may be of another user or downloaded, so it gets only its own token.

    Raises:
        NoAddress: none is known.
    """
    try:
        return known_address(url) if url else find_address()
    except NoAddress:
        host = urlsplit(url).hostname
        if not host or is_loopback(host):  # without a host, such as "localhost:8000", it is no server's address
            return find_address()
        raise


def _survey(journal: Journal) -> tuple[int, str]:
    """Return the number of unsent messages, and the last one with the run's status, sent or not."""
    reader, last = Reader(journal.path, journal.sent), journal.sent.status
    for _, message in reader.messages():
        if STATUS in message:
            last = message.decode()
    reader.close()
    return reader.number - journal.sent.number, last
