"""The guarantees over many browsers' transcripts, on two cores if there is much to check."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from broadcast.testing.guarantees import History, check_all
from stickyboard.mirror import Copy
from tests.support.many_browsers import LightBrowser, Texts
from tests.support.picture import Picture, picture_of

MANY = 100_000  # messages above which a second process saves time


def check_transcripts(browsers: Sequence[LightBrowser], history: History, stored: Mapping[str, Any]) -> int:
    """Check each transcript against the recorded history and the stored state; return how many states were compared."""
    truth = picture_of(dict(stored)).copies
    transcripts = [browser.raw for browser in browsers]
    if sum(map(len, transcripts)) < MANY:
        return check_some(transcripts, history, truth)
    halves = (transcripts[::2], transcripts[1::2])
    with ProcessPoolExecutor(len(halves), get_context("spawn")) as processes:
        return sum(processes.map(check_some, halves, [history] * 2, [truth] * 2))


def check_some(transcripts: Sequence[Sequence[bytes]], history: History, truth: Mapping[str, Copy]) -> int:
    texts, total = Texts(), 0
    for raw in transcripts:
        transcript = [texts.parsed(text) for text in raw]
        # A kill between a commit and its record leaves a gap in the history, so not every revision is known.
        compared = check_all(transcript, history, complete=())
        assert compared, "not a picture was compared"
        check_end(transcript, truth)
        total += compared
    return total


def check_end(transcript: Sequence[dict[str, Any]], truth: Mapping[str, Copy]) -> None:
    """A browser with every change has the store's state; later expiries are changes of their own."""
    picture = Picture()
    for message in transcript:
        if message["op"] == "open" and not message["cursor"]:
            picture = Picture()
        if message["op"] == "update":
            picture.apply(message)
    for name, copy in truth.items():
        mine = picture.copies[name]
        assert mine == copy or (mine.epoch == copy.epoch and mine.revision > copy.revision), name
