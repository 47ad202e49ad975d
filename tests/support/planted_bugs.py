"""Bugs that such a system is known to have, each planted with pytest's `monkeypatch`."""

import inspect
import re
import textwrap
from typing import Any

from msgspec.structs import replace

from broadcast.browser import Browser
from broadcast.delivery.fanout import Fanout
from broadcast.delivery.keyspace_copy import Copy
from broadcast.stores.redis import keys
from broadcast.stores.sqlite import apply, read
from broadcast.stores.sqlite.apply import Keyspace
from broadcast.types import is_thinned
from tests.support.picture import Picture

FOUND_S = 0.2  # timeout of waits that a planted bug may make endless


def updates_are_not_compared(patch) -> None:
    patch.setattr(Copy, "has", lambda self, epoch, revision: False)
    patch.setattr(Copy, "is_continued_by", lambda self, delta: True)


def updates_after_a_replay_are_forgotten(patch) -> None:
    on_change = Browser.on_change

    def forget_it_if_busy(self, now) -> None:
        if self._busy is None:
            on_change(self, now)
        else:
            self.position = self._fanout.replica.heads

    patch.setattr(Browser, "on_change", forget_it_if_busy)


def removals_are_not_remembered(patch) -> None:
    apply = Copy.apply

    def applied(self, delta) -> None:
        apply(self, delta)
        self._removals.clear()

    patch.setattr(Copy, "apply", applied)


def the_group_is_joined_after_the_read(patch) -> None:
    async def does_not_wait(self) -> None:
        pass

    patch.setattr(Fanout, "is_member", does_not_wait)


def delta_with(change):
    def plant(patch) -> None:
        deltas_since = read.deltas_since

        def changed(db, cursors):
            return {name: change(delta) for name, delta in deltas_since(db, cursors).items()}

        patch.setattr(read, "deltas_since", changed)

    return plant


def code_with(owner: type, name: str, right: str, wrong: str):
    """Plant a bug in the source of a method; the right text must be found once."""

    def plant(patch) -> None:
        method = getattr(owner, name)
        source = textwrap.dedent(inspect.getsource(method))
        assert source.count(right) == 1, right
        names: dict[str, Any] = {}
        exec(compile(source.replace(right, wrong), owner.__name__, "exec"), method.__globals__, names)
        patch.setattr(owner, name, names[name])

    return plant


def script_with(name: str, pattern: str, instead: str):
    """Plant a bug in a Redis script; the pattern must be found, so that the bug is really planted."""

    def plant(patch) -> None:
        text, count = re.subn(pattern, instead, keys.SCRIPTS[name].text)
        assert count, pattern
        patch.setitem(keys.SCRIPTS, name, keys.script_of(text))

    return plant


def evicted_entries_stay(patch) -> None:
    evict = Keyspace._evict

    def silently(self, bounds):
        evict(self, bounds)
        return {}

    patch.setattr(Keyspace, "_evict", silently)


def expired_entries_stay(patch) -> None:
    patch.setattr(Keyspace, "_expired", lambda self: set())


def nothing_is_evicted(patch) -> None:
    patch.setattr(Keyspace, "_evict", lambda self, bounds: {})


def floors_are_ignored(patch) -> None:
    patch.setattr(Picture, "evict", lambda self, copy, floors: None)


def strides_are_ignored(patch) -> None:
    patch.setattr(Picture, "thin", lambda self, copy, strides: None)


def thinning_removes_the_wrong_half(patch) -> None:
    patch.setattr(apply, "is_thinned", lambda key, lane, strides: not is_thinned(key, lane, strides))


def thinned_entries_stay(patch) -> None:
    patch.setattr(Keyspace, "_drop_thinned", lambda self, *given: 0)


def resets_are_ignored(patch) -> None:
    def keep_everything(self, copy, section):
        copy.epoch, copy.revision = section["epoch"], 0

    patch.setattr(Picture, "reset", keep_everything)


BUGS = {
    "updates are not compared with the cursor": updates_are_not_compared,
    "updates that come during a replay are forgotten": updates_after_a_replay_are_forgotten,
    "the revision is one ahead": delta_with(lambda delta: replace(delta, to_revision=delta.to_revision + 1)),
    "the revision is one behind": delta_with(
        lambda delta: replace(delta, to_revision=max(delta.from_revision, delta.to_revision - 1))
    ),
    "removed entries stay with who returns": removals_are_not_remembered,
    "removed entries stay": delta_with(
        lambda delta: replace(delta, entries=[entry for entry in delta.entries if entry.value is not None])
    ),
    "evicted entries stay": evicted_entries_stay,
    "evicted entries stay with who returns": delta_with(lambda delta: replace(delta, floors={})),
    "expired entries stay": expired_entries_stay,
    "nothing is evicted": nothing_is_evicted,
    "a delta misses its first entry": delta_with(lambda delta: replace(delta, entries=delta.entries[1:])),
    "a floor is ignored": floors_are_ignored,
    "a stride is ignored": strides_are_ignored,
    "thinned entries stay with who returns": delta_with(lambda delta: replace(delta, strides={})),
    "thinning removes the wrong half": thinning_removes_the_wrong_half,
    "thinned entries stay": thinned_entries_stay,
    "a reset is ignored": resets_are_ignored,
}
