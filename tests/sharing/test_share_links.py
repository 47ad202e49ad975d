"""A share link opens exactly its board or scene, until it expires or is revoked."""

import json
import logging
import re
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.utils import timezone

import broadcast
from broadcast import close_codes
from broadcast.events.board import Board
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
from tests.support.shared_boards import NAMES, found_in, get, publish_all

pytestmark = pytest.mark.django_db(transaction=True)


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
