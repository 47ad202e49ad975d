"""A real server whose store cannot be used: producers keep their events, and no restart is needed."""

import contextlib
import json
import os
import shutil
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Callable

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from broadcast.stores.sqlite.schema import SCHEMA_VERSION
from tests.support.redis_server import RedisServer
from tests.support.server import ACCOUNTS, PATIENCE, Server, new_accounts

EVENT = {"type": "total_alerts", "alerts": 1}
# Root may write everywhere; without these it may not, and still can read the interpreter.
NO_ROOT = "-dac_override,-dac_read_search"


class Harmed(Server):
    """A server that need not be able to use its store at the start."""

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.http}/livez", timeout=60):
                return True
        except OSError:
            time.sleep(0.02)
            return False

    def __enter__(self):
        return self  # started by the test, when it has harmed what it harms


class Ordinary(Harmed):
    """A server that the permissions of files hold for."""

    def _command(self) -> list[str]:
        if os.getuid() != 0:
            return super()._command()
        if shutil.which("setpriv") is None:
            pytest.skip("setpriv is missing; on Debian and Ubuntu: apt install util-linux")
        return ["setpriv", f"--bounding-set={NO_ROOT}", f"--inh-caps={NO_ROOT}", *super()._command()]


def get(server: Server, path: str) -> tuple[int, dict]:
    return answer_to(urllib.request.Request(f"{server.http}{path}"))[:2]


def send(server: Server) -> tuple[int, dict, dict]:
    headers = {"Authorization": f"Bearer {server.token}"}
    return answer_to(urllib.request.Request(f"{server.http}/api/events", json.dumps(EVENT).encode(), headers))


def send_on_socket(server: Server) -> dict:
    headers = {"Authorization": f"Bearer {server.token}"}
    with connect(f"{server.websocket}/ws/produce/?producer=gpu", additional_headers=headers) as socket:
        # If the accounts are unavailable, the server sends its error and closes without waiting for a message.
        with contextlib.suppress(ConnectionClosed):
            socket.send(json.dumps({"seq": time.time_ns() // 1000, "events": [EVENT]}))
        return json.loads(socket.recv(20))


def answer_to(request: urllib.request.Request) -> tuple[int, dict, dict]:
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer), dict(answer.headers)
    except urllib.error.HTTPError as exc:
        with exc:
            return exc.code, json.load(exc), dict(exc.headers)


def see_it_refuse(server: Server, *secrets: str) -> None:
    """Check all that is said while the store cannot be used."""
    status, said, headers = send(server)
    on_socket = send_on_socket(server)
    assert (status, said["retry"], headers["retry-after"]) == (503, True, "1")
    assert {name: on_socket[name] for name in ("op", "code", "message", "retry")} == said
    ready, why = get(server, "/readyz")
    assert (ready, why["status"], why["code"]) == (503, "unavailable", why["code"])
    if said["code"] != "accounts_unavailable":  # which lie in the same folder
        assert (why["code"], why["reason"]) == (said["code"], said["message"])
    for secret in (str(server.folder), "Error", "ERR ", "OOM", "sqlite", "Errno", *secrets):
        assert secret not in json.dumps([said, on_socket, why])
    text = server.log.read_text()
    for use in ("written", "read"):
        assert text.count(f"the store cannot be {use}:") <= 1, text  # one line, however often it is asked
    assert "the store cannot be" in text
    assert "Traceback" not in text
    assert "Service Unavailable" not in text


def see_it_recover(server: Server) -> None:
    deadline = time.monotonic() + 20 * PATIENCE
    while get(server, "/readyz")[0] != 200:
        assert time.monotonic() < deadline, server.log.read_text()
    assert send(server)[0] == 200
    assert send_on_socket(server)["op"] == "ack"


@pytest.fixture(scope="module")
def earlier(tmp_path_factory) -> Server:
    """A server that has ended, and left its files."""
    folder = tmp_path_factory.mktemp("earlier")
    folder.chmod(0o700)
    with Server(folder) as first:
        assert send(first)[0] == 200
    for file in (first.store_file, folder / ACCOUNTS):  # the last one to close a file removes its log
        db = sqlite3.connect(file)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
    return first


def folder_is_read_only(server: Server) -> Callable[[], object]:
    server.folder.chmod(0o555)
    return lambda: server.folder.chmod(0o700)


def folder_is_read_only_before_there_is_a_store(server: Server) -> Callable[[], object]:
    server.store_file.unlink()
    return folder_is_read_only(server)


def file_is_read_only(server: Server) -> Callable[[], object]:
    server.store_file.chmod(0o400)
    return lambda: server.store_file.chmod(0o600)


def file_is_another_users(server: Server) -> Callable[[], object]:
    server.store_file.chmod(0)
    return lambda: server.store_file.chmod(0o600)


def file_is_damaged(server: Server) -> Callable[[], object]:
    content = server.store_file.read_bytes()
    server.store_file.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    return lambda: server.store_file.write_bytes(content)


def file_is_cut(server: Server) -> Callable[[], object]:
    content = server.store_file.read_bytes()
    server.store_file.write_bytes(content[: len(content) // 2])
    return lambda: server.store_file.write_bytes(content)


def file_is_of_a_newer_version(server: Server) -> Callable[[], object]:
    def become(version: int) -> None:
        db = sqlite3.connect(server.store_file)
        db.execute(f"PRAGMA user_version = {version}")
        db.close()

    become(SCHEMA_VERSION + 1)
    return lambda: become(SCHEMA_VERSION)


def a_folder_is_in_its_place(server: Server) -> Callable[[], object]:
    moved = server.store_file.rename(server.folder / "moved")
    server.store_file.mkdir()

    def repair() -> None:
        server.store_file.rmdir()
        moved.rename(server.store_file)

    return repair


def file_is_locked(server: Server) -> Callable[[], object]:
    db = sqlite3.connect(server.store_file, isolation_level=None)
    db.execute("PRAGMA locking_mode = EXCLUSIVE")
    db.execute("BEGIN EXCLUSIVE")
    return db.close


HARMS = [
    pytest.param(folder_is_read_only, Ordinary, marks=pytest.mark.slow),
    pytest.param(folder_is_read_only_before_there_is_a_store, Ordinary, marks=pytest.mark.slow),
    pytest.param(file_is_read_only, Ordinary, marks=pytest.mark.slow),
    pytest.param(file_is_another_users, Ordinary, marks=pytest.mark.chaos),  # as read-only, for the server
    (file_is_damaged, Harmed),
    pytest.param(file_is_cut, Harmed, marks=pytest.mark.chaos),  # as damaged, for the server
    pytest.param(file_is_of_a_newer_version, Harmed, marks=pytest.mark.slow),
    pytest.param(a_folder_is_in_its_place, Harmed, marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("harm", "kind"), HARMS)
def test_a_server_with_an_unusable_store_needs_no_restart(harm, kind, earlier, tmp_path):
    with kind(shutil.copytree(earlier.folder, tmp_path / "data")) as server:
        server.token = earlier.token
        repair = harm(server)
        try:
            server.log.touch()
            server.start()
            see_it_refuse(server)
        finally:
            repair()
        see_it_recover(server)


def redis_is_down(redis: RedisServer) -> Callable[[], object]:
    redis.kill()
    return redis.start


def redis_is_full(redis: RedisServer) -> Callable[[], object]:
    with redis.client() as client:
        client.config_set("maxmemory", 1)
    return lambda: redis.client().config_set("maxmemory", 0)


def redis_is_a_replica(redis: RedisServer) -> Callable[[], object]:
    with redis.client() as client:
        client.replicaof("127.0.0.1", 1)
    return lambda: redis.client().replicaof("NO", "ONE")


def redis_asks_for_a_password(redis: RedisServer) -> Callable[[], object]:
    with redis.client() as client:
        client.config_set("requirepass", "secret")

    def repair() -> None:
        with redis.client(password="secret") as client:
            client.config_set("requirepass", "")

    return repair


def another_program_uses_the_names(redis: RedisServer) -> Callable[[], object]:
    names = [f"sticky:{{{keyspace}}}:{part}" for keyspace in ("total_alerts", "_health") for part in ("meta", "value")]
    with redis.client() as client:
        for name in names:
            client.delete(name)
            client.set(name, "theirs")
    return lambda: redis.client().delete(*names)


OF_REDIS = (redis_is_full, redis_is_a_replica, redis_asks_for_a_password, another_program_uses_the_names)


@pytest.mark.parametrize("harm", [redis_is_down, *(pytest.param(harm, marks=pytest.mark.slow) for harm in OF_REDIS)])
def test_a_server_with_an_unusable_redis_needs_no_restart(harm, tmp_path):
    with RedisServer("redis", port=True) as redis, Harmed(tmp_path, REDIS_URL=redis.url, layer="redis") as server:
        accounts, server.token = new_accounts()
        (tmp_path / ACCOUNTS).write_bytes(accounts)
        repair = harm(redis)
        try:
            server.start()
            see_it_refuse(server, "127.0.0.1", str(redis.port), "WRONGTYPE", "NOAUTH", "READONLY")
        finally:
            repair()
        see_it_recover(server)
