"""Sends commands to one server, to the primary that Sentinels report, or to the nodes of a Cluster.

One server executes all commands of a round trip as one MULTI, at one instant. In a Cluster this holds only for
the commands of one slot, which is one keyspace, because no node has all of them. With a KEY_PREFIX in braces,
such as "{sticky}", all keyspaces are in one slot.
"""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from redis import Redis
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import (
    ClusterDownError,
    MovedError,
    NoScriptError,
    OutOfMemoryError,
    RedisClusterException,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry
from redis.sentinel import Sentinel

from broadcast.stores.redis.address import CLUSTER, SENTINEL, RedisAddress
from broadcast.stores.redis.keys import SCRIPTS, Command, is_read, key_in

READINGS: Final = 20  # of a full server, which accepts no writes, so two readings usually agree
REDIRECTS: Final = 3  # per round trip

Options = Mapping[str, Any]


class ServerFacts(NamedTuple):
    """A server's version and settings. `saves` is its snapshot schedule, "" if none or unknown."""

    version: str
    eviction: str
    is_appending: bool
    saves: str


def servers_at(address: RedisAddress, options: Options) -> "OneServer | ClusterServers":
    """Return the servers of an address, without connecting."""
    # No retries: a tick whose answer was lost may have been applied, so the producers send it again.
    fixed = {"retry": Retry(NoBackoff(), 0), "decode_responses": False, "protocol": 2}
    if address.kind == CLUSTER:
        return ClusterServers(address, {**options, **fixed})
    if address.kind == SENTINEL:
        sentinel = Sentinel(address.hosts, sentinel_kwargs={**address.sentinel_options, "retry": fixed["retry"]})
        client = sentinel.master_for(address.service, **{**options, **address.server_options, **fixed})
        return OneServer(client, *sentinel.sentinels)
    return OneServer(Redis.from_url(address.url, **{**options, **fixed}))


class OneServer:
    """One server, or the current primary. It returns an answer for each command, which may be an exception."""

    def __init__(self, client: Any, *sentinels: Any) -> None:
        self._client, self._sentinels = client, sentinels

    def ask(self, commands: Sequence[Command]) -> list[Any]:
        return ask(self._client, commands, as_one=len(commands) > 1)

    def facts(self) -> set[ServerFacts]:
        return {facts_of(self._client)}

    def close(self) -> None:
        for each in (self._client, *self._sentinels):
            each.connection_pool.disconnect()


class ClusterServers:
    """The nodes of a Cluster, one after the other.

    redis-py only maps slots to nodes. It does not send, because its pipelines may apply a command twice.
    """

    def __init__(self, address: RedisAddress, options: Options) -> None:
        self._nodes = [ClusterNode(host, port) for host, port in address.hosts]
        self._options = {**options, **address.server_options, "dynamic_startup_nodes": False}
        self._known: RedisCluster | None = None

    @property
    def _cluster(self) -> RedisCluster:
        if self._known is None:  # its constructor connects to the nodes
            self._known = RedisCluster(startup_nodes=self._nodes, require_full_coverage=False, **self._options)
        return self._known

    def ask(self, commands: Sequence[Command]) -> list[Any]:
        answers: list[Any] = [None] * len(commands)
        waiting = self._by_slot(commands)
        try:
            for _ in range(REDIRECTS):
                self._ask_nodes(commands, waiting, answers)
                # A command that was redirected was not applied.
                waiting = [places for places in waiting if any(isinstance(answers[at], MovedError) for at in places)]
                if not waiting:
                    break
                self._cluster.nodes_manager.initialize()
        except (RedisConnectionError, RedisTimeoutError, ClusterDownError, RedisClusterException):
            with contextlib.suppress(Exception):  # the first failure is reported
                self._cluster.nodes_manager.initialize()
            raise
        return answers

    def facts(self) -> set[ServerFacts]:
        cluster = self._cluster
        return {facts_of(cluster.get_redis_connection(node)) for node in cluster.get_primaries()}

    def close(self) -> None:
        if self._known is not None:
            self._known.close()

    def _by_slot(self, commands: Sequence[Command]) -> list[list[int]]:
        slots: dict[int, list[int]] = {}
        for at, each in enumerate(commands):
            slots.setdefault(self._cluster.keyslot(key_in(each)), []).append(at)
        return list(slots.values())

    def _ask_nodes(self, commands: Sequence[Command], waiting: Iterable[list[int]], answers: list[Any]) -> None:
        """Send single commands of a slot together, node by node, and the others as one MULTI for each slot."""
        alone: dict[ClusterNode, list[int]] = {}
        for places in waiting:
            node = self._node_of(commands[places[0]], answers[places[0]])
            if len(places) == 1:
                alone.setdefault(node, []).extend(places)
            else:
                self._ask_node(node, commands, places, answers, as_one=True)
        for node, places in alone.items():
            self._ask_node(node, commands, places, answers, as_one=False)

    def _node_of(self, command: Command, answer: Any) -> ClusterNode:
        """Return the node that an earlier answer names, because the others hear of a moved slot only after a while."""
        cluster = self._cluster
        named = cluster.get_node(answer.host, answer.port) if isinstance(answer, MovedError) else None
        found: ClusterNode = named or cluster.get_node_from_key(key_in(command))
        return found

    def _ask_node(
        self, node: ClusterNode, commands: Sequence[Command], places: list[int], answers: list[Any], *, as_one: bool
    ) -> None:
        client = self._cluster.get_redis_connection(node)
        try:
            found = ask(client, [commands[at] for at in places], as_one=as_one)
        except MovedError as exc:  # a MULTI is redirected as a whole
            found = [exc] * len(places)
        for at, answer in zip(places, found, strict=True):
            answers[at] = answer


def ask(client: Any, commands: Sequence[Command], *, as_one: bool) -> list[Any]:
    """Send commands to one server, as one MULTI or each by itself. Load scripts that are missing."""
    answers = _once(client, commands, as_one=as_one)
    forgotten = [at for at, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
    if forgotten:
        # A server has no scripts after a restart. Nothing was applied, because a tick has one script only.
        for script in SCRIPTS.values():
            client.script_load(script.text)
        again = range(len(commands)) if as_one else forgotten
        for at, answer in zip(again, _once(client, [commands[at] for at in again], as_one=as_one), strict=True):
            answers[at] = answer
    return answers


def _once(client: Any, commands: Sequence[Command], *, as_one: bool) -> list[Any]:
    try:
        return exchange(client, commands, as_one=as_one)
    except OutOfMemoryError:
        if not (as_one and all(map(is_read, commands))):
            raise
        return _read_while_full(client, commands)


def _read_while_full(client: Any, commands: Sequence[Command]) -> list[Any]:
    """Read without a MULTI, which a server with full memory refuses.

    Two successive readings with the same result are both valid for the moment between them.
    """
    answers = exchange(client, commands, as_one=False)
    for _ in range(READINGS):
        before, answers = answers, exchange(client, commands, as_one=False)
        if before == answers or any(isinstance(answer, Exception) for answer in answers):
            return answers
    raise OutOfMemoryError("OOM the contents changed during each reading, and a full server refuses a MULTI")


def exchange(client: Any, commands: Sequence[Command], *, as_one: bool) -> list[Any]:
    """Send commands in one write and return their answers.

    redis-py's own pipelines do the same in a third more time.

    Raises:
        ResponseError: the server refused a MULTI, and executed none of its commands.
    """
    pool = client.connection_pool
    connection = pool.get_connection()
    sent = [("MULTI",), *commands, ("EXEC",)] if as_one else commands
    try:
        connection.send_packed_command(connection.pack_commands(sent))
        answers = [_next_answer(connection) for _ in sent]
    except BaseException:
        connection.disconnect()  # what it has yet to read must not answer the next commands
        raise
    finally:
        pool.release(connection)
    if not as_one:
        return answers
    if isinstance(answers[-1], Exception):
        raise next(answer for answer in answers if isinstance(answer, Exception))
    executed: list[Any] = answers[-1]
    return executed


def _next_answer(connection: Any) -> Any:
    try:
        return connection.read_response()
    except ResponseError as exc:
        return exc


def facts_of(client: Any) -> ServerFacts:
    info = client.info("everything")
    try:
        saves = client.config_get("save").get("save", "")
    except ResponseError:  # hosted servers refuse this command
        saves = ""
    return ServerFacts(
        str(info["redis_version"]), str(info["maxmemory_policy"]), bool(int(info["aof_enabled"])), str(saves)
    )
