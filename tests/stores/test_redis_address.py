"""An address of Redis is taken apart, or refused with what would be right, and never tells its password."""

import pytest

from broadcast.errors import StoreUnusable
from broadcast.stores.redis.address import CLUSTER, SENTINEL, SERVER, layer_hosts, read_address


@pytest.mark.parametrize("url", ["redis://a:1/2", "rediss://user:word@a?ssl_cert_reqs=none", "unix:///run/a,b.sock"])
def test_one_server_is_left_to_redis_py(url):
    address = read_address(url)
    assert (address.kind, address.url) == (SERVER, url)
    assert layer_hosts(url) == [{"address": url, "protocol": 2}]


def test_sentinels_have_hosts_a_service_and_a_database():
    address = read_address(
        "redis+sentinel://board:p%40ss@s1:1,s2,[::1]:3/main/2?sentinel_password=other&max_connections=9"
    )
    assert address.kind == SENTINEL
    assert address.hosts == (("s1", 1), ("s2", 26379), ("::1", 3))
    assert address.service == "main"
    assert address.server_options == {"username": "board", "password": "p@ss", "db": 2, "max_connections": 9}
    assert address.sentinel_options["password"] == "other"
    assert "username" not in address.sentinel_options


def test_tls_counts_for_sentinels_and_servers_alike():
    address = read_address("rediss+sentinel://s1/main?ssl_ca_certs=/ca.pem")
    for options in (address.server_options, address.sentinel_options):
        assert options["ssl"] is True
        assert options["ssl_ca_certs"] == "/ca.pem"


def test_a_cluster_has_hosts():
    for url in ("redis+cluster://u:p@a,b:7", "redis+cluster://u:p@a,b:7/", "redis+cluster://u:p@a,b:7/0"):
        address = read_address(url)
        assert (address.kind, address.hosts) == (CLUSTER, (("a", 6379), ("b", 7)))
        assert address.server_options.items() >= {"username": "u", "password": "p"}.items()
    assert read_address("redis+cluster://a?socket_timeout=2.5").server_options == {"socket_timeout": 2.5}


def test_a_layer_gets_the_same_servers():
    (sentinels,) = layer_hosts("redis+sentinel://u:p@s1/main/2")
    assert sentinels["master_name"] == "main"
    assert sentinels["sentinels"] == [("s1", 26379)]
    assert (sentinels["username"], sentinels["password"], sentinels["db"]) == ("u", "p", 2)
    (nodes,) = layer_hosts("rediss+cluster://a,b:7")
    assert nodes["nodes"] == (("a", 6379), ("b", 7))
    assert nodes["connection_class"].__name__ == "AnyNodeTLS"
    assert sentinels["protocol"] == nodes["protocol"] == 2


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "scheme"),
        ("localhost:6379", "scheme"),
        ("http://secret@a", "scheme"),
        ("redis+raft://secret@a", "scheme"),
        ("redis://a:1,redis://b:1", "several hosts"),
        ("unix+sentinel:///a/main", "socket"),
        ("redis+sentinel://u:secret@a", "service name"),
        ("redis+sentinel://u:secret@a:x/main", '"a:x"'),
        ("redis+sentinel://u:secret@a,,b/main", '""'),
        ("redis+cluster://u:secret@a/3", "database 0"),
        ("redis+cluster://u:secret@a?socket_timeout=soon", "socket_timeout"),
        ("redis://u:secret@a:99999/0", "its host or port is invalid"),
        ("redis://:secret/word@a/0", "its host or port is invalid"),
        ("redis://u:secret@[::1/0", "its host or port is invalid"),
        ("rediss://u:secret@a/0?socket_timeout=soon", "socket_timeout"),
        ("unix://u:secret@/run/redis?db=first", "db"),
    ],
)
def test_an_invalid_address_is_refused_without_its_password(url, said):
    with pytest.raises(StoreUnusable) as caught:
        read_address(url)
    assert said in str(caught.value)
    assert "redis+sentinel://host:26379,host:26379/service/0" in str(caught.value)
    assert "secret" not in str(caught.value)
