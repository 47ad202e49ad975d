"""Parses addresses of Redis: one server, Sentinels, or a Cluster. Sans-I/O.

    redis://user:password@host:6379/0                   a server; rediss:// with TLS, unix:///path a socket
    redis+sentinel://user:password@host,host/service/0  the primary that the Sentinels report
    redis+cluster://user:password@host,host             the nodes of a Cluster, or some of them

`rediss+sentinel://` and `rediss+cluster://` use TLS. A query string contains options of redis-py's
connections, as in `rediss://host?ssl_ca_certs=/etc/ssl/redis.pem`. The store and the channel layer accept the
same addresses, so one environment variable serves both.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from broadcast.errors import StoreUnusable

SENTINEL_PORT: Final = 26379
NODE_PORT: Final = 6379
CONNECT_S: Final = 1.0  # for one of several Sentinels or nodes; then the next one is tried
# redis-py 8 uses RESP3 by default, and then formats each message of the layer for its debug log, even without one.
LAYER_OPTIONS: Final = {"protocol": 2}

SERVER, SENTINEL, CLUSTER = "server", "sentinel", "cluster"
FORMS: Final = (
    "redis://host:6379/0, rediss://host:6379/0, unix:///path,"
    " redis+sentinel://host:26379,host:26379/service/0 or redis+cluster://host:6379,host:6379"
)

HostPort = tuple[str, int]


@dataclass(frozen=True)
class RedisAddress:
    """A parsed address. `options` are redis-py's, such as `username`, `db` and `ssl`."""

    kind: str
    url: str
    hosts: tuple[HostPort, ...] = ()
    service: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sentinel_options(self) -> dict[str, Any]:
        """Connection options of a Sentinel, which has its own user and password."""
        renamed = {"sentinel_username": "username", "sentinel_password": "password"}
        own = {name: value for name, value in self.options.items() if name.startswith("ssl")}
        own |= {renamed[name]: value for name, value in self.options.items() if name in renamed}
        return {"socket_timeout": CONNECT_S, "socket_connect_timeout": CONNECT_S, **own}

    @property
    def server_options(self) -> dict[str, Any]:
        """Connection options of a server that Sentinels or a Cluster report."""
        return {name: value for name, value in self.options.items() if not name.startswith("sentinel_")}


def read_address(text: str) -> RedisAddress:
    """Parse an address.

    Raises:
        StoreUnusable: it is invalid. The message does not contain the password.
    """
    scheme, _, rest = text.partition("://")
    secured, _, kind = scheme.partition("+")
    place, slash, path = rest.partition("/")
    if secured not in {"redis", "rediss", "unix"} or kind not in {"", SENTINEL, CLUSTER}:
        raise _refused("its scheme is unknown")
    if not kind:
        # In Django, further addresses are replicas, and those may be behind.
        if "," in place or ";" in place:
            raise _refused("it has several hosts")
        _check_server(text, secured)
        return RedisAddress(SERVER, text)
    if secured == "unix":
        raise _refused("a socket cannot name Sentinels or a Cluster")
    credentials, at, hosts = place.rpartition("@")
    path, question, query = f"{slash}{path}".partition("?")
    if not slash:  # redis+cluster://host?option=value
        hosts, question, query = hosts.partition("?")
        path = ""
    service, _, database = path.strip("/").partition("/")
    if kind == SENTINEL and not service:
        raise _refused("the service name is missing")
    if kind == CLUSTER:
        service, database = "", service
        if database not in {"", "0"}:
            raise _refused("a Cluster only has database 0")
    options = _options(f"{secured}://{credentials}{at}host/{database}{question}{query}", secured)
    port = SENTINEL_PORT if kind == SENTINEL else NODE_PORT
    return RedisAddress(kind, text, tuple(_host_port(each, port) for each in hosts.split(",")), service, options)


def layer_hosts(text: str) -> list[Any]:
    """Return the `hosts` of channels_redis for an address.

    In a Cluster each message reaches all nodes, so the layer uses the first node that answers.
    """
    address = read_address(text)
    if address.kind == SERVER:
        return [{"address": text, **LAYER_OPTIONS}]
    if address.kind == SENTINEL:
        sentinels = {"sentinels": list(address.hosts), "sentinel_kwargs": address.sentinel_options}
        return [{"master_name": address.service, **LAYER_OPTIONS, **sentinels, **address.server_options}]
    from broadcast.stores.redis.layer_connection import (  # needs the package redis, which is an extra
        AnyNode,
        AnyNodeTLS,
    )

    options = {**LAYER_OPTIONS, **address.server_options}
    kind = AnyNodeTLS if options.pop("ssl", False) else AnyNode
    return [{"connection_class": kind, "nodes": address.hosts, "socket_connect_timeout": CONNECT_S, **options}]


def _check_server(text: str, secured: str) -> None:
    try:
        _ = urlsplit(text).port
    except ValueError:  # its message may contain part of the password
        raise _refused("its host or port is invalid") from None
    with contextlib.suppress(ModuleNotFoundError):  # the package redis is an extra; a system check reports it
        _options(text, secured)


def _options(plain: str, secured: str) -> dict[str, Any]:
    from redis.connection import parse_url

    try:
        options = dict(parse_url(plain))
    except ValueError as exc:
        raise _refused(str(exc)) from exc
    for name in ("connection_class", "host", "port"):
        options.pop(name, None)
    return options | ({"ssl": True} if secured == "rediss" else {})


def _host_port(text: str, port: int) -> HostPort:
    try:
        parts = urlsplit(f"//{text}")
        if parts.hostname:
            return parts.hostname, parts.port or port
    except ValueError:
        pass
    raise _refused(f'"{text}" is not a host and port')


def _refused(reason: str) -> StoreUnusable:
    return StoreUnusable(f"the address of Redis cannot be used: {reason}", f"expected one address, such as {FORMS}")
