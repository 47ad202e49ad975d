"""The six guarantees, each a function over a recorded transcript.

A transcript is what one browser saw, in order, over all its connections:

* ``{"op": "open", "cursor": text, "heads": {type: (epoch, revision)}}`` for each connection, with
  the heads that the store had before it was opened (left out where nobody could look);
* every message as it came (hello, frame, beat);
* ``{"op": "close", "code": number}``.

Each function raises AssertionError with the place where the promise was broken.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.picture import Picture

Transcript = list[dict[str, Any]]
# (keyspace, epoch, revision) -> entries as `Copy` holds them: what the store had after each commit
History = Mapping[tuple[str, str, int], Mapping[str, Any]]
UNNOTED = {"log"}  # too long to be noted after each commit; compared at the end only


def frames(transcript: Transcript) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each frame with its place in the transcript."""
    for place, message in enumerate(transcript):
        if message["op"] == "frame":
            yield place, message


def ordered(transcript: Transcript) -> None:
    """A keyspace's revisions never go back within an epoch."""
    reached: dict[tuple[str, str], int] = {}
    for place, frame in frames(transcript):
        for section in frame["sections"]:
            history = (section["type"], section["epoch"])
            revisions = [entry[2] for entry in section["entries"]]
            assert revisions == sorted(revisions), f"{place}: {history} came as {revisions}"
            assert all(revision <= section["to"] for revision in revisions), f"{place}: {history} beyond its own end"
            assert section["to"] >= reached.get(history, 0), f"{place}: {history} went back to {section['to']}"
            reached[history] = section["to"]


def unique(transcript: Transcript) -> None:
    """No revision is applied twice."""
    reached: dict[tuple[str, str], int] = {}
    for place, frame in frames(transcript):
        types = [section["type"] for section in frame["sections"]]
        assert len(types) == len(set(types)), f"{place}: one keyspace twice in {types}"
        for section in frame["sections"]:
            history = (section["type"], section["epoch"])
            revisions = [entry[2] for entry in section["entries"]]
            assert len(revisions) == len(set(revisions)), f"{place}: {history} has {revisions}"
            if not section.get("reset"):
                known = reached.get(history, 0)
                assert all(revision > known for revision in revisions), (
                    f"{place}: {history} had {known}, got {revisions}"
                )
            reached[history] = section["to"]


def gap_free(transcript: Transcript, history: History) -> None:
    """After every frame, the browser's picture equals the store's at that cursor."""
    picture = Picture()
    for place, frame in frames(transcript):
        picture.apply(frame)
        for name in {section["type"] for section in frame["sections"]} - UNNOTED:
            copy = picture.copies[name]
            wanted = history.get((name, copy.epoch, copy.revision), {} if copy.revision == 0 else None)
            assert wanted is not None, f"{place}: the store never stood at {name}:{copy.epoch}:{copy.revision}"
            assert copy.entries == wanted, f"{place}: {name} at {copy.revision}: {copy.entries} is not {wanted}"


def replay_first(transcript: Transcript) -> None:
    """Nothing live comes before the caught-up marker, which comes even when nothing is kept."""
    picture = Picture()
    opened: dict[str, Any] | None = None
    seen: list[str] = []
    for place, message in enumerate(transcript):
        if message["op"] == "open":
            opened, seen = message, []
            continue
        if message["op"] == "frame":
            picture.apply(message)
        if opened is None or message["op"] == "close":
            continue
        seen.append(message["op"])
        assert seen[0] == "hello", f"{place}: {seen[0]} came before hello"
        if message.get("caught_up"):
            for name, head in opened.get("heads", {}).items():
                epoch, revision = picture.heads.get(name, ("", 0))
                assert epoch != head[0] or revision >= head[1], f"{place}: caught up without {name}:{head}"
            opened = None
        else:
            assert message["op"] in ("hello", "frame"), f"{place}: {message['op']} before the marker"


def replayed(transcript: Transcript) -> None:
    """The marker came once per connection that got as far as a frame."""
    marked = None
    for place, message in enumerate(transcript):
        if message["op"] == "open":
            marked = False
        elif message.get("caught_up"):
            assert marked is False, f"{place}: a second marker"
            marked = True


def atomic(transcript: Transcript, history: History) -> None:
    """Every frame ends where a commit ended, so no batch is seen in part."""
    for place, frame in frames(transcript):
        for section in frame["sections"]:
            end = (section["type"], section["epoch"], section["to"])
            noted = section["to"] and section["type"] not in UNNOTED
            assert not noted or end in history, f"{place}: {end} lies within a commit"


def resumable(transcript: Transcript, shown: Mapping[str, Any]) -> None:
    """Leaving at any point and coming back with the cursor ends in the same picture."""
    picture = Picture()
    for place, message in enumerate(transcript):
        if message["op"] == "open" and message["cursor"]:
            assert message["cursor"] == picture.cursor, f"{place}: came back with another cursor"
        elif message["op"] == "open":
            picture = Picture()
        elif message["op"] == "frame":
            picture.apply(message)
    assert picture.shown() == shown


def check_all(transcript: Transcript, history: History, shown: Mapping[str, Any] | None = None) -> None:
    """Check the six; `shown` is the picture of the store at the end, None for a browser that left early."""
    ordered(transcript)
    unique(transcript)
    gap_free(transcript, history)
    replay_first(transcript)
    replayed(transcript)
    atomic(transcript, history)
    if shown is not None:
        resumable(transcript, shown)
