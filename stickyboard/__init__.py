"""What a producer imports: typed events in, acknowledged by the server, over one WebSocket.

    async with Producer("http://localhost:8000", token) as producer:
        await producer.publish("model_metric", model="gbt", macro_f1=0.91)

Needs `websockets` and `msgspec`, and no Django. Guarantees: events are applied in the order they
were published, each once, however often the connection is lost; none is dropped without a word; and
the buffer is bounded. With a spool file all of it holds over the end of the process too.

Read on in this order: `producer.py`, `outbox.py`, `spool.py`, `connection.py`; and `watcher.py`, which
follows a board as a browser does.
"""

from stickyboard.errors import (
    Dropped,
    LoginRequired,
    NotAuthorised,
    ProducerClosed,
    ProducerError,
    ProtocolRefused,
    Rejected,
    SpoolUnusable,
    Undelivered,
)
from stickyboard.outbox import Counts, Receipt
from stickyboard.producer import Producer
from stickyboard.sync import SyncProducer
from stickyboard.watcher import Watcher

__all__ = [
    "Counts",
    "Dropped",
    "LoginRequired",
    "NotAuthorised",
    "Producer",
    "ProducerClosed",
    "ProducerError",
    "ProtocolRefused",
    "Receipt",
    "Rejected",
    "SpoolUnusable",
    "SyncProducer",
    "Undelivered",
    "Watcher",
]
