"""One board's fan-out, of which a test determines each commit, each message and the time."""

from types import SimpleNamespace

from broadcast.conf import Settings
from broadcast.delivery.board_sender import group_of, message_of
from broadcast.delivery.fanout import Fanout
from broadcast.delivery.local_layer import LocalChannelLayer
from broadcast.delivery.updates import Update, section_of, update_of
from broadcast.ops.counters import Meters
from broadcast.types import LIMITS, Cursor, Delta, Entry
from tests.support.table import TABLE

TYPES = {"keyed": TABLE["keyed"]}
OWN, OTHER = "this process", "another process"


def delta(revision: int, before: int | None = None) -> Delta:
    first = revision - 1 if before is None else before
    entries = [Entry(f"k{n}", "", n, 1.0, "1") for n in range(first + 1, revision + 1)]
    return Delta("keyed", "e", first, revision, False, {}, entries)


class Store:
    """A store with one keyspace, at a revision that a test sets."""

    limits = LIMITS

    def __init__(self) -> None:
        self.revision = self.reads = self.comparisons = 0
        self.failure: Exception | None = None
        self.has_stamp = False  # so that it is read each time

    def stamp(self) -> int | None:
        self.comparisons += 1
        return self.revision if self.has_stamp else None

    async def aheads(self) -> dict[str, Cursor]:
        return {"keyed": Cursor("e", self.revision)}

    async def asince(self, cursors: dict[str, Cursor]) -> dict[str, Delta]:
        self.reads += 1
        if self.failure:
            raise self.failure
        return {"keyed": delta(self.revision, cursors["keyed"].revision)}


class Browser:
    def __init__(self, fanout: Fanout) -> None:
        self.fanout, self.position = fanout, fanout.replica.heads
        self.sent: list[Update] = []
        self.rounds = 0
        self.heartbeats: list[str] = []

    def on_change(self, now: float) -> None:
        self.sent.append(self.fanout.replica.since(self.position))
        self.position = self.fanout.replica.heads

    def on_round(self) -> None:
        self.rounds += 1

    def on_heartbeat(self, text: str) -> None:
        self.heartbeats.append(text)

    @property
    def ends(self) -> list[int]:
        return [head.revision for update in self.sent for head in update.heads.values()]


class OneBoard:
    """A fan-out, of which a test determines each commit and each message."""

    def __init__(self) -> None:
        self.now, self.step_s = 100.0, 0.01  # so no delivery waits for its tick
        self.layer, self.store = LocalChannelLayer(), Store()
        self.busy: list[float] = []
        self.foreign: list[Fanout] = []
        self.publisher = SimpleNamespace(
            sender=OWN,
            subscribers=[],
            meters=Meters(),
            note_delivery=lambda took_s: self.busy.append(took_s),
            note_foreign=self.foreign.append,
        )
        conf = Settings(MAILBOX_UPDATES=4, TICK_S=0.001)
        self.fanout = Fanout("main", TYPES, self.store, self.layer, self.publisher, conf, self.clock)  # type: ignore[arg-type]
        self.browsers: list[Browser] = []

    def clock(self) -> float:
        self.now += self.step_s
        return self.now

    async def join(self) -> Browser:
        browser = Browser(self.fanout)
        self.browsers.append(browser)
        self.fanout.join(browser)
        await self.fanout.is_member()
        await self.fanout.refresh()
        browser.position = self.fanout.replica.heads
        browser.sent.clear()
        self.busy.clear()
        return browser

    async def leave(self) -> None:
        for browser in self.browsers:
            self.fanout.drop(browser)
        await self.fanout.leave()

    def commit(self, revision: int) -> None:
        self.store.revision = revision
        for put in self.publisher.subscribers:
            put([delta(revision)])

    async def hear(self, revision: int, sender: str = OTHER, **more: str) -> None:
        """Receive an update through the layer."""
        self.store.revision = max(self.store.revision, revision)
        message = message_of(update_of([section_of(delta(revision))]), sender)
        await self.layer.group_send(group_of("main"), {**message, **more})
