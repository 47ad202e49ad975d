"""What a producer imports: typed events in, acknowledged by the server, over one WebSocket.

    async with Producer("http://localhost:8000", token) as producer:
        await producer.publish("model_metric", model="gbt", macro_f1=0.91)

Needs `websockets` and `msgspec`, and no Django. Guarantees, as long as the process lives: events
are applied in the order they were published, each once, however often the connection is lost; none
is dropped without a word; and the buffer is bounded, so that `publish` waits when the server does.

Read on in this order: `async_producer.py`, `outbox.py`, `producer_connection.py`.
"""

from producers_api.async_producer import Producer
from producers_api.client_errors import (
    NotAuthorised,
    ProducerClosed,
    ProducerError,
    ProtocolRefused,
    Rejected,
    Undelivered,
)
from producers_api.outbox import Receipt
from producers_api.sync_producer import SyncProducer

__all__ = [
    "NotAuthorised",
    "Producer",
    "ProducerClosed",
    "ProducerError",
    "ProtocolRefused",
    "Receipt",
    "Rejected",
    "SyncProducer",
    "Undelivered",
]
