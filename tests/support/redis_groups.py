"""Redis as it is run by those who cannot do without it: with TLS, watched by Sentinels, or as a Cluster."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import redis

from tests.support.redis_server import RedisServer, program_of
from tests.support.server import free_port

SERVICE = "board"
SLOTS, NODES = 16384, 3


def make_certificate(certificate: Path, key: Path) -> Path:
    """Make a certificate for localhost that vouches for itself."""
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    words += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"]
    subprocess.run([*words, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return certificate


@contextmanager
def tls_server() -> Iterator[tuple[str, Path]]:
    """Give the address of a Redis that speaks TLS on its port, and the file of its certificate."""
    folder = Path(tempfile.mkdtemp(prefix="sticky-tls-"))
    try:
        key, port = folder / "key.pem", free_port()
        certificate = make_certificate(folder / "certificate.pem", key)
        options = {"tls_port": port, "tls_cert_file": certificate, "tls_key_file": key, "tls_auth_clients": "no"}
        with RedisServer("redis", **options, tls_ca_cert_file=certificate):
            yield f"rediss://localhost:{port}/0", certificate
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Watched:
    """A primary, its replica, and a Sentinel that puts the replica in its place when it is gone."""

    def __init__(self, down_after_ms: int = 500, **options: str) -> None:
        self._stack = ExitStack()
        self._options, self._down_after_ms = options, down_after_ms
        self.sentinel_port = free_port()
        self.url = f"redis+sentinel://127.0.0.1:{self.sentinel_port}/{SERVICE}/0"

    def __enter__(self) -> "Watched":
        # Without a delay the replica is filled at once; 0 lets a replica wait for nobody.
        options = {"repl_diskless_sync_delay": "0", **self._options}
        self.primary = self._stack.enter_context(RedisServer("redis", port=True, **options))
        self.replica = self._stack.enter_context(
            RedisServer("redis", port=True, replicaof=f"127.0.0.1 {self.primary.port}", **options)
        )
        until(lambda: self.replica.client().info("replication")["master_link_status"] == "up")
        self._start_sentinel()
        # Only one whose replicas it knows can be replaced.
        until(lambda: self.sentinel().sentinel_slaves(SERVICE))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def sentinel(self) -> redis.Redis:
        return redis.Redis(port=self.sentinel_port)

    def client(self) -> redis.Redis:
        """Return a client of the current primary."""
        host, port = self.sentinel().sentinel_get_master_addr_by_name(SERVICE)
        return redis.Redis(host, port)

    def _start_sentinel(self) -> None:
        folder = self.primary.folder / "sentinel"
        folder.mkdir()
        conf = folder / "sentinel.conf"
        conf.write_text(
            f"port {self.sentinel_port}\nbind 127.0.0.1\ndir {folder}\n"
            f"sentinel monitor {SERVICE} 127.0.0.1 {self.primary.port} 1\n"
            f"sentinel down-after-milliseconds {SERVICE} {self._down_after_ms}\n"
            f"sentinel failover-timeout {SERVICE} 5000\n"
        )
        program = program_of("redis")
        assert program
        with (folder / "log").open("ab") as log:
            process = subprocess.Popen([program, str(conf), "--sentinel"], stdout=log, stderr=log)
        self._stack.callback(process.wait, 60)
        self._stack.callback(process.kill)
        until(lambda: self.sentinel().ping())


class Nodes:
    """A Redis Cluster of three primaries, each with a replica where that is wanted."""

    def __init__(self, *, replicas: bool = False) -> None:
        self._stack = ExitStack()
        self._has_replicas = replicas
        self.replicas: list[RedisServer] = []  # in the order of their primaries

    def __enter__(self) -> "Nodes":
        self.servers = [self._node() for _ in range(NODES)]
        first = self.servers[0]
        for index, server in enumerate(self.servers):
            low, high = SLOTS * index // NODES, SLOTS * (index + 1) // NODES - 1
            with server.client() as client:
                client.execute_command("CLUSTER ADDSLOTSRANGE", low, high)
                client.execute_command("CLUSTER MEET", "127.0.0.1", first.port, first.options["cluster-port"])
        for server in self.servers:
            with server.client() as client:
                until(lambda client=client: client.cluster("INFO")["cluster_state"] == "ok")
                until(lambda client=client: len(client.cluster("NODES")) == NODES)
        if self._has_replicas:
            self.replicas = [self._replica_of(server) for server in self.servers]
        else:  # none takes over, so nothing is gained if a slow one counts as gone
            for server in self.servers:
                with server.client() as client:
                    client.config_set("cluster-node-timeout", 60_000)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _node(self) -> RedisServer:
        options = {"cluster_enabled": "yes", "cluster_node_timeout": "2000", "appendonly": "yes"}
        # By itself a node talks to the others at its port and 10,000, which may be no port at all.
        more = {"port": True, "cluster_port": str(free_port()), "repl_diskless_sync_delay": "0"}
        return self._stack.enter_context(RedisServer("redis", **more, **options))

    def _replica_of(self, primary: RedisServer) -> RedisServer:
        replica = self._node()
        with primary.client() as known, replica.client() as client:
            number = known.execute_command("CLUSTER MYID").decode()
            client.execute_command("CLUSTER MEET", "127.0.0.1", primary.port, primary.options["cluster-port"])
            until(lambda: client.execute_command("CLUSTER REPLICATE", number))  # refused until it knows the other
            until(lambda: client.info("replication")["master_link_status"] == "up")
        return replica

    @property
    def url(self) -> str:
        return "redis+cluster://" + ",".join(f"127.0.0.1:{server.port}" for server in self.servers)

    def primary_of(self, key: str) -> RedisServer:
        """Return which of the servers that were primaries in the beginning has a key's slot."""
        for server in self.servers:
            with server.client() as client:
                try:
                    client.exists(key)
                except redis.ResponseError:  # it has moved
                    continue
                return server
        raise AssertionError(f"nobody has {key}")

    @contextmanager
    def client(self) -> Iterator[redis.RedisCluster]:
        client = redis.RedisCluster(host="127.0.0.1", port=self.servers[0].port)
        try:
            yield client
        finally:
            client.close()


def move_slot(key: str, source: RedisServer, target: RedisServer, between: Callable[[], object] = bool) -> None:
    """Move a key's slot, as redis-cli's reshard does; `between` is called after each five keys."""
    with source.client() as giving, target.client() as taking:
        ids = [client.execute_command("CLUSTER MYID").decode() for client in (giving, taking)]
        slot = giving.execute_command("CLUSTER KEYSLOT", key)
        taking.execute_command("CLUSTER SETSLOT", slot, "IMPORTING", ids[0])
        giving.execute_command("CLUSTER SETSLOT", slot, "MIGRATING", ids[1])
        while keys := giving.execute_command("CLUSTER GETKEYSINSLOT", slot, 5):
            giving.execute_command("MIGRATE", "127.0.0.1", target.port, "", 0, 5000, "KEYS", *keys)
            between()
        for client in (taking, giving):
            client.execute_command("CLUSTER SETSLOT", slot, "NODE", ids[1])


def copy_all(primary: RedisServer, replica: RedisServer) -> None:
    """Wait until a replica has what its primary has now."""
    with primary.client() as first, replica.client() as second:
        wanted = first.info("replication")["master_repl_offset"]
        until(lambda: second.info("replication")["slave_repl_offset"] >= wanted)


def is_primary(server: RedisServer) -> bool:
    with server.client() as client:
        return client.info("replication")["role"] == "master"


def until(condition: Callable[[], object], timeout_s: float = 90) -> None:
    """Wait until something is so; a server that does not answer yet is asked again."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            if condition():
                return
        except redis.RedisError:
            pass
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.01)
