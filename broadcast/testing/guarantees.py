"""The six guarantees, each a function over what one browser saw. Pure.

A transcript is what one browser saw, in order, over all its connections:

* ``{"op": "open", "cursor": text, "heads": {type: [epoch, revision]}}`` for each connection, with
  the heads that the store had before it was opened (left out where nobody could look);
* every message as it came (hello, update, heartbeat);
* ``{"op": "close", "code": number}``;
* ``{"op": "state", "update": …}`` where the whole state was read beside the socket.

What the store had is a history: (event type, epoch, revision) to the entries after that commit. Who
can note every commit, as the tests do, says so by `complete`; from transcripts alone `history_of`
makes one of the moments that somebody read whole.

Each function raises Broken with the place where the promise was broken.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from broadcast.testing.mirror import Gap, Mirror

Transcript = Sequence[Mapping[str, Any]]
History = Mapping[tuple[str, str, int], Mapping[str, Any]]
WHOLE = {"snapshot", "latest"}  # policies that keep one entry


class Broken(AssertionError):
    """Raised when a guarantee does not hold.

    Args:
        place: index of the message in its transcript.
        what: what is wrong with it.
    """

    def __init__(self, place: int, what: str) -> None:
        super().__init__(place, what)
        self.place, self.what = place, what

    def __str__(self) -> str:
        return f"message {self.place}: {self.what}"


def history_of(transcripts: Iterable[Transcript]) -> History:
    """Return what is known of the store from everything that was read whole, by whomever.

    Raises:
        Broken: two readers were told different entries at one revision.
    """
    known: dict[tuple[str, str, int], dict[str, Any]] = {}
    for transcript in transcripts:
        for place, message in enumerate(transcript):
            update = message["update"] if message["op"] == "state" else message
            for section in update.get("sections", ()):
                if not section.get("reset"):
                    continue
                entries = {key: (lane, revision, value) for key, lane, revision, _, value in section["entries"]}
                end = _end(section)
                if known.setdefault(end, entries) != entries:
                    raise Broken(place, f"{_said(end)} is {entries}, where another read gave {known[end]}")
    return known


def ordered(transcript: Transcript) -> None:
    """A keyspace's revisions never go back within an epoch."""
    reached: dict[tuple[str, str], int] = {}
    for place, section in _sections(transcript):
        history = (section["type"], section["epoch"])
        revisions = [entry[2] for entry in section["entries"]]
        if revisions != sorted(revisions):
            raise Broken(place, f"{history} came as {revisions}")
        if any(revision > section["to"] for revision in revisions):
            raise Broken(place, f"{history} beyond its own end")
        if section["to"] < reached.get(history, 0):
            raise Broken(place, f"{history} went back to {section['to']}")
        reached[history] = section["to"]


def unique(transcript: Transcript) -> None:
    """No revision is applied twice."""
    reached: dict[tuple[str, str], int] = {}
    for place, update in _updates(transcript):
        types = [section["type"] for section in update["sections"]]
        if len(types) != len(set(types)):
            raise Broken(place, f"one keyspace twice in {types}")
        for section in update["sections"]:
            history = (section["type"], section["epoch"])
            revisions = [entry[2] for entry in section["entries"]]
            if len(revisions) != len(set(revisions)):
                raise Broken(place, f"{history} has {revisions}")
            known = 0 if section.get("reset") else reached.get(history, 0)
            if any(revision <= known for revision in revisions):
                raise Broken(place, f"{history} had {known}, got {revisions}")
            reached[history] = section["to"]


def gap_free(transcript: Transcript, history: History, complete: Collection[str] = ()) -> int:
    """After every update, the browser's picture equals the store's at that cursor.

    Args:
        history: what the store had.
        complete: event types of which every commit is in the history.

    Returns:
        How many pictures could be compared.
    """
    mirror, compared = Mirror(is_strict=True), 0
    for place, message in enumerate(transcript):
        _follow(mirror, place, message)
        for section in message["sections"] if message["op"] == "update" else ():
            copy = mirror.copies[section["type"]]
            wanted = history.get(_end(section), {} if section["to"] == 0 else None)
            if wanted is None:
                if section["type"] in complete:
                    raise Broken(place, f"the store never stood at {_said(_end(section))}")
                continue
            compared += 1
            if copy.entries != wanted:
                raise Broken(place, f"{_said(_end(section))}: {copy.entries} is not {wanted}")
    return compared


def replay_first(transcript: Transcript) -> None:
    """Nothing live comes before the caught-up marker, which comes once, even when nothing is kept."""
    mirror = Mirror(is_strict=True)
    opened: Mapping[str, Any] | None = None
    seen: list[str] = []
    for place, message in enumerate(transcript):
        _follow(mirror, place, message)
        if message["op"] == "open":
            opened, seen = message, []
        elif opened is None:
            if message.get("caught_up"):
                raise Broken(place, "a second marker")
        elif message["op"] in ("hello", "update", "heartbeat"):
            seen.append(message["op"])
            if seen[0] != "hello":
                raise Broken(place, f"{seen[0]} came before hello")
            if message["op"] == "heartbeat":
                raise Broken(place, "a heartbeat before the marker")
            if message.get("caught_up"):
                _reaches(mirror, opened.get("heads", {}), place)
                opened = None


def atomic(transcript: Transcript, history: History, complete: Collection[str] = ()) -> None:
    """A snapshot is replaced whole, and every update ends where a commit ended, so no batch is seen in part.

    Where commits lie is known of the event types in `complete` only.
    """
    mirror, whole = Mirror(is_strict=True), set[str]()
    for place, message in enumerate(transcript):
        _follow(mirror, place, message)
        if message["op"] == "hello":
            whole = {name for name, facts in message.get("keyspaces", {}).items() if facts.get("policy") in WHOLE}
        for section in message["sections"] if message["op"] == "update" else ():
            name, end = section["type"], _end(section)
            if section["to"] and name in complete and end not in history:
                raise Broken(place, f"{_said(end)} lies within a commit")
            kept = len(mirror.copies[name].entries)
            if name in whole and kept > 1:
                raise Broken(place, f"{name} is replaced whole, and has {kept} entries")


def resumable(transcript: Transcript, shown: Mapping[str, Any] | None = None) -> None:
    """Leaving at any point and coming back with the cursor ends in the same picture.

    Args:
        shown: the store's picture at the end; None where the browser left earlier.
    """
    mirror = Mirror(is_strict=True)
    for place, message in enumerate(transcript):
        if message["op"] == "open" and message["cursor"] not in ("", mirror.cursor):
            raise Broken(place, "came back with another cursor")
        _follow(mirror, place, message)
    if shown is not None and mirror.shown() != shown:
        raise Broken(len(transcript), f"the picture at the end is {mirror.shown()}, not {shown}")


def check_all(
    transcript: Transcript,
    history: History,
    shown: Mapping[str, Any] | None = None,
    complete: Collection[str] | None = None,
) -> int:
    """Check the six where every commit was noted of the event types in `complete`; None for all in `history`.

    Returns:
        How many pictures could be compared with the store's.
    """
    complete = {name for name, _, _ in history} if complete is None else complete
    ordered(transcript)
    unique(transcript)
    compared = gap_free(transcript, history, complete)
    replay_first(transcript)
    atomic(transcript, history, complete)
    resumable(transcript, shown)
    return compared


def _follow(mirror: Mirror, place: int, message: Mapping[str, Any]) -> None:
    """Do what a browser does with a message; one that comes without a cursor begins with nothing."""
    if message["op"] == "open" and not message["cursor"]:
        mirror.copies.clear()
    if message["op"] == "update":
        try:
            mirror.apply(message)
        except Gap as gap:
            raise Broken(place, f"a gap in {gap}") from None


def _reaches(mirror: Mirror, heads: Mapping[str, Sequence[Any]], place: int) -> None:
    for name, (epoch, revision) in heads.items():
        mine = mirror.heads.get(name, ("", 0))
        if mine[0] == epoch and mine[1] < revision:
            raise Broken(place, f"caught up without {name}:{epoch}:{revision}")


def _updates(transcript: Transcript) -> Iterator[tuple[int, Mapping[str, Any]]]:
    return ((place, message) for place, message in enumerate(transcript) if message["op"] == "update")


def _sections(transcript: Transcript) -> Iterator[tuple[int, Mapping[str, Any]]]:
    return ((place, section) for place, update in _updates(transcript) for section in update["sections"])


def _end(section: Mapping[str, Any]) -> tuple[str, str, int]:
    return section["type"], section["epoch"], section["to"]


def _said(end: tuple[str, str, int]) -> str:
    return ":".join(map(str, end))
