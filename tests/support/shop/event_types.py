"""Event types with the widgets of points, texts and pictures, and with modules of this app."""

from msgspec import Struct

from broadcast.events.board import Board, Scene
from broadcast.events.event_type import EventType
from broadcast.events.images import Base64Image
from broadcast.events.policies import latest, ring
from broadcast.page.widgets import Custom, Feed, Image, Scatter, Text


class House(Struct):
    area: float
    price: float
    town: str


class Line(Struct):
    message: str
    level: str = "info"


class Note(Struct):
    body: str


class Photo(Struct):
    image: Base64Image


class Stock(Struct):
    count: int


RIGHT_TO_LEFT = "אבגדה " * 40

EVENT_TYPES = [
    EventType("house", House, ring(100), show=Scatter(x="area", y="price", category="town", x_title="m²")),
    EventType("line", Line, ring(600), show=Feed(text="{message}", level="level")),
    EventType("note", Note, latest(), show=Text(body="body", format="markdown")),
    EventType("photo", Photo, latest(), max_event_bytes=700_000, show=Image(source="image")),
    EventType("stock", Stock, latest(), show=Custom(module="shop/stock.js", settings={"unit": "boxes"})),
    EventType("faulty", Stock, latest(), show=Custom(module="shop/faulty.js")),
    EventType("slow", Stock, latest(), show=Custom(module="shop/slow.js")),
    EventType("throwing", Stock, latest(), title=RIGHT_TO_LEFT, show=Custom(module="shop/throwing.js")),
]
BOARDS = [
    Board("main", scenes=[kind.name for kind in EVENT_TYPES]),
    Board("tiles", scenes=[Scene("house", "line", "throwing", title="All", size="strip")]),
]
