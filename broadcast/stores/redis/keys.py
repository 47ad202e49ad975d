"""What of a keyspace is kept where in Redis, and how its scripts are called.

Each keyspace has eleven keys, such as `sticky:{model_metric}:value`. What stands in braces is its hash
tag: all that one script touches lies on one node of a Redis Cluster.
"""

import hashlib
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

import msgspec

from broadcast.stores.base import new_epoch

T = TypeVar("T")

# In the order of the scripts' KEYS.
PARTS: Final = (
    "meta",  # hash: epoch, revision, horizon, version (counts writes), run (where the last was, see history.lua),
    #          bytes (of the live values), evicted, changed_at, changed_by, counts (of all below, see history.lua)
    "value",  # hash: key -> entry as it goes on the wire, ["gbt","",12,1790000000.0,{…}]; a removal has null
    "live",  # sorted set: key by revision
    "removed",  # sorted set: key by revision, the newest removals
    "lane",  # sorted set by name: lane, revision and key of each live entry, only where lanes are bounded
    "lanes",  # sorted set: lane by the revision of the newest entry added to it
    "floor",  # hash: lane -> floor
    "raised",  # sorted set: lane by the revision that raised its floor
    "seq",  # hash: producer -> newest seq applied
    "producer",  # sorted set: producer by the version in which it last sent
    "expiry",  # sorted set: key by the time at which it expires, in seconds since 1970
)

Command: TypeAlias = tuple[str | int | bytes, ...]
# What to send in one round trip, what comes back, and what comes of it all. Who drives it does the I/O.
Steps: TypeAlias = Generator[list[Command], list[Any], T]


@dataclass(frozen=True)
class Script:
    """A Lua script, named by its hash as Redis does."""

    text: str
    sha: str


def script_of(text: str) -> Script:
    """Return a script with its hash."""
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


def _text_of(name: str) -> str:
    return (Path(__file__).parent / "scripts" / f"{name}.lua").read_text(encoding="utf-8")


def _beginning_with(beginning: str, text: str) -> str:
    shebang, line_end, rest = text.partition("\n")  # which must stay the first line
    return shebang + line_end + beginning + rest


SCRIPTS: Final = {
    name: script_of(_beginning_with(_text_of("history"), _text_of(name)))
    for name in ("apply", "since", "head", "previous", "restore", "repair")
}

READING: Final = ("since", "head", "previous")
READS: Final = ("HGET", "HGETALL", "HMGET", "SMEMBERS", "ZCARD", "ZRANGE", "ZSCORE")

_pack = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True)
class Layout:
    """The keys of one deployment; two with different prefixes share a server without meeting."""

    prefix: str
    # Of this deployment's event types: their names, and in how many seconds the entries of one expire.
    names: Callable[[], Iterable[str]] = tuple
    ttl_s: Callable[[str], float | None] = lambda _: None

    @property
    def index(self) -> str:
        """The set of the names of all keyspaces that may have been written."""
        return f"{self.prefix}:keyspaces"

    def key(self, keyspace: str, part: str) -> str:
        """Return one of a keyspace's keys."""
        return f"{self.prefix}:{{{keyspace}}}:{part}"

    def call(self, script: str, keyspace: str, argument: Any) -> Command:
        """Return the call of a script on a keyspace."""
        keys = [self.key(keyspace, part) for part in PARTS]
        return ("EVALSHA", SCRIPTS[script].sha, len(keys), *keys, _pack(argument))

    def repair(self, command: Command) -> Command:
        """Return the call that repairs the keyspace of another call."""
        keyspace = self.keyspace_in(command)
        return self.call("repair", keyspace, {"epoch": new_epoch(), "ttl_s": self.ttl_s(keyspace)})

    def keyspace_in(self, command: Command) -> str:
        """Return which keyspace a script is called on."""
        return key_in(command).removeprefix(f"{self.prefix}:{{").removesuffix("}:meta")

    def remember(self, keyspaces: Sequence[str]) -> Command:
        """Return what notes that these keyspaces may be written."""
        return ("SADD", self.index, *keyspaces)


def key_in(command: Command) -> str:
    """Return the key that says which node of a cluster these command are for."""
    return str(command[3] if command[0] == "EVALSHA" else command[1])


def is_read(command: Command) -> bool:
    """Whether these command change nothing."""
    if command[0] == "EVALSHA":
        return any(command[1] == SCRIPTS[name].sha for name in READING)
    return command[0] in READS
