"""Without permission, no path returns anything of a board: every account on every path."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import AsyncClient
from django.urls import include, path
from msgspec import Struct

import broadcast
from broadcast import close_codes
from broadcast.events.board import Board
from broadcast.events.event_type import EventType
from broadcast.events.policies import snapshot
from broadcast.models import ShareLink
from broadcast.ops.connections import BROWSER, Connections
from broadcast.ops.counters import Meters
from broadcast.sessions import SessionWatch
from broadcast.sharing.links import make_link
from broadcast.sharing.tokens import new_token
from producers_api.asgi import websocket
from tests.support.counting import Socket
from tests.support.responses import content_of

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = ("everyone", "users", "granted", "crew", "owls")


class Note(Struct):
    text: str


EVENT_TYPES = [EventType(f"note_{name}", Note, snapshot()) for name in NAMES]


def is_owl(request: HttpRequest) -> bool:
    return request.user.get_username() == "owl"


PERMISSIONS = ("public", None, "stickyboard.view_keyspace", "group:crew", "tests.page.test_permissions.is_owl")
BOARDS = [
    Board(name, f"Title of {name}", [f"note_{name}"], permission=permission)
    for name, permission in zip(NAMES, PERMISSIONS, strict=True)
]
# Which boards each account may view, and of which it has a valid share link.
ACCOUNTS = {
    "": ({"everyone"}, set()),
    "plain": ({"everyone", "users"}, set()),
    "granted": ({"everyone", "users", "granted"}, set()),
    "member": ({"everyone", "users", "crew"}, set()),
    "owl": ({"everyone", "users", "owls"}, set()),
    "admin": ({"everyone", "users", "granted", "crew"}, set()),
    "inactive": ({"everyone"}, set()),
    "guest": ({"everyone"}, {"users", "crew"}),  # without an account, with links
}
# The guest's links; the other accounts have none, and send a token that they made up.
LINKS = {
    "users": {},
    "crew": {"scene": "note_crew"},
    "granted": {"is_revoked": True},
    "owls": {"expires_at": datetime.now(UTC)},
}


def tag(request: HttpRequest, name: str) -> HttpResponse:
    """A page of the project with a board and a scene."""
    text = "{% load stickyboard %}{% board name %}{% scene scene %}"
    return HttpResponse(engines["django"].from_string(text).render({"name": name, "scene": f"note_{name}"}, request))


urlpatterns = [path("tag/<str:name>/", tag), path("", include("dashboard_project.urls"))]


@pytest.fixture
def boards(settings, sticky):
    settings.ROOT_URLCONF = "tests.page.test_permissions"
    settings.BROADCAST = {
        "EVENT_TYPES": "tests.page.test_permissions.EVENT_TYPES",
        "BOARDS": BOARDS,
        "REQUIRE_LOGIN": True,
    }


async def client_of(account: str) -> AsyncClient:
    """Return a client that is logged in to an account."""
    client = AsyncClient(headers={"x-forwarded-for": "203.0.113.7"})
    if account in ("", "guest"):
        return client
    users = get_user_model().objects
    user = await (users.acreate_superuser if account == "admin" else users.acreate_user)(account, password="x")
    if account == "granted":
        await user.user_permissions.aadd(await Permission.objects.aget(codename="view_keyspace"))
    if account == "member":
        await user.groups.aadd(await Group.objects.acreate(name="crew"))
    await client.aforce_login(user)
    if account == "inactive":
        await get_user_model().objects.filter(pk=user.pk).aupdate(is_active=False)
    return client


async def text_of(client: AsyncClient, path: str) -> str:
    response = await client.get(path)
    return (await content_of(response)).decode() if response.streaming else response.content.decode()


async def links_of(account: str) -> dict[str, str]:
    """Return an account's token for each board."""
    tokens = {name: new_token() for name in NAMES}
    for board, fields in LINKS.items() if account == "guest" else ():
        link, tokens[board] = await sync_to_async(make_link)("guest", board, fields.get("scene", ""))
        await ShareLink.objects.filter(pk=link.pk).aupdate(**fields)
    return tokens


async def socket_text(client: AsyncClient, path: str) -> str:
    """Return everything that a socket sends first, or its close message."""
    cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items()).encode()
    headers = [(b"origin", b"http://testserver"), (b"host", b"testserver"), (b"cookie", cookie)]
    socket = WebsocketCommunicator(websocket, f"{path}?protocol=2", headers=headers)
    await socket.connect(timeout=5)
    sent = ""
    while '"caught_up":true' not in sent:
        message = await socket.receive_output(timeout=5)
        sent += message.get("text") or f"{message['code']} {message['reason']}"
        if message["type"] == "websocket.close":
            return sent
    await socket.disconnect()
    return sent


IN_QUICK = ("", "plain", "granted", "guest")


@pytest.mark.parametrize(
    "account", [name if name in IN_QUICK else pytest.param(name, marks=pytest.mark.slow) for name in ACCOUNTS]
)
async def test_an_account_reaches_only_its_boards(boards, account):
    visible, linked = ACCOUNTS[account]
    for name in NAMES:
        await broadcast.apublish(f"note_{name}", text=f"secret-{name}")
    client, tokens = await client_of(account), await links_of(account)
    for board in NAMES:
        cells = {
            "page": (visible, await text_of(client, f"/b/{board}/")),
            "state": (visible, await text_of(client, f"/api/state/{board}")),
            "state of type": (visible, await text_of(client, f"/api/state/{board}/note_{board}")),
            "socket": (visible, await socket_text(client, f"/ws/board/{board}/")),
            "tags": (visible, await text_of(client, f"/tag/{board}/")),
            "link's page": (linked, await text_of(client, f"/share/{tokens[board]}/")),
            "link's state": (linked, await text_of(client, f"/share/{tokens[board]}/state")),
            "link's socket": (linked, await socket_text(client, f"/ws/share/{tokens[board]}/")),
        }
        for cell, (permitted, text) in cells.items():
            found = {name for name in NAMES if f"secret-{name}" in text or f"note_{name}" in text}
            assert found == ({board} & permitted), (cell, board, text)
            titles = {name for name in NAMES if f"Title of {name}" in text}
            assert titles <= visible | ({board} & permitted), (cell, board)
    shared = {
        "event types": await text_of(client, "/docs/events/"),
        "bar": await text_of(client, "/b/everyone/"),
        "first board": await text_of(client, "/"),
        "health": await text_of(client, "/healthz"),
        "no such board": await text_of(client, "/b/nowhere/"),
        "no such state": await text_of(client, "/api/state/nowhere"),
        "another board's type": await text_of(client, "/api/state/everyone/note_owls"),
        "widgets": await text_of(client, "/docs/widgets/"),
        "no such socket": await socket_text(client, "/ws/board/nowhere/"),
    }
    for kind, text in shared.items():
        for name in set(NAMES) - visible:
            assert f"secret-{name}" not in text, kind
            assert f"Title of {name}" not in text, kind
            if kind != "another board's type" or name != "owls":  # which names the type that was requested
                assert f"note_{name}" not in text, kind
    for name in visible:
        assert f"note_{name}" in shared["event types"]
        assert f"Title of {name}" in shared["bar"]
        assert f"note_{name}" in shared["health"]


@pytest.mark.parametrize(("account", "status"), [("", 302), ("plain", 403)])
async def test_a_refused_page_asks_for_a_login_or_says_so(boards, account, status):
    client = await client_of(account)
    page = await client.get("/b/crew/")
    assert page.status_code == status
    state = await client.get("/api/state/crew")
    code = {"": (401, "login_required"), "plain": (403, "permission_required")}[account]
    assert (state.status_code, state.json()["code"]) == code
    assert (await socket_text(client, "/ws/board/crew/")).startswith(str(close_codes.LOGIN_REQUIRED))


async def test_a_project_that_requires_logins_changes_nothing(boards, settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"]
    client, token = await client_of("guest"), (await links_of("guest"))["users"]
    for address in ("/livez", "/b/everyone/", "/api/state/everyone", f"/share/{token}/", f"/share/{token}/state"):
        assert (await client.get(address)).status_code == 200, address
    assert (await client.post("/api/events", "{}", content_type="application/json")).status_code == 401
    assert (await client.get("/b/users/")).status_code == 302
    assert (await client.get("/api/state/users")).status_code == 401


@pytest.mark.parametrize(
    ("account", "requires_login", "count"), [("", True, 1), ("", False, len(NAMES)), ("plain", True, len(NAMES))]
)
async def test_event_types_of_no_board_are_not_public(boards, settings, account, requires_login, count):
    settings.BROADCAST = {**settings.BROADCAST, "BOARDS": BOARDS[:1], "REQUIRE_LOGIN": requires_login}
    client = await client_of(account)
    for address in ("/docs/events/", "/healthz"):
        text = await text_of(client, address)
        assert sum(f"note_{name}" in text for name in NAMES) == count, address


async def test_only_public_states_may_be_cached(boards):
    client = await client_of("plain")
    assert (await client.get("/api/state/everyone"))["Cache-Control"].startswith("public")
    assert (await client.get("/api/state/users"))["Cache-Control"] == "private, no-cache"


async def test_a_function_that_fails_refuses(boards, settings, caplog):
    def fail(_request):
        raise KeyError("missing")

    settings.BROADCAST = {**settings.BROADCAST, "BOARDS": [Board("x", scenes=["note_crew"], permission=fail)]}
    client = await client_of("plain")
    assert (await client.get("/b/x/")).status_code == 403
    assert "board x failed" in caplog.text


async def test_a_withdrawn_permission_ends_open_sockets(boards):
    client = await client_of("granted")
    key = client.cookies["sessionid"].value
    connections = Connections(Meters())
    scope = {"session": SimpleNamespace(session_key=key)}
    sockets = {name: Socket(name) for name in ("everyone", "users", "granted", "owls")}
    request = HttpRequest()
    sockets["owls"].request = request
    for socket in sockets.values():
        connections.open(BROWSER, scope, socket).__enter__()
    await get_user_model().objects.filter(username="granted").aupdate(username="owl")
    watch = SessionWatch()
    await watch(connections)
    assert not any(socket.ended for socket in sockets.values())

    user = await get_user_model().objects.aget(username="owl")
    await user.user_permissions.aclear()
    await watch(connections)
    assert [name for name, socket in sockets.items() if socket.ended] == ["granted"]

    await get_user_model().objects.filter(pk=user.pk).aupdate(username="other")
    await watch(connections)
    assert [name for name, socket in sockets.items() if socket.ended] == ["granted", "owls"]
    assert sockets["owls"].ended[0][0] == close_codes.DISCONNECTED


async def test_the_admin_lists_who_may_view_what(boards):
    await client_of("granted")
    await client_of("member")
    await links_of("guest")
    client = await client_of("admin")
    listed = await text_of(client, "/admin/stickyboard/board/")
    for expected in (
        "everyone",
        "superusers, and granted",
        "superusers, and member",
        "test_permissions.is_owl",
        "; 1 share link",
    ):
        assert expected in listed
    assert (await (await client_of("plain")).get("/admin/stickyboard/board/")).status_code == 302
