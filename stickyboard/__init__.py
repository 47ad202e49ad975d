"""The client of a Stickyboard server: sends events over one WebSocket, with acknowledgements, and follows boards.

    async with Producer("http://localhost:8000", token) as producer:
        await producer.publish("model_metric", model="gbt", macro_f1=0.91)

Requires `websockets` and `msgspec`, but not Django. Events are applied in the order of publishing, each once, however
often the connection is lost. No event is dropped silently, and the buffer is bounded. With a spool file, this also
holds across restarts of the process.

The classes are imported at their first use, so that a program that only might log starts no slower.

Reading order: `producer.py`, `outbox.py`, `spool.py`, `connection.py`; then `watcher.py`, which follows a board like a
browser.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from stickyboard.producer import Producer
    from stickyboard.receipts import Counts, Receipt
    from stickyboard.runs import Run, RunError, RunWarning, alert, confusion, current, histogram, image, init, table
    from stickyboard.sync_producer import SyncProducer
    from stickyboard.watcher import Watcher

__version__ = "0.1.0"

__all__ = [
    "Counts",
    "Dropped",
    "Producer",
    "ProducerClosed",
    "ProducerError",
    "ProtocolRefused",
    "Receipt",
    "Rejected",
    "Run",
    "RunError",
    "RunWarning",
    "SessionRefused",
    "SpoolUnusable",
    "SyncProducer",
    "TokenRefused",
    "Undelivered",
    "Watcher",
    "alert",
    "confusion",
    "current",
    "histogram",
    "image",
    "init",
    "table",
]

_MODULES = {
    "producer": ("Producer",),
    "receipts": ("Counts", "Receipt"),
    "runs": ("Run", "RunError", "RunWarning", "alert", "confusion", "current", "histogram", "image", "init", "table"),
    "sync_producer": ("SyncProducer",),
    "watcher": ("Watcher",),
}

_OF_RUN = "; it is a method of a run: run = stickyboard.init(); run.{}(…)"
_MEANT = {
    **{name: _OF_RUN.format(name) for name in ("log", "line", "progress", "finish")},
    **dict.fromkeys(("publish", "send"), "; an event is sent by a producer: SyncProducer().open().publish(…)"),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            globals()[name] = value = getattr(import_module(f"stickyboard.{module}"), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}{_MEANT.get(name, '')}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
