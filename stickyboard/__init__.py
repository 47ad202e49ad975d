"""The client of a Stickyboard server: sends events over one WebSocket, with acknowledgements, and follows boards.

    async with Producer("http://localhost:8000", token) as producer:
        await producer.publish("model_metric", model="gbt", macro_f1=0.91)

Requires `websockets` and `msgspec`, but not Django. Events are applied in the order of publishing, each once, however
often the connection is lost. No event is dropped silently, and the buffer is bounded. With a spool file, this also
holds across restarts of the process.

Reading order: `producer.py`, `outbox.py`, `spool.py`, `connection.py`; then `watcher.py`, which follows a board like a
browser.
"""

from stickyboard.errors import (
    Dropped,
    ProducerClosed,
    ProducerError,
    ProtocolRefused,
    Rejected,
    SessionRefused,
    SpoolUnusable,
    TokenRefused,
    Undelivered,
)
from stickyboard.producer import Producer
from stickyboard.receipts import Counts, Receipt
from stickyboard.sync import SyncProducer
from stickyboard.watcher import Watcher

__all__ = [
    "Counts",
    "Dropped",
    "Producer",
    "ProducerClosed",
    "ProducerError",
    "ProtocolRefused",
    "Receipt",
    "Rejected",
    "SessionRefused",
    "SpoolUnusable",
    "SyncProducer",
    "TokenRefused",
    "Undelivered",
    "Watcher",
]
