"""Publishes to Stickyboard with the project's own client."""

from benchmarks.publishers import events
from benchmarks.state import state_events
from stickyboard import Producer

FIELDS = {"gauge": events.gauge_fields, "live_detection": events.detection_fields}


class StickyOutlet:
    """One producer.

    Args:
        producer: connected or connecting.
        event_types: what each event is published as; several take turns.
        size: bytes of a `tick`.
        entries: how many entries the `entry` keyspace has, of which each event changes one.
    """

    def __init__(self, producer: Producer, event_types: list[str], size: int, entries: int) -> None:
        self.producer, self.event_types, self.size, self.entries = producer, event_types, size, entries

    async def publish(self, first_n: int, count: int, t_us: int) -> None:
        publish = self.producer.publish
        for n in range(first_n, first_n + count):
            name = self.event_types[n % len(self.event_types)]
            await publish(name, self._fields(name, n, t_us))

    def _fields(self, name: str, n: int, t_us: int) -> dict[str, object]:
        if name == "tick":
            return events.tick_fields(n, t_us, self.size)
        if name == "entry":
            return events.entry_fields(n, t_us, self.entries)
        return FIELDS[name](n, t_us)

    async def publish_state(self) -> None:
        for name, _, fields in state_events():
            await self.producer.publish(name, fields)
        await self.producer.flush(20)

    async def fill(self, entries: int) -> None:
        for k in range(entries):
            await self.producer.publish("entry", events.entry_of(k))
        await self.producer.flush(60)
