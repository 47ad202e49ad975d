"""Short forms for writing to a store and reading it back."""

import json
from typing import Any

from broadcast.stores.base import StickyCache
from broadcast.types import Batch, Bounds, Write


def put(store: StickyCache, *writes: Write, keyspace: str = "k", bounds: Bounds | None = None, decide=None):
    return store.apply([Batch(keyspace, bounds or Bounds(max_keys=100), list(writes), decide)])[0]


def value(key: str | None, number: int, **more: Any) -> Write:
    return Write(key, value=json.dumps(number), **more)


def shown(store: StickyCache, keyspace: str = "k") -> dict[str, Any]:
    delta = store.since({keyspace: None})[keyspace]
    return {entry.key: json.loads(entry.value) for entry in delta.entries}
