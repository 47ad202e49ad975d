"""Publishes to Stickyboard with the project's own client."""

from benchmarks.publishers import events
from benchmarks.state import state_events
from producers_api.client import Producer

FIELDS = {"tick": events.tick_fields, "gauge": events.gauge_fields, "live_detection": events.detection_fields}


class StickyOutlet:
    """One producer.

    Args:
        producer: connected or connecting.
        event_types: what each event is published as; several take turns.
        size: bytes of a `tick`.
    """

    def __init__(self, producer: Producer, event_types: list[str], size: int) -> None:
        self.producer, self.event_types, self.size = producer, event_types, size

    async def publish(self, first_n: int, count: int, t_us: int) -> None:
        publish = self.producer.publish
        for n in range(first_n, first_n + count):
            name = self.event_types[n % len(self.event_types)]
            fields = events.tick_fields(n, t_us, self.size) if name == "tick" else FIELDS[name](n, t_us)
            await publish(name, fields)

    async def publish_state(self) -> None:
        for name, _, fields in state_events():
            await self.producer.publish(name, fields)
        await self.producer.flush(20)
