"""The keys of a keyspace in Redis, and the calls of its scripts.

Each keyspace has twelve keys, such as `sticky:{model_metric}:value`. The part in braces is the hash tag, so all
keys that a script uses are on one node of a Redis Cluster.
"""

import hashlib
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

import msgspec

from broadcast.stores.base import new_epoch

T = TypeVar("T")

DEFAULT_PREFIX: Final = "sticky"  # of all keys, unless CACHES sets KEY_PREFIX

# In the order of the scripts' KEYS.
PARTS: Final = (
    "meta",  # hash: epoch, revision, horizon, version (counts writes), run (of the last write, see history.lua),
    #          bytes (of the live values), evicted, dropped (entries by max_keys, lanes by max_lanes), changed_at,
    #          changed_by, counts (of all below, see history.lua)
    "value",  # hash: key -> entry as on the wire, ["gbt","",12,1790000000.0,{…}]; a removal has null
    "live",  # sorted set: key by revision
    "removed",  # sorted set: key by revision, the newest removals
    "lane",  # sorted set by name: lane, revision and key of each live entry, only where lanes are bounded
    "lanes",  # sorted set: lane by the revision of the newest entry added to it
    "floor",  # hash: lane -> floor
    "raised",  # sorted set: lane by the revision that raised its floor
    "seq",  # hash: producer -> newest seq applied
    "producer",  # sorted set: producer by the version in which it last sent
    "expiry",  # sorted set: key by the time at which it expires, in seconds since 1970
    "course",  # hash: lane -> newest number, stride, and the revision that raised it; only of courses
)

Command: TypeAlias = tuple[str | int | bytes, ...]
# Yields the commands of a round trip, gets their answers, and returns a result. The caller does the I/O.
Steps: TypeAlias = Generator[list[Command], list[Any], T]


class Script(NamedTuple):
    """A Lua script and the hash by which Redis identifies it."""

    text: str
    sha: str


def script_of(text: str) -> Script:
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


def _text_of(name: str) -> str:
    return (Path(__file__).parent / "scripts" / f"{name}.lua").read_text(encoding="utf-8")


def _script(name: str) -> Script:
    shebang, line_end, rest = _text_of(name).partition("\n")  # the shebang must be the first line
    return script_of(shebang + line_end + _text_of("history") + rest)


SCRIPTS: Final = {name: _script(name) for name in ("apply", "since", "head", "previous", "restore", "repair")}

READING: Final = ("since", "head", "previous")
READS: Final = ("HGET", "HGETALL", "HMGET", "SMEMBERS", "ZCARD", "ZRANGE", "ZSCORE")

_pack = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True)
class Layout:
    """The keys of one deployment; deployments with different prefixes can share a server."""

    prefix: str
    # The names of this deployment's event types, and the TTL of each.
    names: Callable[[], Iterable[str]] = tuple
    ttl_s: Callable[[str], float | None] = lambda _: None

    @property
    def index(self) -> str:
        return f"{self.prefix}:keyspaces"

    def key(self, keyspace: str, part: str) -> str:
        return f"{self.prefix}:{{{keyspace}}}:{part}"

    def call(self, script: str, keyspace: str, argument: Any) -> Command:
        keys = [self.key(keyspace, part) for part in PARTS]
        return ("EVALSHA", SCRIPTS[script].sha, len(keys), *keys, _pack(argument))

    def repair(self, command: Command) -> Command:
        """Return the call that repairs the keyspace of another call."""
        keyspace = self.keyspace_in(command)
        return self.call("repair", keyspace, {"epoch": new_epoch(), "ttl_s": self.ttl_s(keyspace)})

    def keyspace_in(self, command: Command) -> str:
        return key_in(command).removeprefix(f"{self.prefix}:{{").removesuffix("}:meta")

    def add_to_index(self, keyspaces: Sequence[str]) -> Command:
        return ("SADD", self.index, *keyspaces)


def key_in(command: Command) -> str:
    """Return the key that determines the node of a cluster for a command."""
    return str(command[3] if command[0] == "EVALSHA" else command[1])


def is_read(command: Command) -> bool:
    """Whether a command changes nothing."""
    if command[0] == "EVALSHA":
        return any(command[1] == SCRIPTS[name].sha for name in READING)
    return command[0] in READS
