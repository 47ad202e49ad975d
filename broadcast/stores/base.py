"""The store: what every backend guarantees. `cache_api` has the cache API on top of it.

    write ─► policies (and duplicates) ─► revision ─► bounds ─► commit ─► delta for browsers

A keyspace is a history of changes, of which only the current state is stored. Each applied change has a
revision, one greater than the last. The history has a random identifier, its epoch. A reader that has reached
a cursor (epoch, revision) calls `since(cursor)` and gets everything that has changed:

* entries with a greater revision, in ascending order, including removals;
* floors: for each lane from which a bound has evicted entries since, the greatest evicted revision. Everything in
  the lane at or below it is gone. The floor itself may be far below the cursor; it is included because it was
  raised after the cursor;
* strides: for each lane of a course that was thinned since, the number of which the entries' numbers are multiples.
  All other entries in the lane are gone; see `stores.thinning`;
* `dropped`: how many entries `max_keys` has evicted, and lanes `max_lanes`, since the keyspace was empty;
* or the complete contents, marked `reset`, if the difference is unknown: the epoch differs, the cursor is in the
  future, or it is older than the oldest stored removal or floor.

An implementation guarantees:

1. `apply` is atomic, also across processes: a batch is applied as a whole or not at all, revisions are
   assigned in the order of commits, and the change is durable when it returns.
2. `since` reads all requested keyspaces at one instant (one cut).
3. The delta that `apply` returns equals the one that `since(the head before)` would have returned.
4. The newest seq per producer and keyspace is stored in the same transaction as the entries, and
   survives `clear`.
5. Eviction is by lowest revision, or by number in a course, never by age or size, and is always reported to readers.
6. A key never changes its lane: floors are per lane, so a reader that missed the move would not remove an
   entry that was evicted from the new lane.
7. An entry past its `ttl_s` is part of `since` until a sweep removes it, by an ordinary change.
8. A batch with a `head` is applied only if nothing was applied to its keyspace since that head.
9. `restore` begins a new epoch in each keyspace at the revision of the copy: a browser with the lost history
   starts over, and the next entry of a ring does not reuse a revision.

Keyspaces whose name begins with "_" belong to the store and are never sent to browsers.
"""

import asyncio
import secrets
import time
from abc import abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Generic, NamedTuple, TypeVar

from broadcast.errors import StoreUnusable
from broadcast.stores.cache_api import CacheAPI
from broadcast.stores.notify import Subscription
from broadcast.types import LIMITS, Batch, Cursor, Cursors, Delta, KeyspaceCopy, KeyspaceStats, Page

T = TypeVar("T")

SWEEP_LIMIT = 1000  # expired entries removed by one change of their keyspace

Listener = Callable[[], None]


class Committed(NamedTuple, Generic[T]):
    """The result of a transaction, such as its deltas, and what makes it durable; None if it is already.

    A change that is not durable may be delivered to browsers, because its keyspace begins a new epoch if it is lost. It
    must not be acknowledged. Call `sync` after the delivery, because it competes for the processor.
    """

    result: T
    sync: "Callable[[], Future[None]] | None" = None

    def wait(self) -> T:
        """Wait for the disk, in a thread, and return the result; see `until_durable`."""
        if self.sync is not None:
            self.sync().result()
        return self.result

    async def until_durable(self) -> None:
        """Wait for the disk.

        Raises:
            StoreError: the disk failed.
        """
        if self.sync is not None:
            await asyncio.wrap_future(self.sync())


class StickyCache(CacheAPI):
    """A Django cache backend with `apply`, `since` and `heads`."""

    clock: Callable[[], float] = staticmethod(time.time)  # seconds since 1970, of this process
    is_on_disk = False  # whether a write costs one to this machine's disk
    limits = LIMITS

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__({**params, "TIMEOUT": params.get("TIMEOUT")})  # no timeout unless one is set
        self.location = location

    @abstractmethod
    def apply(self, batches: Sequence[Batch]) -> list[Delta]:
        """Apply batches of different keyspaces in one transaction and return what changed, in order.

        Sets the `failure` of each write.

        Raises:
            HeadMoved: a batch has a `head`, and the keyspace changed since; nothing was applied.
            StoreUnavailable: nothing was applied; try again later.
        """

    def prepare(self) -> None:
        """Begin what the first write would have to wait for, without blocking. Failures occur again in that write."""

    @abstractmethod
    def since(self, cursors: Mapping[str, Cursor | None]) -> dict[str, Delta]:
        """Return everything after each cursor (None: the complete contents), all at one instant."""

    @abstractmethod
    def heads(self) -> dict[str, Cursor]:
        """Return the head of every keyspace that was written."""

    def stamp(self) -> Hashable | None:
        """Return a value that changes with each commit to any keyspace, without blocking.

        None if it is unknown; the caller must then read again.
        """
        return None

    @abstractmethod
    def sizes(self) -> dict[str, int]:
        """Return the number of live entries of every keyspace that was written."""

    @abstractmethod
    def stats(self) -> dict[str, KeyspaceStats]:
        """Return the statistics of every keyspace that was written; may read all entries."""

    @abstractmethod
    def page(self, keyspace: str, text: str = "", skip: int = 0, limit: int = 100) -> Page:
        """Return at most `limit` live entries, newest first, without the `skip` newest.

        With `text`, only entries whose key or lane contains it; the comparison ignores the case of ASCII letters.
        Memory use is that of one page, regardless of the number of entries.
        """

    @abstractmethod
    def export(self, keyspaces: Sequence[str] | None = None) -> list[KeyspaceCopy]:
        """Copy keyspaces at one instant; by default all but the store's own."""

    @abstractmethod
    def restore(self, copies: Sequence[KeyspaceCopy]) -> None:
        """Replace the contents of keyspaces with copies, in one transaction; see guarantee 9.

        A producer's seq never decreases, and a lane is as old as its newest entry. Nothing is evicted; the next
        change does that.
        """

    def audit(self) -> list[str]:
        """Return a message for each inconsistency; empty if the store is sound.

        Covers only what is specific to a backend, such as its counts; `manage.py check_sticky` checks the rest.
        """
        return []

    @abstractmethod
    def reset(self, keyspace: str) -> bool:
        """Remove a keyspace's entries and begin a new epoch. Return False if it was never written."""

    @abstractmethod
    def read(self, keyspace: str, key: str) -> tuple[str, float | None] | None:
        """Return an entry's JSON text and its expiry (seconds since 1970); None if there is no entry."""

    @abstractmethod
    def read_unexpired(self, keyspace: str, key: str) -> str | None:
        """Return the JSON text of an entry that has not expired; None if there is none."""

    def shut_down(self) -> None:
        """Close this process's connections, because it ends. Blocks; the next use opens them again."""

    @property
    @abstractmethod
    def listeners(self) -> set[Listener]:
        """Callbacks of this process, called in any thread after a commit that produced no update."""

    def subscribe(self, take: Callable[[Cursors | None], None]) -> Subscription | None:
        """Call `take` in this event loop with the heads that another process has committed, as soon as it has.

        None for heads means that any keyspace may have changed. A call may be missing, or repeat an earlier one.
        Returns None if this store has no notifications.
        """
        return None

    # The same for asyncio; by default in a thread.

    async def aapply(self, batches: Sequence[Batch]) -> Committed[list[Delta]]:
        """Apply batches without blocking the event loop; see `apply`. Returns as soon as others can read the change."""
        return Committed(await asyncio.to_thread(self.apply, batches))

    async def asince(self, cursors: Mapping[str, Cursor | None]) -> dict[str, Delta]:
        return await asyncio.to_thread(self.since, cursors)

    async def aheads(self) -> dict[str, Cursor]:
        return await asyncio.to_thread(self.heads)

    def changed_elsewhere(self) -> None:
        """Notify this process's listeners of a change that produced no update."""
        for listener in list(self.listeners):
            listener()


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
    """Return a random epoch: 40 bits, in characters that need no escaping."""
    return secrets.token_hex(5)
