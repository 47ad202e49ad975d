"""The six guarantees, each a function over the transcript of one browser. Sans-I/O.

A transcript contains, in order, everything that one browser received over all its connections:

* ``{"op": "open", "cursor": text, "heads": {type: [epoch, revision]}}`` for each connection; `heads` are those of the
  store before the connection was opened, and are optional;
* every message as it was received (hello, update, heartbeat);
* ``{"op": "close", "code": number}``;
* ``{"op": "state", "update": …}`` where the complete state was read over HTTP.

A history maps (event type, epoch, revision) to the entries that the store had after that commit. A test that records
every commit of an event type lists it in `complete`. From transcripts alone, `history_of` builds the history of the
revisions at which the complete state was received.

Each function raises Broken with the message that breaks the guarantee.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from stickyboard.mirror import Gap, Mirror, Mismatch

Transcript = Sequence[Mapping[str, Any]]
History = Mapping[tuple[str, str, int], Mapping[str, Any]]
WHOLE = {"snapshot", "latest"}  # policies that store one entry


class Broken(AssertionError):
    """Raised when a guarantee does not hold.

    Args:
        index: the index of the message in its transcript.
        reason: why it breaks the guarantee.
    """

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(index, reason)
        self.index, self.reason = index, reason

    def __str__(self) -> str:
        return f"message {self.index}: {self.reason}"


def history_of(transcripts: Iterable[Transcript]) -> History:
    """Return the history of all sections with `reset`, which contain a complete keyspace.

    Raises:
        Broken: two of them have different entries at one revision.
    """
    known: dict[tuple[str, str, int], dict[str, Any]] = {}
    for transcript in transcripts:
        for index, message in enumerate(transcript):
            update = message["update"] if message["op"] == "state" else message
            for section in update.get("sections", ()):
                if not section.get("reset"):
                    continue
                entries = {key: (lane, revision, value) for key, lane, revision, _, value in section["entries"]}
                end = _end(section)
                if known.setdefault(end, entries) != entries:
                    raise Broken(index, f"{_text(end)} is {entries} here, but {known[end]} in another message")
    return known


def ordered(transcript: Transcript) -> None:
    """Within an epoch, the revisions of a keyspace never decrease."""
    reached: dict[tuple[str, str], int] = {}
    for index, section in _sections(transcript):
        history = (section["type"], section["epoch"])
        revisions = [entry[2] for entry in section["entries"]]
        if revisions != sorted(revisions):
            raise Broken(index, f"{history} is out of order: {revisions}")
        if any(revision > section["to"] for revision in revisions):
            raise Broken(index, f"{history} has an entry beyond its section's end")
        if section["to"] < reached.get(history, 0):
            raise Broken(index, f"{history} decreased to {section['to']}")
        reached[history] = section["to"]


def unique(transcript: Transcript) -> None:
    """No revision is applied twice."""
    reached: dict[tuple[str, str], int] = {}
    for index, update in _updates(transcript):
        types = [section["type"] for section in update["sections"]]
        if len(types) != len(set(types)):
            raise Broken(index, f"a keyspace occurs twice in {types}")
        for section in update["sections"]:
            history = (section["type"], section["epoch"])
            revisions = [entry[2] for entry in section["entries"]]
            if len(revisions) != len(set(revisions)):
                raise Broken(index, f"{history} repeats a revision: {revisions}")
            known = 0 if section.get("reset") else reached.get(history, 0)
            if any(revision <= known for revision in revisions):
                raise Broken(index, f"{history} is at {known}, but got {revisions}")
            reached[history] = section["to"]


def gap_free(transcript: Transcript, history: History, complete: Collection[str] = ()) -> int:
    """After every update, the browser's state equals the state of the store at that cursor.

    After every heartbeat at the browser's heads, it also equals the digests in the heartbeat.

    Args:
        history: the states of the store.
        complete: event types whose every commit is in the history.

    Returns:
        The number of states that could be compared.
    """
    mirror, compared = Mirror(is_strict=True), 0
    for index, message in enumerate(transcript):
        _follow(mirror, index, message)
        if message["op"] == "heartbeat":
            try:
                mirror.verify(message)
            except Mismatch as mismatch:
                raise Broken(index, str(mismatch)) from None
        for section in message["sections"] if message["op"] == "update" else ():
            copy = mirror.copies[section["type"]]
            wanted = history.get(_end(section), {} if section["to"] == 0 else None)
            if wanted is None:
                if section["type"] in complete:
                    raise Broken(index, f"the store was never at {_text(_end(section))}")
                continue
            compared += 1
            if copy.entries != wanted:
                raise Broken(index, f"{_text(_end(section))} is {copy.entries}, but {wanted} in the store")
    return compared


def replay_first(transcript: Transcript) -> None:
    """No live update precedes the caught-up marker, which is sent exactly once, even if nothing is stored."""
    mirror = Mirror(is_strict=True)
    opened: Mapping[str, Any] | None = None
    seen: list[str] = []
    for index, message in enumerate(transcript):
        _follow(mirror, index, message)
        if message["op"] == "open":
            opened, seen = message, []
        elif opened is None:
            if message.get("caught_up"):
                raise Broken(index, "caught_up is repeated")
        elif message["op"] in ("hello", "update", "heartbeat"):
            seen.append(message["op"])
            if seen[0] != "hello":
                raise Broken(index, f"{seen[0]} precedes hello")
            if message["op"] == "heartbeat":
                raise Broken(index, "a heartbeat precedes caught_up")
            if message.get("caught_up"):
                _reaches(mirror, opened.get("heads", {}), index)
                opened = None


def atomic(transcript: Transcript, history: History, complete: Collection[str] = ()) -> None:
    """A snapshot is replaced as a whole, and every update ends at a commit, so that no batch is applied in part.

    The commits are known only for the event types in `complete`.
    """
    mirror, whole = Mirror(is_strict=True), set[str]()
    for index, message in enumerate(transcript):
        _follow(mirror, index, message)
        if message["op"] == "hello":
            whole = {name for name, facts in message.get("keyspaces", {}).items() if facts.get("policy") in WHOLE}
        for section in message["sections"] if message["op"] == "update" else ():
            name, end = section["type"], _end(section)
            if section["to"] and name in complete and end not in history:
                raise Broken(index, f"{_text(end)} is within a commit")
            entries = mirror.copies[name].entries
            if name in whole and len(entries) > 1:
                raise Broken(index, f"{name} is a snapshot, but has {len(entries)} entries")


def resumable(transcript: Transcript, final: Mapping[str, Any] | None = None) -> None:
    """A browser that disconnects at any point and reconnects with its cursor reaches the same state.

    Args:
        final: the state of the store at the end, as `Mirror.contents` returns it; None if the browser left earlier.
    """
    mirror = Mirror(is_strict=True)
    for index, message in enumerate(transcript):
        if message["op"] == "open" and message["cursor"] not in ("", mirror.cursor):
            raise Broken(index, "reconnected with another cursor")
        _follow(mirror, index, message)
    if final is not None and mirror.contents() != final:
        raise Broken(len(transcript), f"the final state is {mirror.contents()}, but {final} in the store")


def check_all(
    transcript: Transcript,
    history: History,
    final: Mapping[str, Any] | None = None,
    complete: Collection[str] | None = None,
) -> int:
    """Check all six; `complete` is None if every commit of every event type is in `history`.

    Returns:
        The number of states that could be compared with the store.
    """
    complete = {name for name, _, _ in history} if complete is None else complete
    ordered(transcript)
    unique(transcript)
    compared = gap_free(transcript, history, complete)
    replay_first(transcript)
    atomic(transcript, history, complete)
    resumable(transcript, final)
    return compared


def _follow(mirror: Mirror, index: int, message: Mapping[str, Any]) -> None:
    """Process a message as a browser does; a browser that connects without a cursor starts with an empty mirror."""
    if message["op"] == "open" and not message["cursor"]:
        mirror.copies.clear()
    if message["op"] == "update":
        try:
            mirror.apply(message)
        except Gap as gap:
            raise Broken(index, f"a gap in {gap}") from None


def _reaches(mirror: Mirror, heads: Mapping[str, Sequence[Any]], index: int) -> None:
    for name, (epoch, revision) in heads.items():
        mine = mirror.heads.get(name, ("", 0))
        if mine[0] == epoch and mine[1] < revision:
            raise Broken(index, f"caught up, but not to {name}:{epoch}:{revision}")


def _updates(transcript: Transcript) -> Iterator[tuple[int, Mapping[str, Any]]]:
    return ((index, message) for index, message in enumerate(transcript) if message["op"] == "update")


def _sections(transcript: Transcript) -> Iterator[tuple[int, Mapping[str, Any]]]:
    return ((index, section) for index, update in _updates(transcript) for section in update["sections"])


def _end(section: Mapping[str, Any]) -> tuple[str, str, int]:
    return section["type"], section["epoch"], section["to"]


def _text(end: tuple[str, str, int]) -> str:
    return ":".join(map(str, end))
