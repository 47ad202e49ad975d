"""A board: event types, and how they are stored and drawn.

    stickyboard serve board.py --reload

sends this file's changes to open pages. To send an event:

    stickyboard send order shop=north amount=12.5

or in Python:

    from stickyboard import SyncProducer
    with SyncProducer() as producer:
        producer.publish("order", shop="north", amount=12.5)
"""

from typing import Annotated

from msgspec import Meta, Struct

from broadcast.events.board import Board, Scene
from broadcast.events.event_type import EventType
from broadcast.events.policies import last_value, ring
from broadcast.page.widgets import Bars, Feed, Lines


class Order(Struct):
    """One order. A field without a default is required; other fields are stored unchanged."""

    shop: str
    amount: Annotated[float, Meta(ge=0)]


class Temperature(Struct):
    """A measurement of one machine."""

    machine: str
    degrees: float


EVENT_TYPES = [
    # The newest 500 orders, as lines of text.
    EventType("order", Order, ring(500), title="Orders", show=Feed(text="{shop}: {amount}")),
    # The newest measurement of each machine, as a bar.
    EventType(
        "temperature",
        Temperature,
        last_value("machine"),
        title="Temperature",
        show=Bars(label="machine", value="degrees", format=".1f"),
    ),
    # The newest 500 measurements of each machine, as curves over time.
    EventType(
        "temperature_history",
        Temperature,
        ring(500, lane="machine"),
        title="Temperature over time",
        show=Lines(series="machine", y="degrees"),
    ),
]

# The order, the numbers (keyboard shortcuts) and the sizes of the scenes. Without BOARDS, one board shows everything.
BOARDS = [
    Board(
        "main",
        title="My board",
        scenes=[
            Scene("temperature_history", number=1, size="wide"),
            Scene("temperature", number=2),
            Scene("order", number=3),
        ],
    )
]
