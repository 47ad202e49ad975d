"""The store: what every backend must do, and the ordinary cache API on top of it.

    write ─► fold (policy, repeats) ─► revision ─► bounds ─► commit ─► delta for browsers

A keyspace is a history of changes of which only the present is kept. Each applied change has a
revision, one greater than the last; the history has a random name, its epoch. Whoever has read up
to a cursor (epoch, revision) asks `since(cursor)` and is told everything that is different now:

* entries whose revision is greater, in ascending order, removals among them;
* floors: of each lane from which a bound took entries since, the greatest revision it took, as
  everything of that lane at or below it is gone. The floor itself may lie far below the cursor;
  what counts is that it was raised after it;
* or, where that cannot be told any more, everything there is, marked `reset`: another epoch, a
  cursor from the future, or one older than the oldest removal or floor that is still remembered.

What an implementation must guarantee:

1. `apply` is atomic, also across processes: a batch is applied whole or not at all, revisions are
   assigned in the order of commits, and when it returns the change is durable.
2. `since` reads all keyspaces it is asked for at one instant (one cut).
3. The delta that `apply` returns is the one that `since(the head before)` would have returned.
4. The newest seq per producer and keyspace is kept in the same transaction as the entries, and
   survives `clear`.
5. Eviction is by lowest revision only, never by age or size behind the reader's back.
6. A key never changes its lane: floors are per lane, and a reader that missed the move would keep
   what was evicted from the new one.
7. An entry past its `ttl_s` stays in `since` until a sweep removes it, by an ordinary change.
8. `restore` begins a new epoch in each keyspace at the revision of the copy: a browser that had the
   lost history starts over, and a ring's next entry is named by no revision that is taken.

Keyspaces whose name begins with "_" belong to the store itself and are shown to nobody.
"""

import asyncio
import secrets
from abc import abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import msgspec
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

from broadcast.conf import event_types
from broadcast.errors import StoreUnusable
from broadcast.events.event_type import NAME
from broadcast.events.exact import inexact_in
from broadcast.events.policies import DEFAULT_MAX_KEYS, IGNORE
from broadcast.types import Applied, Batch, Bounds, Cursor, Delta, Holding, KeyspaceCopy, Page, Write

MAX_REMOVALS = 1000  # removals and floors remembered per keyspace; older cursors are reset
MAX_PRODUCERS = 10_000  # producers whose newest seq is remembered per keyspace
SWEEP_LIMIT = 1000  # expired entries removed by one change of their keyspace

Listener = Callable[[], None]


class StickyCache(BaseCache):
    """A Django cache backend with `apply`, `since` and `heads`.

    The cache API reads, writes and deletes the same entries: `get("model_metric:gbt")` is the entry
    "gbt" of the keyspace "model_metric", `get("embedding")` the one entry of a keyspace without
    keys. A `set` is not validated and knows no bound but the keyspace's event type's. After its
    `timeout` the entry is hidden from `get` at once, and removed by the next sweep where the event
    type has a `ttl_s`, else by the next change of its keyspace; until then `since` has it.
    Key prefixes and versions do not apply.
    """

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__({**params, "TIMEOUT": params.get("TIMEOUT")})  # no timeout unless one is set
        self.location = location

    @abstractmethod
    def apply(self, batches: Sequence[Batch]) -> list[Applied]:
        """Apply batches of different keyspaces in one transaction and return what changed, in order.

        Raises:
            StoreUnavailable: nothing was applied; later it may work.
        """

    @abstractmethod
    def since(
        self, cursors: Mapping[str, Cursor | None], unless: Mapping[str, Cursor] | None = None
    ) -> dict[str, Delta]:
        """Return everything after each cursor (None: everything there is), all at one instant.

        Keyspaces whose head is still the one in `unless` are left out: the caller has what they hold.
        """

    @abstractmethod
    def heads(self) -> dict[str, Cursor]:
        """Return the head of every keyspace that was ever written."""

    def stamp(self) -> Hashable | None:
        """Return what differs from before after any commit to any keyspace, without waiting for anything.

        None where that cannot be told; what was read must then be read again.
        """
        return None

    @abstractmethod
    def sizes(self) -> dict[str, int]:
        """Return the number of live entries of every keyspace that was ever written."""

    @abstractmethod
    def holdings(self) -> dict[str, Holding]:
        """Return what every keyspace that was ever written holds, in numbers; may look at all entries for it."""

    @abstractmethod
    def page(self, keyspace: str, text: str = "", skip: int = 0, limit: int = 100) -> Page:
        """Return at most `limit` live entries, newest first, without the `skip` newest.

        With `text`, of those that have it in their key or lane; of letters, only ASCII ones are found
        in either case. Costs memory for one page, however many entries there are.
        """

    @abstractmethod
    def export(self, keyspaces: Sequence[str] | None = None) -> list[KeyspaceCopy]:
        """Return all that must outlive the store, at one instant, by default of every keyspace but the store's own."""

    @abstractmethod
    def restore(self, kept: Sequence[KeyspaceCopy]) -> None:
        """Put copies in the place of what these keyspaces hold, in one transaction; see guarantee 8.

        A producer's seq stays where it is greater than the copy's, and a lane is as old as its newest
        entry. Nothing is evicted: the keyspace's next change does that.
        """

    def audit(self) -> list[str]:
        """Return a sentence for each thing in which the store contradicts itself; empty when it is sound.

        For what only this backend knows, such as its counts; `manage.py check_sticky` looks at the rest.
        """
        return []

    @abstractmethod
    def start_over(self, keyspace: str) -> bool:
        """Forget a keyspace's entries and begin a new epoch; False when it was never written."""

    @abstractmethod
    def read(self, keyspace: str, key: str) -> tuple[str, float | None] | None:
        """Return an entry's JSON text and when it expires (seconds since 1970); None when absent."""

    @abstractmethod
    def read_unexpired(self, keyspace: str, key: str) -> str | None:
        """Return the JSON text of an entry that has not expired; None when there is none."""

    @property
    @abstractmethod
    def listeners(self) -> set[Listener]:
        """Callbacks of this process, called in any thread after a commit that made no update."""

    # The same for asyncio. Backends that block do so in a thread.

    async def aapply(self, batches: Sequence[Batch]) -> list[Applied]:
        """Apply batches without blocking the event loop; see `apply`."""
        return await asyncio.to_thread(self.apply, batches)

    async def asince(
        self, cursors: Mapping[str, Cursor | None], unless: Mapping[str, Cursor] | None = None
    ) -> dict[str, Delta]:
        """Read deltas without blocking the event loop; see `since`."""
        return await asyncio.to_thread(self.since, cursors, unless)

    async def aheads(self) -> dict[str, Cursor]:
        """Read heads without blocking the event loop; see `heads`."""
        return await asyncio.to_thread(self.heads)

    # Django's cache API

    def make_key(self, key: str, version: int | None = None) -> str:
        """Return the key as it is: an entry has one name, whatever the prefix or version."""
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
        self._check_writable(key)
        text, absent = _text(value), []

        def if_absent(previous: Any, event: Any) -> Any:
            absent.append(previous is None)
            return event if previous is None else IGNORE

        keyspace, name = split_key(key)
        write = Write(name, event=msgspec.json.decode(text))
        self._apply_quietly(Batch(keyspace, self._bounds(keyspace, self._ttl_s(timeout)), [write], if_absent))
        return absent[-1]

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        found = self.read_unexpired(*split_key(key))
        if found is not None:
            self._write(key, found, self._ttl_s(timeout))
        return found is not None

    def delete(self, key: str, version: int | None = None) -> bool:
        """Remove an entry; browsers are told at once. Returns False when there was none."""
        keyspace, name = split_key(key)
        # Looked for first, as even a removal of nothing would begin a keyspace. One who writes the
        # entry just now comes after this delete.
        if self.read(keyspace, name) is None:
            return False
        applied = self._apply_quietly(Batch(keyspace, self._bounds(keyspace), [Write(name)]))
        return any(entry.key == name for entry in applied.delta.entries)

    def clear(self) -> None:
        """Begin a new epoch in every keyspace; browsers start over with nothing."""
        for keyspace in self.heads():
            self.start_over(keyspace)

    def changed_elsewhere(self) -> None:
        """Tell this process's listeners that there is something they have not been sent."""
        for listener in list(self.listeners):
            listener()

    def _apply_quietly(self, batch: Batch) -> Applied:
        applied = self.apply([batch])[0]
        self.changed_elsewhere()
        return applied

    def _write(self, key: str, text: str, ttl_s: float | None) -> None:
        self._check_writable(key)
        keyspace, name = split_key(key)
        self._apply_quietly(Batch(keyspace, self._bounds(keyspace, ttl_s), [Write(name, value=text)]))

    def _check_writable(self, key: str) -> None:
        keyspace = split_key(key)[0]
        event_type = event_types().get(keyspace)
        if event_type and event_type.policy.appends:
            msg = f'entries of the ring "{keyspace}" are named by their revision; send an event instead'
            raise ValueError(msg)
        if not NAME.fullmatch(keyspace):
            msg = f'"{keyspace}" is no keyspace; a key is <event type>:<entry>, such as "model_metric:gbt"'
            raise ValueError(msg)

    def _bounds(self, keyspace: str, ttl_s: float | None = None) -> Bounds:
        event_type = event_types().get(keyspace)
        known = event_type.policy.bounds if event_type else Bounds(max_keys=DEFAULT_MAX_KEYS)
        return Bounds(known.max_keys, known.per_lane, known.max_lanes, ttl_s or known.ttl_s)

    def _ttl_s(self, timeout: Any) -> float | None:
        ttl_s: float | None = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return ttl_s


def _text(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    if text == "null":  # of None, and of NaN and the infinite numbers, which are no JSON
        msg = f"{value} cannot be kept, as browsers read null as a removal; delete the entry instead"
        raise ValueError(msg)
    if inexact := inexact_in(text, msgspec.json.decode(text)):
        raise ValueError(inexact)
    return text


def invalid_value(keyspace: str, key: str | None, cause: Exception, *, can_remove_entry: bool = False) -> StoreUnusable:
    """Return the error for an entry whose value is not JSON, because another program wrote it.

    Args:
        key: None if it is unknown which entry it is.
        can_remove_entry: whether the store can remove this entry alone.
    """
    named = "an entry" if key is None else f'entry "{key}"'
    which = f" --key {key}" if can_remove_entry and key is not None else ""
    hint = f"remove it: manage.py clear_sticky {keyspace}{which}; look for more: manage.py check_sticky"
    return StoreUnusable(f"{named} of keyspace {keyspace} has a value that is not JSON ({cause})", hint)


def new_epoch() -> str:
    """Return a random name for a history: 40 bits, letters that need no escaping anywhere."""
    return secrets.token_hex(5)


def split_key(key: str) -> tuple[str, str]:
    """Split a cache key into keyspace and entry: "model_metric:gbt" is "gbt" of "model_metric"."""
    keyspace, _, name = key.partition(":")
    return keyspace, name
