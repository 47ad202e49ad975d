"""What tests of the admin share: its addresses, and a store with something in it."""

from typing import Any
from urllib.parse import quote

from django.urls import reverse

from broadcast.stores.base import StickyCache


def keep(store: StickyCache, keyspace: str = "model_metric", **values: Any) -> None:
    """Write entries, by default two models."""
    for key, value in (values or {"gbt": {"macro_f1": 0.9}, "mlp": {"macro_f1": 0.8}}).items():
        store.set(f"{keyspace}:{key}", value)


def url(page: str, **query: str) -> str:
    """Return a page's address."""
    asked = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
    return reverse(f"admin:stickyboard_keyspace_{page}") + (f"?{asked}" if asked else "")


def text_of(response: Any) -> str:
    """Return a page's HTML."""
    return response.content.decode()


LOOKS = (lambda: url("changelist"), lambda: url("entries", keyspace="model_metric"))
REMOVALS = (
    lambda: url("remove", keyspace="model_metric", key="gbt"),
    lambda: url("clear", keyspace="model_metric"),
    lambda: url("clear_all"),
)
