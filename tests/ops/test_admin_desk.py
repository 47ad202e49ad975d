"""The operator's desk: numbers, sending again, ten thousand entries, and who is connected."""

import asyncio
import html
import json
import re
from contextlib import ExitStack

import msgspec
import pytest
from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from websockets.asyncio.client import connect

from broadcast.ops.connections import BROWSER, PRODUCER, Connections
from broadcast.ops.counters import Meters
from broadcast.ops.processes import ORDERS, PROCESSES
from broadcast.types import Batch, Bounds, Write
from producers_api.models import ProducerToken
from tests.support.admin_pages import AdminSession, keep, text_of, url
from tests.support.counting import Socket, report
from tests.support.recorded_watcher import RecordedWatcher
from tests.support.server import Server, until
from tests.support.stores import shared_server

pytestmark = pytest.mark.django_db(transaction=True)

CONNECTIONS = reverse("admin:stickyboard_connection_changelist")


def disconnect(peer_id: str) -> str:
    return reverse("admin:stickyboard_connection_disconnect") + f"?id={peer_id}"


@pytest.fixture
def login():
    """A client of a staff member who has the permissions that are named."""

    def log_in(*permissions: str) -> Client:
        user = User.objects.create_user("ann", password="pw", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        client = Client()
        client.force_login(user)
        return client

    return log_in


BROWSER_FACTS = {"board": "main", "is_lagging": True, "updates": 7, "bytes": 7000}
PRODUCER_FACTS = {"token": "lab", "producer": "<b>gpu</b>", "accepted": 12, "last_at": 0.0}


@pytest.fixture
def peers(sticky) -> list[str]:
    """One process has reported a browser and a producer; their names."""
    connections = Connections(Meters())
    scope = {"client": ("192.0.2.7", 4711)}
    with (
        connections.open(BROWSER, scope, Socket(facts=BROWSER_FACTS)) as browser,
        connections.open(PRODUCER, scope, Socket(facts=PRODUCER_FACTS)) as producer,
    ):
        value = msgspec.json.encode(report(Meters(), connections)).decode()
    sticky.apply([Batch(PROCESSES, Bounds(max_keys=9), [Write("lab:7", value=value)])])
    return [browser.id, producer.id]


# keyspaces


def test_says_what_a_keyspace_holds_and_who_changed_it(sticky, admin_client) -> None:
    token, _ = ProducerToken.make("lab-gpu-2")
    writes = [Write(None, f"host-{n % 2}", "123", producer=f"{token.pk}:stream") for n in range(5)]
    sticky.apply([Batch("live_detection", Bounds(per_lane=2), writes)])
    rows = {row["name"]: row for row in admin_client.get(url("changelist")).context["rows"]}
    row = rows["live_detection"]
    assert (row["size"], row["lanes"], row["bytes"], row["evicted"]) == (4, 2, "12 B", 1)
    assert row["changed_by"] == "lab-gpu-2 / stream"
    assert row["changed"]
    assert (rows["embedding"]["changed"], rows["embedding"]["changed_by"]) == ("", "")


def test_ten_thousand_entries_are_paged_by_the_store(sticky, admin_client, monkeypatch) -> None:
    sticky.apply([Batch("gone_type", Bounds(), [Write(f"key-{n}", value="1") for n in range(10_000)])])
    asked = []
    page = type(sticky).page
    monkeypatch.setattr(type(sticky), "page", lambda self, *a, **k: asked.append(page(self, *a, **k)) or asked[-1])
    monkeypatch.setattr(
        type(sticky), "since", lambda self, cursors: pytest.fail("read whole") if None in cursors.values() else {}
    )
    answer = admin_client.get(url("entries", keyspace="gone_type", p="50", q="key-"))
    assert answer.context["rows"][0]["key"] == "key-5099"
    assert sum(len(part.entries) for part in asked) == 101  # one for the age of the newest
    assert answer.context["found"] == "10,000 entries"


@pytest.mark.parametrize("permissions", [(), ("view_keyspace",), ("view_keyspace", "delete_keyspace")])
def test_sending_again_needs_its_permission(sticky, login, permissions) -> None:
    keep(sticky)
    page = url("send_again", keyspace="model_metric", key="gbt")
    assert Client().post(page)["Location"].startswith("/admin/login/")
    client = login(*permissions)
    assert (client.get(page).status_code, client.post(page).status_code) == (403, 403)
    if permissions:
        assert "Send again" not in text_of(client.get(url("entries", keyspace="model_metric")))
    assert sticky.heads()["model_metric"].revision == 2


def test_sends_an_entry_again_as_news(sticky, login) -> None:
    keep(sticky)
    head = sticky.heads()["model_metric"]
    client = login("view_keyspace", "send_keyspace")
    listed = client.get(url("entries", keyspace="model_metric")).context["rows"]
    page = next(row["send_url"] for row in listed if row["key"] == "gbt")
    assert "macro_f1" in text_of(client.get(page))
    assert sticky.heads()["model_metric"] == head
    assert "Sent entry gbt of model_metric again." in text_of(client.post(page, follow=True))
    (entry,) = sticky.since({"model_metric": head})["model_metric"].entries
    assert (entry.key, entry.revision, json.loads(entry.value)) == ("gbt", 3, {"macro_f1": 0.9})
    assert LogEntry.objects.get().action_flag == CHANGE


def test_sends_an_entry_of_a_ring_again_as_one_more(sticky, admin_client) -> None:
    sticky.apply([Batch("live_detection", Bounds(per_lane=60), [Write(None, "host-3", "1")])])
    admin_client.post(url("send_again", keyspace="live_detection", key="1"))
    entries = sticky.page("live_detection").entries
    assert [(entry.key, entry.lane, entry.value) for entry in entries] == [("2", "host-3", "1"), ("1", "host-3", "1")]


def test_sends_nothing_that_is_gone(sticky, admin_client) -> None:
    keep(sticky)
    page = url("send_again", keyspace="model_metric", key="knn")
    assert admin_client.get(page).status_code == 404
    assert "nothing was sent" in text_of(admin_client.post(page, follow=True))


# connections


@pytest.mark.parametrize("page", [lambda peer: CONNECTIONS, disconnect])
def test_connections_are_shown_to_nobody_without_permission(peers, login, page) -> None:
    for method in ("get", "post"):
        assert getattr(Client(), method)(page(peers[0]))["Location"].startswith("/admin/login/")
    client = login("view_keyspace")
    assert (client.get(page(peers[0])).status_code, client.post(page(peers[0])).status_code) == (403, 403)


def test_whoever_may_only_look_is_offered_no_end(peers, login, sticky) -> None:
    client = login("view_connection")
    assert "Disconnect" not in text_of(client.get(CONNECTIONS))
    assert client.post(disconnect(peers[0])).status_code == 403
    assert ORDERS not in sticky.heads()


def test_lists_processes_and_connections_and_finds_one(peers, admin_client) -> None:
    answer = admin_client.get(CONNECTIONS)
    browser, producer = answer.context["rows"]
    assert (browser["id"], browser["of"], browser["what"], browser["state"]) == (
        peers[0],
        "main",
        "7 updates, 7 kB",
        "lagging",
    )
    assert (producer["of"], producer["what"]) == ("lab / <b>gpu</b>", "12 events accepted")
    assert "<b>gpu</b>" not in text_of(answer)
    assert answer.context["processes"][0]["process"] == "lab:7"
    assert [row["id"] for row in admin_client.get(CONNECTIONS, {"q": "GPU"}).context["rows"]] == [peers[1]]
    assert "style=" not in text_of(answer)


def search(text: str) -> str:
    return reverse("admin:stickyboard_connection_search") + f"?q={text}"


def keep_report(sticky, **facts) -> None:
    value = {**report(Meters()), "browsers": {"main": 900}, "searched": [], **facts}
    sticky.apply([Batch(PROCESSES, Bounds(max_keys=9), [Write("lab:8", value=msgspec.json.encode(value).decode())])])


def test_what_is_not_listed_is_looked_for_in_all_processes(peers, sticky, admin_client) -> None:
    keep_report(sticky)
    assert "900 connections are not listed; use" in text_of(admin_client.get(CONNECTIONS))
    assert search("lab") in text_of(admin_client.get(CONNECTIONS, {"q": "lab"}))
    assert ORDERS not in sticky.heads()
    answer = admin_client.post(search("lab"), follow=True)
    assert [entry.key for entry in sticky.page(ORDERS).entries] == ["?lab"]
    assert "Searching all processes" in text_of(answer)
    assert answer["Refresh"] == f"1; url={CONNECTIONS}?q=lab&tries=5"
    for process in ("lab:7", "lab:8"):
        sticky.delete(f"{PROCESSES}:{process}")
    keep_report(sticky, searched=["lab"])
    assert "Refresh" not in admin_client.get(CONNECTIONS, {"q": "lab", "tries": 5})


@pytest.mark.parametrize("tries", ["0", "x", "²", ""])
def test_it_does_not_ask_for_ever(peers, sticky, admin_client, tries) -> None:
    keep_report(sticky)
    assert "Refresh" not in admin_client.get(CONNECTIONS, {"q": "lab", "tries": tries})


def test_looking_in_all_processes_needs_the_permission_to_look(peers, sticky, login) -> None:
    assert login("view_keyspace").post(search("lab")).status_code == 403
    assert ORDERS not in sticky.heads()


def test_asks_before_it_orders_an_end_and_logs_it(peers, sticky, admin_client) -> None:
    assert "revoke its token" in text_of(admin_client.get(disconnect(peers[1])))
    assert ORDERS not in sticky.heads()
    admin_client.post(disconnect(peers[1]))
    assert [entry.key for entry in sticky.page(ORDERS).entries] == [peers[1]]
    entry = LogEntry.objects.get()
    assert (entry.action_flag, entry.object_id) == (DELETION, peers[1])


def test_knows_no_connection_that_nobody_reported(peers, admin_client) -> None:
    assert admin_client.get(disconnect("b0")).status_code == 404


def test_says_so_when_no_process_reports(sticky, admin_client) -> None:
    assert "No process has reported" in text_of(admin_client.get(CONNECTIONS))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("redis", marks=pytest.mark.chaos)])
async def test_ends_connections_of_whichever_process_they_are(tmp_path, kind):
    """Two servers on one store: the admin of the first ends a browser and a producer of the second."""
    shared = {"REDIS_URL": shared_server("redis").url} if kind == "redis" else {}
    other = Server(tmp_path, **shared)
    with Server(tmp_path, **shared) as one, ExitStack() as stack:
        other.token = one.token
        other.start()
        stack.callback(other.stop)
        one.environment["DJANGO_SUPERUSER_PASSWORD"] = "a long enough secret"
        one.manage("createsuperuser", "--noinput", "--username", "ada", "--email", "ada@example.org")
        admin = AdminSession(one)
        await asyncio.to_thread(
            admin.submit, "/admin/login/?next=/admin/", username="ada", password="a long enough secret"
        )
        browser = RecordedWatcher(other)
        await browser.catch_up()
        async with connect(
            f"{other.websocket}/ws/produce/", additional_headers={"Authorization": f"Bearer {other.token}"}
        ) as producer:
            await producer.send('{"type":"model_metric","model":"gbt","macro_f1":0.5}')
            assert json.loads(await producer.recv())["op"] == "ack"
            await asyncio.to_thread(admin.submit, search("board"))  # all processes report in their next round
            peers = []
            async with asyncio.timeout(60):
                while len(peers) < 2:
                    page = await asyncio.to_thread(admin.read, CONNECTIONS)
                    peers = re.findall(r'href="([^"]+/disconnect/[^"]+)"', page)
            for peer in peers:
                await asyncio.to_thread(admin.submit, html.unescape(peer))
            await asyncio.wait_for(producer.wait_closed(), 60)
            assert producer.close_code == 4410
        await until(lambda: {"op": "close", "code": 4410} in browser.transcript)
        await browser.leave()
