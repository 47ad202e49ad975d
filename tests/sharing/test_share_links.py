# Over 300 lines: every way in which one link opens, ends and is refused, on one server.
"""A share link opens exactly its board or scene, until it expires or is revoked."""

import json
import logging
import re
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import AsyncClient, Client
from django.urls import reverse
from django.utils import timezone
from msgspec import Struct

import broadcast
from broadcast import close_codes
from broadcast.events.board import Board, Scene
from broadcast.events.event_type import EventType
from broadcast.events.policies import snapshot
from broadcast.models import ShareLink
from broadcast.ops.connections import BROWSER, Connections
from broadcast.ops.counters import Meters
from broadcast.ops.log_format import WithoutSecrets, without_secrets
from broadcast.runtime import runtime
from broadcast.sessions import SessionWatch
from broadcast.sharing.links import expel, make_link
from broadcast.sharing.tokens import MAX_CHARACTERS, PREFIX, digest_of, new_token
from producers_api.asgi import websocket
from tests.support.counting import Socket
from tests.support.responses import content_of

pytestmark = pytest.mark.django_db(transaction=True)


class Note(Struct):
    text: str


NAMES = ("left", "right", "other")
EVENT_TYPES = [EventType(name, Note, snapshot()) for name in NAMES]
PAIR = Board("pair", "Secret title", ["left", Scene("right", name="right_one")], permission="stickyboard.view_keyspace")
BOARDS = [PAIR, Board("lone", "Other title", ["other"], permission="stickyboard.view_keyspace")]


@pytest.fixture(autouse=True)
def boards(settings, sticky):
    settings.BROADCAST = {
        "EVENT_TYPES": "tests.sharing.test_share_links.EVENT_TYPES",
        "BOARDS": BOARDS,
        "REQUIRE_LOGIN": True,
    }


async def publish_all() -> None:
    for name in NAMES:
        await broadcast.apublish(name, text=f"secret-{name}")


def found_in(text: str) -> set[str]:
    return {name for name in NAMES if f"secret-{name}" in text}


async def get(path: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    """Return the status, the text and the headers that a client without a cookie receives."""
    response = await AsyncClient().get(path, headers=headers)
    return response.status_code, (await content_of(response)).decode(), dict(response.headers)


def socket_of(token: str, query: str = "protocol=2") -> WebsocketCommunicator:
    headers = [(b"origin", b"http://testserver"), (b"host", b"testserver")]
    return WebsocketCommunicator(websocket, f"/ws/share/{token}/?{query}", headers=headers)


async def first_messages(socket: WebsocketCommunicator) -> str:
    """Return what a socket sends until it has caught up, or its close message."""
    await socket.connect(timeout=5)
    sent = ""
    while '"caught_up":true' not in sent:
        message = await socket.receive_output(timeout=5)
        sent += message.get("text") or f"{message['code']} {message['reason']}"
        if message["type"] == "websocket.close":
            break
    return sent


@pytest.mark.parametrize(("scene", "visible"), [("", {"left", "right"}), ("right_one", {"right"})])
async def test_opens_exactly_its_board_or_scene(scene, visible):
    await publish_all()
    _, token = await make(scene)
    status, page, headers = await get(f"/share/{token}/")
    assert (status, found_in(page)) == (200, visible)
    assert ("Secret title" in page, "Other title" in page) == (not scene, False)
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "Set-Cookie" not in headers
    links = re.findall(r'(?:href|action)="([^"]*)"', page)
    assert all(link.startswith(("/static/", "/style/")) for link in links)
    data = json.loads(re.findall(r'id="board-state">(.*?)</script>', page, re.DOTALL)[0])
    _, state, headers = await get(data["state_path"])
    assert (found_in(state), headers["Cache-Control"]) == (visible, "no-store")
    assert data["socket_path"] == f"/ws/share/{token}/"
    socket = socket_of(token)
    sent = await first_messages(socket)
    assert found_in(sent) == visible
    await socket.disconnect()
    assert not [name for name in set(NAMES) - visible if f'"{name}"' in page + state + sent]
    for path in ("/b/pair/", "/api/state/pair", "/api/state/pair/left"):
        assert found_in((await get(path))[1]) == set()


async def make(scene: str = "", **fields):
    return await sync_to_async(make_link)("tv", "pair", scene, **fields)


async def test_a_scene_receives_no_update_of_other_scenes():
    _, token = await make("right_one")
    socket = socket_of(token)
    await first_messages(socket)
    for name in ("left", "right"):
        await broadcast.apublish(name, text=f"live-{name}")
    update = await socket.receive_from(timeout=5)
    assert ("live-right" in update, "live-left" in update) == (True, False)
    await socket.disconnect()


async def test_a_cursor_of_another_scene_is_ignored():
    await publish_all()
    _, token = await make("right_one")
    left = json.loads((await get(f"/share/{(await make())[1]}/state"))[1])["sections"][0]
    assert left["type"] == "left"
    for cursor in (f"left:{left['epoch']}:0", "other:x:0"):
        sent = await first_messages(socket := socket_of(token, f"protocol=2&cursor={cursor}"))
        assert found_in(sent) == {"right"}
        await socket.disconnect()
    resumed = socket_of(token, "protocol=2&resume=1")
    await resumed.connect(timeout=5)
    await resumed.send_to(text_data=json.dumps({"op": "resume", "cursor": {"left": [left["epoch"], 0]}}))
    sent = await resumed.receive_from(timeout=5) + await resumed.receive_from(timeout=5)
    assert found_in(sent) == {"right"}
    await resumed.disconnect()


REFUSED = {
    "unknown": lambda link: new_token(),
    "forged": lambda link: f"{PREFIX}x.{'y' * 43}",
    "too long": lambda link: "x" * (MAX_CHARACTERS + 1),
    "revoked": lambda link: setattr(link, "is_revoked", True),
    "expired": lambda link: setattr(link, "expires_at", timezone.now()),
    "its board is gone": lambda link: setattr(link, "board", "gone"),
    "its scene is gone": lambda link: setattr(link, "scene", "gone"),
}


async def test_every_refusal_is_the_same():
    await publish_all()
    answers = set()
    for change in REFUSED.values():
        link, token = await make()
        token = change(link) or token
        await link.asave()
        page, state = await get(f"/share/{token}/"), await get(f"/share/{token}/state")
        sent = await first_messages(socket_of(token))
        assert (page[0], state[0], sent[:4]) == (404, 404, str(close_codes.NOT_AUTHORISED))
        assert {answer[2]["Cache-Control"] for answer in (page, state)} == {"no-store"}
        answers.add((page[1], state[1], sent))
    assert len(answers) == 1
    assert found_in(str(answers)) == set()


async def test_a_forged_token_costs_no_query(monkeypatch):
    monkeypatch.setattr(ShareLink, "objects", None)
    assert (await get(f"/share/{PREFIX}x.{'y' * 43}/"))[0] == 404


async def test_a_revoked_or_expired_link_ends_open_sockets():
    links = [(await make())[0] for _ in range(4)]
    connections, sockets = Connections(Meters()), [Socket("pair") for _ in range(5)]
    for socket, link in zip(sockets, links, strict=False):
        socket.link_id = link.pk
    for socket in sockets:
        connections.open(BROWSER, {}, socket).__enter__()
    await expel(connections)
    assert not any(socket.ended for socket in sockets)
    await ShareLink.objects.filter(pk=links[0].pk).aupdate(is_revoked=True)
    await ShareLink.objects.filter(pk=links[1].pk).aupdate(expires_at=timezone.now() - timedelta(seconds=1))
    await links[2].adelete()
    await expel(connections)
    assert [bool(socket.ended) for socket in sockets] == [True, True, True, False, False]
    assert sockets[0].ended[0][0] == close_codes.NOT_AUTHORISED


async def test_a_link_needs_no_session(settings):
    by_function = Board("pair", scenes=["left"], permission=lambda _request: False)
    settings.BROADCAST = {**settings.BROADCAST, "BOARDS": [by_function]}
    connections, socket = Connections(Meters()), Socket("pair")
    socket.link_id = (await make())[0].pk
    with connections.open(BROWSER, {}, socket):
        await SessionWatch()(connections)
        await expel(connections)
    assert not socket.ended


async def test_a_socket_names_its_link():
    link, token = await make("right_one")
    socket = socket_of(token)
    await first_messages(socket)
    assert [peer.socket.link_id for peer in runtime().connections.of(BROWSER)] == [link.pk]
    await ShareLink.objects.filter(pk=link.pk).aupdate(is_revoked=True)
    await expel(runtime().connections)
    assert (await socket.receive_output(timeout=5))["code"] == close_codes.NOT_AUTHORISED


async def test_a_link_revoked_before_the_resume_message_sends_nothing():
    await publish_all()
    link, token = await make()
    socket = socket_of(token, "protocol=2&resume=1")
    await socket.connect(timeout=5)
    await ShareLink.objects.filter(pk=link.pk).aupdate(is_revoked=True)
    await expel(runtime().connections)
    await socket.send_to(text_data=json.dumps({"op": "resume", "cursor": {}}))
    assert (await socket.receive_output(timeout=5))["code"] == close_codes.NOT_AUTHORISED


async def test_is_framed_only_by_allowed_origins(settings):
    settings.STICKYBOARD_EMBEDDED_BY = ["https://intranet.example"]
    _, token = await make()
    _, _, headers = await get(f"/share/{token}/")
    assert "frame-ancestors https://intranet.example" in headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in headers


async def test_a_page_of_another_origin_opens_no_socket():
    _, token = await make()
    headers = [(b"origin", b"https://intranet.example"), (b"host", b"testserver")]
    socket = WebsocketCommunicator(websocket, f"/ws/share/{token}/?protocol=2", headers=headers)
    assert (await first_messages(socket)).startswith(str(close_codes.ORIGIN_REFUSED))


def test_neither_database_nor_log_contains_a_token(caplog):
    link, token = make_link("tv", "pair")
    stored = [str(value) for value in ShareLink.objects.values().get().values()]
    assert not [value for value in stored if token in value or token.split(".")[0] in value]
    secret = token.removeprefix(link.hint)
    assert secret not in without_secrets(f"GET /share/{token}/ 200")
    assert token.split(".")[1] not in without_secrets(f"GET /share/{token}/ 200")
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 1, "%s %s", ("GET", f"/share/{token}/"), None)
    WithoutSecrets().filter(record)
    assert record.getMessage() == "GET /share/sticky_[hidden]/"


def test_another_secret_key_opens_nothing(settings):
    token = new_token()
    assert digest_of(token)
    settings.SECRET_KEY = "another"
    assert digest_of(token) is None


# the command


def test_the_command_prints_a_link_that_works(capsys):
    call_command("share_board", "pair", scene="right_one", url="https://board.example/", quiet=True, expires="12h")
    address = capsys.readouterr().out.strip()
    assert address.startswith("https://board.example/share/")
    status, _, _ = async_to_sync(get)(address.removeprefix("https://board.example"))
    assert status == 200
    link = ShareLink.objects.get()
    assert (link.opens, link.expires_at < timezone.now() + timedelta(hours=13)) == ("pair/right_one", True)


@pytest.mark.parametrize(("words", "expected"), [(["par"], "pair"), (["pair", "--scene", "rigt"], "right_one")])
def test_the_command_names_what_exists(words, expected):
    with pytest.raises(CommandError, match=expected):
        call_command("share_board", *words)


# the admin

LIST, ADD = reverse("admin:stickyboard_sharelink_changelist"), reverse("admin:stickyboard_sharelink_add")
FIELDS = {"name": "tv", "opens": "pair/right_one", "expires_at_0": "2099-01-01", "expires_at_1": "12:00"}


def staff(django_user_model, *permissions: str) -> Client:
    """Return a client of a member of staff with these permissions."""
    user = django_user_model.objects.create_user("staff", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def test_the_admin_displays_a_new_address_once(admin_client):
    page = admin_client.post(ADD, FIELDS, follow=True).content.decode()
    (address,) = re.findall(r"http://testserver(/share/[^\s<]+)", page)
    assert async_to_sync(get)(address)[0] == 200
    link = ShareLink.objects.get()
    assert (link.opens, link.created_by, link.state) == ("pair/right_one", "admin", "valid")
    listed = admin_client.get(LIST).content.decode()
    change = admin_client.get(reverse("admin:stickyboard_sharelink_change", args=[link.pk])).content.decode()
    assert "pair/right_one" in listed
    assert address.split("/")[2] not in listed + change


def test_a_user_shares_only_what_this_user_may_view(django_user_model):
    client = staff(django_user_model, "add_sharelink", "change_sharelink", "view_sharelink")
    assert "Secret" not in client.get(ADD).content.decode()
    client.post(ADD, FIELDS)
    assert not ShareLink.objects.exists()
    django_user_model.objects.get().user_permissions.add(Permission.objects.get(codename="view_keyspace"))
    client.post(ADD, FIELDS)
    assert ShareLink.objects.get().opens == "pair/right_one"


def test_what_a_link_shows_cannot_be_changed(admin_client):
    link, _ = make_link("tv", "pair", "right_one")
    before = link.expires_at
    change = reverse("admin:stickyboard_sharelink_change", args=[link.pk])
    tampered = {**FIELDS, "name": "hall", "opens": "lone", "board": "lone", "scene": "", "is_revoked": ""}
    admin_client.post(change, tampered)
    link.refresh_from_db()
    assert (link.name, link.opens, link.expires_at) == ("hall", "pair/right_one", before)


def test_a_past_expiry_is_refused(admin_client):
    page = admin_client.post(ADD, {**FIELDS, "expires_at_0": "2001-01-01"}).content.decode()
    assert "past" in page
    assert not ShareLink.objects.exists()


def test_revoking_is_confirmed_and_logged(admin_client):
    link, _ = make_link("tv", "pair")
    picked = {"action": "revoke", "_selected_action": [link.pk]}
    assert "Yes, revoke" in admin_client.post(LIST, picked).content.decode()
    assert ShareLink.objects.get().state == "valid"
    admin_client.post(LIST, {**picked, "confirmed": "yes"})
    assert (ShareLink.objects.get().state, LogEntry.objects.get().change_message) == ("revoked", "Revoked.")


@pytest.mark.parametrize("permissions", [(), ("view_sharelink",)])
def test_without_permission_nothing_is_created_or_revoked(django_user_model, permissions):
    client, (link, _) = staff(django_user_model, "view_keyspace", *permissions), make_link("tv", "pair")
    assert client.post(ADD, FIELDS).status_code == 403
    client.post(LIST, {"action": "revoke", "_selected_action": [link.pk], "confirmed": "yes"})
    assert [each.state for each in ShareLink.objects.all()] == ["valid"]
