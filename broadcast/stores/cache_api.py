"""Django's cache API on a store."""

from dataclasses import replace
from typing import Any

import msgspec
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

from broadcast.conf import event_types
from broadcast.events.event_type import NAME
from broadcast.events.exact_numbers import inexact_in
from broadcast.events.policies import DEFAULT_MAX_KEYS, IGNORE
from broadcast.types import Batch, Bounds, Delta, Write


class CacheAPI(BaseCache):
    """What a store inherits; it has the other methods of `StickyCache`.

    The cache API reads, writes and deletes the same entries: `get("model_metric:gbt")` is the entry
    "gbt" of the keyspace "model_metric", `get("embedding")` the only entry of a keyspace without
    keys. `set` does not validate; the bounds are those of the keyspace's event type. After its `timeout`, `get`
    no longer returns an entry. The next sweep removes it if the event type has a `ttl_s`; otherwise the next
    change of its keyspace does. Until then it is part of `since`. Key prefixes and versions do not apply.
    """

    def make_key(self, key: str, version: int | None = None) -> str:
        """Return the key unchanged: prefixes and versions do not apply."""
        return key

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        found = self.read_unexpired(*split_key(key))
        return default if found is None else msgspec.json.decode(found)

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        ttl_s = self._ttl_s(timeout)
        if ttl_s is not None and ttl_s <= 0:
            self.delete(key)
        else:
            self._write(key, _text(value), ttl_s)

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        keyspace, name = self._writable(key)
        text, absent = _text(value), []

        def if_absent(previous: Any, event: Any) -> Any:
            absent.append(previous is None)
            return event if previous is None else IGNORE

        write = Write(name, event=msgspec.json.decode(text))
        self._apply_quietly(Batch(keyspace, self._bounds(keyspace, self._ttl_s(timeout)), [write], if_absent))
        return absent[-1]

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        found = self.read_unexpired(*split_key(key))
        if found is not None:
            self._write(key, found, self._ttl_s(timeout))
        return found is not None

    def delete(self, key: str, version: int | None = None) -> bool:
        """Remove an entry, also from browsers. Return False if there was none."""
        keyspace, name = split_key(key)
        # Even a removal of nothing would begin a keyspace. A concurrent write counts as after this delete.
        if self.read(keyspace, name) is None:
            return False
        applied = self._apply_quietly(Batch(keyspace, self._bounds(keyspace), [Write(name)]))
        return any(entry.key == name for entry in applied.entries)

    def clear(self) -> None:
        """Begin a new, empty epoch in every keyspace."""
        for keyspace in self.heads():
            self.reset(keyspace)

    def _apply_quietly(self, batch: Batch) -> Delta:
        applied: Delta = self.apply([batch])[0]
        self.changed_elsewhere()
        return applied

    def _write(self, key: str, text: str, ttl_s: float | None) -> None:
        keyspace, name = self._writable(key)
        self._apply_quietly(Batch(keyspace, self._bounds(keyspace, ttl_s), [Write(name, value=text)]))

    def _writable(self, key: str) -> tuple[str, str]:
        keyspace, name = split_key(key)
        event_type = event_types().get(keyspace)
        if event_type and event_type.policy.appends:
            raise ValueError(f'the store numbers the entries of "{keyspace}"; send an event instead')
        if not NAME.fullmatch(keyspace):
            msg = f'"{keyspace}" is not a keyspace; a key is <event type>:<entry>, such as "model_metric:gbt"'
            raise ValueError(msg)
        return keyspace, name

    def _bounds(self, keyspace: str, ttl_s: float | None = None) -> Bounds:
        event_type = event_types().get(keyspace)
        known = event_type.policy.bounds if event_type else Bounds(max_keys=DEFAULT_MAX_KEYS)
        return replace(known, ttl_s=ttl_s or known.ttl_s)

    def _ttl_s(self, timeout: Any) -> float | None:
        ttl_s: float | None = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return ttl_s


def _text(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    if text == "null":  # also the encoding of NaN and the infinities, which are not JSON
        raise ValueError(f"{value} cannot be stored, because null is a removal; delete the entry instead")
    if inexact := inexact_in(msgspec.json.decode(text), text.encode()):
        raise ValueError(inexact)
    return text


def split_key(key: str) -> tuple[str, str]:
    """Split a cache key into keyspace and entry: "model_metric:gbt" is "gbt" of "model_metric"."""
    keyspace, _, name = key.partition(":")
    return keyspace, name
