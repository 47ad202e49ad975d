"""Puts into a store what its own cache API refuses, as another version or a hand could have."""

import json
from typing import Any

from broadcast.stores.base import StickyCache
from broadcast.types import Batch, Bounds, Write


def plant(store: StickyCache, keyspace: str, key: str = "", value: Any = "mark") -> None:
    """Write one entry without any check."""
    store.apply([Batch(keyspace, Bounds(max_keys=100), [Write(key, value=json.dumps(value))])])
