"""A channel layer's connection to a Redis Cluster: to the first node that answers.

A message that is published on one node of a Cluster reaches the subscribers of all nodes, so a layer needs one
node, and another one if it fails.
"""

from collections.abc import Sequence
from typing import Any

from redis.asyncio.connection import Connection, SSLConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError


class AnyNode(Connection):
    """Connects to the first node that answers."""

    def __init__(self, *, nodes: Sequence[tuple[str, int]], **options: Any) -> None:
        super().__init__(**options)
        self._nodes = tuple(nodes)

    async def connect(self) -> None:
        failed: Exception | None = None
        for host, port in self._nodes:
            self.host, self.port = host, port
            try:
                await super().connect()  # type: ignore[no-untyped-call]
            except (RedisConnectionError, RedisTimeoutError) as exc:
                failed = exc
            else:
                return
        raise failed or RedisConnectionError("no nodes are named")


class AnyNodeTLS(AnyNode, SSLConnection):
    """The same with TLS."""
