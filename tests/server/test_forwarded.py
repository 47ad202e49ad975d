"""The address of a client: its connection's, or the one that a trusted proxy appended, never one that it sent."""

from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest
from twisted.web.http_headers import Headers

from broadcast.page.login_throttle import MAX_ATTEMPTS
from broadcast.server.connection_gate import Gate
from broadcast.server.daphne import parse_forwarded
from tests.support.deployment import DEPLOY, environment_of
from tests.support.proxy import Proxy, needs_nginx
from tests.support.server import Server
from tests.support.server_protocols import UPGRADE, Connection

PROXY, CLIENT, FORGED = "127.0.0.1", "198.51.100.7", "203.0.113.9"
FORM = "application/x-www-form-urlencoded"
APPENDED = [[f"{FORGED}, {CLIENT}"], [FORGED, CLIENT], [f"{FORGED},{FORGED}", f"{FORGED}, {CLIENT}:4711"]]


class Application:
    """Records the addresses of its clients."""

    def __init__(self) -> None:
        self.clients: list[str] = []

    async def __call__(self, scope, receive, send) -> None:
        self.clients.append(scope["client"][0])


def request(head: bytes, forwarded: list[str]) -> bytes:
    lines = "".join(f"X-Forwarded-For: {value}\r\n" for value in forwarded)
    return head.replace(b"Host:", f"{lines}Host:".encode())


@pytest.mark.parametrize("head", [b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", UPGRADE], ids=["http", "websocket"])
@pytest.mark.parametrize("forwarded", APPENDED)
@pytest.mark.parametrize(
    ("trusted", "peer", "expected"),
    [
        ("", PROXY, PROXY),
        ("", CLIENT, CLIENT),
        (PROXY, PROXY, CLIENT),
        (PROXY, FORGED, FORGED),
        ("*", PROXY, CLIENT),
        ("127.0.0.0/8", PROXY, CLIENT),
    ],
)
async def test_a_client_cannot_choose_its_address(head, forwarded, trusted, peer, expected):
    application, gate = Application(), Gate(most=100)
    connection = Connection(application, peer, gate, forwarded_allow_ips=trusted)
    connection.receive(request(head, forwarded))
    assert dict(gate._addresses) == {expected: 1}
    await connection.settle()
    assert application.clients == [expected]


@pytest.mark.parametrize("forwarded", APPENDED[:2])
def test_daphne_uses_the_address_that_its_proxy_appended(forwarded):
    as_headers = Headers({"X-Forwarded-For": forwarded})
    assert parse_forwarded(as_headers, "X-Forwarded-For") == ([CLIENT, 0], None)
    assert parse_forwarded({b"x-forwarded-for": forwarded[-1].encode()}, "X-Forwarded-For")[0] == [CLIENT, 0]
    assert parse_forwarded(as_headers, None, "", "", ["peer", 1])[0] == ["peer", 1]


def attempt(port: int, source: str, forwarded: str) -> str:
    """Try a password, claiming to be another address."""
    fields = {"username": "ada", "password": "a wrong one", "csrfmiddlewaretoken": "a" * 32}
    headers = {"X-Forwarded-For": forwarded, "Cookie": f"csrftoken={'a' * 32}", "Content-Type": FORM}
    connection = HTTPConnection("127.0.0.1", port, timeout=60, source_address=(source, 0))
    with closing(connection):
        connection.request("POST", "/login/", urlencode(fields), headers)
        return connection.getresponse().read().decode()


def guess_from_many_addresses(port: int, source: str) -> list[bool]:
    """Return, for each attempt, whether the throttle refused it."""
    return ["Too many attempts" in attempt(port, source, f"203.0.113.{number}") for number in range(MAX_ATTEMPTS + 1)]


def test_a_forged_address_does_not_evade_the_login_throttle(tmp_path):
    with Server(tmp_path) as server:
        assert guess_from_many_addresses(server.port, "127.0.0.1") == [False] * MAX_ATTEMPTS + [True]
        assert "from 127.0.0.1" in server.log.read_text()


@pytest.mark.slow
@needs_nginx
@pytest.mark.parametrize("trusted", ["127.0.0.1", "*"])
def test_a_proxy_that_appends_does_not_help_to_evade_it(tmp_path, trusted):
    server = Server(tmp_path, FORWARDED_ALLOW_IPS=trusted)
    appends = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header Host $http_host;"
    location = f"location / {{ proxy_pass http://127.0.0.1:{server.port}; {appends} }}"
    with server, Proxy(tmp_path / "proxy", location) as proxy:
        assert guess_from_many_addresses(proxy.port, "127.0.0.2") == [False] * MAX_ATTEMPTS + [True]
        assert "from 127.0.0.2" in server.log.read_text()


def test_deployments_trust_the_proxy_that_replaces_the_header():
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in (DEPLOY / "nginx" / "sticky_proxy.conf").read_text()
    assert environment_of(DEPLOY / "environment.example")["FORWARDED_ALLOW_IPS"] == "127.0.0.1"
