"""`/metrics`, `/livez` and `/readyz` of a real server, and revoking under its eyes."""

import asyncio
import json
import socket as socket_api
from pathlib import Path

import pytest
from django.test import AsyncClient
from websockets.asyncio.client import connect

from broadcast.runtime import runtime
from stickyboard import Producer
from tests.support.counting import samples
from tests.support.recorded_watcher import RecordedWatcher
from tests.support.responses import fetch
from tests.support.server import ENDED_WELL, Server, ended, until

TOKEN = "only prometheus knows"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("metrics"), STICKYBOARD_METRICS_TOKEN=TOKEN) as server:
        yield server


async def scrape(server: Server) -> dict[tuple[str, ...], float]:
    status, body = await asyncio.to_thread(fetch, server, "/metrics", TOKEN)
    assert status == 200, body
    return samples(body)


async def is_left_by_all(server: Server) -> None:
    """Wait until the server has noticed that the sockets of earlier tests are gone."""
    counted = await scrape(server)
    while counted["stickyboard_producers",] or counted.get(("stickyboard_browsers", "main")):
        counted = await scrape(server)


async def test_a_scrape_has_the_latest_counts(running):
    await is_left_by_all(running)
    browser = RecordedWatcher(running)
    await browser.catch_up()
    before = await scrape(running)
    async with Producer(running.http, running.token) as producer:
        for model in ("one", "two", "one"):
            await producer.publish("model_metric", model=model, macro_f1=0.5, wait=True)
            await until(lambda newest=model: list(browser.values("model_metric"))[-1:] == [newest])
        counted = await scrape(running)

    def more(*name: str) -> float:
        return counted[name] - before.get(name, 0)

    assert more("stickyboard_events_total", "accepted", "model_metric") == 3
    assert more("stickyboard_updates_sent_total") == 3
    assert more("stickyboard_update_bytes_sent_total") > 300
    for timed in ("ack", "tick", "store_apply"):
        assert more(f"stickyboard_{timed}_seconds_count") >= 3, timed
    assert counted["stickyboard_browsers", "main"] == 1
    assert counted[("stickyboard_producers",)] == 1
    assert counted["stickyboard_catch_ups_total", "connect"] == 1
    assert more("stickyboard_keyspace_entries", "model_metric") == 2
    assert more("stickyboard_keyspace_revision", "model_metric") == 3
    assert counted[("stickyboard_draining",)] == 0
    await browser.leave()


async def test_refusals_are_counted_by_type_and_code(running):
    before = await scrape(running)
    async with connect(
        f"{running.websocket}/ws/produce/", additional_headers={"Authorization": f"Bearer {running.token}"}
    ) as socket:
        for event in ('{"type":"model_metric"}', '{"type":"made up"}', "[1,"):
            await socket.send(event)
            await socket.recv()
    await asyncio.to_thread(fetch, running, "/api/events", "no token")
    counted = await scrape(running)
    for name in (
        ("stickyboard_events_total", "invalid_event", "model_metric"),
        ("stickyboard_events_total", "unknown_event_type", "unknown"),
        ("stickyboard_messages_refused_total", "invalid_json"),
    ):
        assert counted[name] - before.get(name, 0) == 1, name


@pytest.mark.parametrize("token", ["", "wrong"])
def test_metrics_are_for_those_who_show_the_token(running, token):
    status, body = fetch(running, "/metrics", token)
    assert status == 401
    assert b"stickyboard_" not in body


async def test_there_are_no_metrics_unless_asked_for(sticky):
    assert (await AsyncClient().get("/metrics")).status_code == 404


def test_it_is_alive_and_ready(running):
    assert json.loads(fetch(running, "/livez")[1]) == {"status": "ok"}
    assert json.loads(fetch(running, "/readyz")[1]) == {"status": "ok"}


async def test_it_is_not_ready_but_alive_while_it_drains(sticky):
    runtime().drain.is_begun = True
    answer = await AsyncClient().get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "draining")
    assert (await AsyncClient().get("/livez")).status_code == 200


async def test_it_is_not_ready_when_the_store_fails(sticky, settings, tmp_path):
    (tmp_path / "letter.txt").write_text("Dear Sir or Madam, " * 20)
    settings.CACHES = {**settings.CACHES, "sticky": {**settings.CACHES["sticky"], "LOCATION": tmp_path / "letter.txt"}}
    answer = await AsyncClient().get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unusable")
    assert str(tmp_path) not in answer.content.decode()
    assert (await AsyncClient().get("/livez")).status_code == 200


CHANGES = {
    "revoked": ("token.is_revoked = True", 4501),
    "expired": ("token.expires_at = token.created_at", 4501),
    "narrowed": ("token.event_types = ['embedding']", 4410),
}


@pytest.mark.parametrize("name", CHANGES)
async def test_an_open_socket_ends_when_its_token_changes(running, name):
    change, code = CHANGES[name]
    made = await asyncio.to_thread(running.manage, "create_producer_token", name, "--quiet")
    headers = {"Authorization": f"Bearer {made.strip()}"}
    async with connect(f"{running.websocket}/ws/produce/", additional_headers=headers) as socket:
        await socket.send('{"type":"model_metric","model":"gru","macro_f1":0.5}')
        assert json.loads(await socket.recv())["op"] == "ack"
        program = (
            "from producers_api.models import ProducerToken;"
            f"token = ProducerToken.objects.get(name='{name}'); {change}; token.save()"
        )
        await asyncio.to_thread(running.manage, "shell", "-v", "0", "-c", program)
        await asyncio.wait_for(socket.wait_closed(), 60)
        assert socket.close_code == code


def unsent_bytes(port: int) -> int:
    """Return how much of what a server said the kernel still keeps."""
    lines = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return sum(int(words[4].split(":")[0], 16) for words in lines if int(words[1].split(":")[1], 16) == port)


async def answers_no_more(server: Server) -> None:
    """Wait until a server can send nothing more, though it has had its turns: each look asks it something else."""
    looks: list[int] = []
    while len(looks) < 20 or not looks[-1] or len(set(looks[-20:])) > 1:
        await asyncio.to_thread(fetch, server, "/livez")
        looks.append(unsent_bytes(server.port))


async def test_a_real_server_is_not_ready_while_it_drains(tmp_path):
    """A producer that reads no answer holds it up, as long as a drain may take."""
    bounds = {"DRAIN_S": 30, "MAX_EVENTS_PER_S": 10**9}
    with Server(tmp_path, TEST_BROADCAST=json.dumps(bounds)) as server, socket_api.socket() as narrow:
        headers = {"Authorization": f"Bearer {server.token}"}
        address = f"{server.websocket}/ws/produce/"
        narrow.setsockopt(socket_api.SOL_SOCKET, socket_api.SO_RCVBUF, 4096)
        await asyncio.to_thread(narrow.connect, ("127.0.0.1", server.port))
        options = {"additional_headers": headers, "max_queue": 1, "ping_interval": None, "sock": narrow}
        async with connect(address, **options) as socket:
            # Sixty thousand answers, some megabytes, of which the kernel takes only some.
            for _ in range(60):
                await socket.send(json.dumps([{}] * 1000))
            await answers_no_more(server)
            server.process.terminate()
            said: list[tuple[int, bytes]] = [(200, b"")]
            while said[-1][0] == 200:
                said.append(await asyncio.to_thread(fetch, server, "/readyz"))
            assert said[-1][0] == 503
            assert json.loads(said[-1][1])["status"] == "draining"
            assert (await asyncio.to_thread(fetch, server, "/livez"))[0] == 200
            socket.transport.abort()
        process, server.process = server.process, None  # it is stopping
        assert await asyncio.to_thread(ended, process) in ENDED_WELL
