"""The mistakes that clients of such a protocol are known to make, each as a watcher, with the case that finds it."""

from stickyboard.mirror import Copy, Gap, Mirror
from stickyboard.watcher import Acks, Watcher


def with_mirror(kind: type[Mirror]):
    def make(url: str, board: str) -> Watcher:
        watcher = Watcher(url, board, random=lambda: 0.0)
        watcher.mirror = kind()
        return watcher

    return make


class IgnoresGaps(Mirror):
    def apply_section(self, section):
        try:
            return super().apply_section(section)
        except Gap:
            copy = self.copies.setdefault(section["type"], Copy())
            copy.epoch, copy.revision = section["epoch"], section["from"]
            return super().apply_section(section)


class KeepsAfterReset(Mirror):
    def reset(self, copy, section):
        copy.epoch, copy.revision = section["epoch"], 0


class AppliesTwice(Mirror):
    def apply_section(self, section):
        copy = self.copies.get(section["type"])
        if copy and copy.epoch == section["epoch"] and section["to"] <= copy.revision:
            copy.revision = section["from"]
        return super().apply_section(section)


class KeepsRemovedKeys(Mirror):
    def apply_section(self, section):
        entries = [entry for entry in section["entries"] if entry[-1] is not None]
        return super().apply_section({**section, "entries": entries})


class IgnoresFloors(Mirror):
    def evict(self, copy, floors):
        pass


class IgnoresStrides(Mirror):
    def thin(self, copy, strides):
        pass


class ThinsAfterwards(Mirror):
    def apply_section(self, section):
        changed = super().apply_section({**section, "strides": None})
        self.thin(self.copies[section["type"]], section.get("strides") or {})
        return changed


class EnforcesBounds(Mirror):
    def apply_section(self, section):
        changed = super().apply_section(section)
        copy = self.copies[section["type"]]
        for key in list(copy.entries)[:-2]:
            copy.remove(key)
        return changed


class ComparesNoEpochs(Mirror):
    def apply_section(self, section):
        copy = self.copies.get(section["type"])
        if copy and not section.get("reset"):
            copy.epoch = section["epoch"]
        return super().apply_section(section)


class ForgetsItsCursor(Mirror):
    cursor = ""


class NeverAcknowledges(Watcher):
    def _take_hello(self, message):
        super()._take_hello(message)
        self._acks = None


class CountsAcksOverConnections(Watcher):
    everything: Acks | None = None

    def _take_hello(self, message):
        super()._take_hello(message)
        self.everything = self._acks = self.everything or self._acks


class LetsTextsOvertake(Watcher):
    late: bytes | None = None

    async def _receive(self, socket):
        """Return a compressed message only after the text that follows it."""
        if self.late is not None:
            late, self.late = self.late, None
            return late
        message = await super()._receive(socket)
        if isinstance(message, bytes):
            self.late, message = message, await super()._receive(socket)
        return message


def with_an_impossible_pace(url: str, board: str) -> Watcher:
    watcher = Watcher(url, board, random=lambda: 0.0)
    watcher._max_per_s = 0.0
    return watcher


MISTAKES = {
    "ignores gaps": (with_mirror(IgnoresGaps), "gap"),
    "keeps entries after a reset": (with_mirror(KeepsAfterReset), "reset_replaces"),
    "applies a section twice": (with_mirror(AppliesTwice), "applied_section"),
    "keeps removed keys": (with_mirror(KeepsRemovedKeys), "removal"),
    "ignores floors": (with_mirror(IgnoresFloors), "floor_of_a_lane"),
    "ignores floors, by its digest": (with_mirror(IgnoresFloors), "digest"),
    "ignores strides": (with_mirror(IgnoresStrides), "stride"),
    "thins after adding": (with_mirror(ThinsAfterwards), "stride_before_entries"),
    "enforces bounds itself": (with_mirror(EnforcesBounds), "own_bounds"),
    "compares no epochs": (with_mirror(ComparesNoEpochs), "another_epoch"),
    "reconnects without a cursor": (with_mirror(ForgetsItsCursor), "reconnect_after_close"),
    "never acknowledges": (NeverAcknowledges, "acknowledge_half_a_window"),
    "requests an impossible pace": (with_an_impossible_pace, "acknowledge_half_a_window"),
    "lets texts overtake compressed messages": (LetsTextsOvertake, "compressed_then_text"),
    "counts acknowledgements over connections": (CountsAcksOverConnections, "acknowledge_from_zero"),
}
