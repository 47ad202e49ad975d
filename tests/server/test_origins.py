"""Which pages may open a board's socket, and what other pages and the operator see."""

import logging
from typing import Any

import pytest

from broadcast.asgi.origins import SameOrigin, check_origin
from broadcast.errors import OriginRefused
from broadcast.ops.log_format import OncePerCause


def scope_of(origin: str | bytes | None, host: str = "board.example", scheme: str = "ws", **headers: str) -> dict:
    sent = [(b"host", host.encode("latin-1")), *((name.encode(), value.encode()) for name, value in headers.items())]
    if origin is not None:
        sent.append((b"origin", origin if isinstance(origin, bytes) else origin.encode("latin-1")))
    return {"type": "websocket", "path": "/ws/board/main/", "headers": sent, "scheme": scheme, "query_string": b"\xff"}


@pytest.fixture(autouse=True)
def _hosts(settings):
    settings.ALLOWED_HOSTS = ["board.example", "localhost", "[::1]"]


@pytest.mark.parametrize(
    ("origin", "host", "scheme"),
    [
        ("http://board.example", "board.example", "ws"),
        ("http://BOARD.example", "board.EXAMPLE", "ws"),
        ("http://board.example", "board.example:80", "ws"),
        ("http://localhost:8000", "localhost:8000", "ws"),
        ("http://[::1]:8000", "[::1]:8000", "ws"),
        ("https://board.example", "board.example", "wss"),
        ("https://board.example", "board.example:443", "wss"),
        ("https://board.example:8443", "board.example:8443", "wss"),
        ("http://board.example", "board.example", "http"),
    ],
)
def test_a_page_of_the_requests_own_origin_may(origin, host, scheme):
    check_origin(scope_of(origin, host, scheme))


@pytest.mark.parametrize(
    ("origin", "host", "scheme"),
    [
        ("http://localhost:1", "localhost:8000", "ws"),
        ("http://localhost", "localhost:8000", "ws"),
        ("https://localhost:8000", "localhost:8000", "ws"),
        ("http://board.example", "board.example", "wss"),
        ("http://board.example:443", "board.example", "wss"),
        ("http://evil.example", "board.example", "ws"),
        ("http://board.example.evil.example", "board.example", "ws"),
        ("http://board.example@evil.example", "board.example", "ws"),
        ("http://evil.example", "evil.example", "ws"),  # a name that an attacker points at this server
        ("http://board.example", "board.example,board.example", "ws"),
        ("http://board.example", "", "ws"),
    ],
)
def test_a_page_of_another_origin_may_not(origin, host, scheme):
    with pytest.raises(OriginRefused):
        check_origin(scope_of(origin, host, scheme))


MALFORMED = [
    "http://[::1",
    "http://::1]",
    "http://[::1]x",
    "http://[",
    "http://]",
    "http://[board.example]",
    "http://board.example:port",
    "http://board.example:99999999",
    "http://board.example:-1",
    "http://board.example/",
    "http://board.example#",
    "http://board.example?x",
    "http:// board.example",
    "http://board.example\t",
    "http://",
    "://",
    "http:board.example",
    "board.example",
    "//board.example",
    "null",
    "",
    "file://",
    "ws://board.example",
    "javascript:alert(1)",
    "http://b\xf6ard.example",
    "http://board.example,http://board.example",
    "\x00",
    "http://board.example\x00",
    "http://" + "a" * 60_000,
    "http://[fe80::1%25eth0]",
    "http://[v1.x]",
    "http://\u00ad\u2100".encode("utf-8").decode("latin-1"),
]


@pytest.mark.parametrize("origin", [*MALFORMED, None], ids=lambda origin: ascii(origin)[:40])
def test_a_malformed_or_missing_origin_is_refused(origin):
    with pytest.raises(OriginRefused) as refused:
        check_origin(scope_of(origin))
    assert str(refused.value).isascii()
    assert len(str(refused.value)) < 500
    assert all(" " <= sign <= "~" for sign in str(refused.value))
    assert len(refused.value.short.encode()) <= 123


def test_two_origins_are_none():
    scope = scope_of("http://board.example")
    scope["headers"].append((b"origin", b"http://board.example"))
    with pytest.raises(OriginRefused):
        check_origin(scope)


@pytest.mark.parametrize(
    ("origin", "may"),
    [
        ("https://lab.example", True),
        ("https://LAB.example:443", True),
        ("http://lab.example", False),
        ("https://lab.example:8443", False),
        ("https://a.slides.example", True),
        ("https://slides.example", True),
        ("https://evilslides.example", False),
        ("http://a.slides.example", False),
        ("http://plain.example:8080", True),
        ("http://[::1", False),
    ],
)
def test_trusted_origins_are_those_of_djangos_forms(settings, origin, may):
    settings.CSRF_TRUSTED_ORIGINS = ["https://lab.example", "https://*.slides.example", "http://plain.example:8080"]
    if may:
        check_origin(scope_of(origin))
    else:
        with pytest.raises(OriginRefused):
            check_origin(scope_of(origin))


@pytest.mark.parametrize(("forwarded", "may"), [("https", True), ("http", False), ("", False)])
def test_the_scheme_is_that_of_a_trusted_proxy(settings, forwarded, may):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    scope = scope_of("https://board.example", **{"x-forwarded-proto": forwarded})
    if may:
        check_origin(scope)
    else:
        with pytest.raises(OriginRefused, match="STICKYBOARD_HTTPS"):
            check_origin(scope)


def test_a_proxy_that_is_not_trusted_does_not_say_the_scheme(settings):
    settings.SECURE_PROXY_SSL_HEADER = None
    with pytest.raises(OriginRefused):
        check_origin(scope_of("https://board.example", **{"x-forwarded-proto": "https"}))


def test_a_forwarded_host_counts_if_django_trusts_it(settings):
    settings.USE_X_FORWARDED_HOST = True
    check_origin(scope_of("http://board.example", "localhost:8000", **{"x-forwarded-host": "board.example"}))


@pytest.mark.parametrize(
    ("origin", "host", "named"),
    [
        ("http://board.example", "localhost:8000", "CSRF_TRUSTED_ORIGINS (STICKYBOARD_TRUSTED_ORIGINS)"),
        ("http://board.example", "internal:8000", "ALLOWED_HOSTS (STICKYBOARD_HOSTS)"),
        ("https://board.example", "board.example", "SECURE_PROXY_SSL_HEADER (STICKYBOARD_HTTPS)"),
    ],
)
def test_a_refusal_names_both_addresses_and_the_setting(origin, host, named):
    with pytest.raises(OriginRefused) as refused:
        check_origin(scope_of(origin, host))
    sentence = str(refused.value)
    assert repr(origin) in sentence
    assert host in sentence
    assert named in sentence
    assert named.split()[0] in refused.value.short


def test_a_project_without_variables_reads_djangos_names(settings):
    del settings.ENVIRONMENT_NAMES
    with pytest.raises(OriginRefused) as refused:
        check_origin(scope_of("http://board.example", "localhost:8000"))
    assert "set CSRF_TRUSTED_ORIGINS if" in str(refused.value)


def test_a_flood_of_origins_is_logged_once_a_minute():
    now, logged = [0.0], []
    once = OncePerCause(clock=lambda: now[0])

    def log(origin: str) -> None:
        refusal = OriginRefused(origin, "the request is for 'x'", {"ALLOWED_HOSTS": "HOSTS"})
        record = logging.LogRecord("broadcast.asgi.origins", logging.WARNING, "", 0, "%s", (refusal,), None)
        if once.filter(record):
            logged.append(record.getMessage())

    for count in range(10_000):
        log(f"http://evil-{count}.example")
    now[0] = 60.0
    log("http://own.example")
    assert ["evil-0.example" in logged[0], "own.example" in logged[1]] == [True, True]
    assert logged[1].endswith("(9999 more since the last such line)")
    assert len(logged) == 2


def test_a_refusal_has_no_control_characters():
    refusal = OriginRefused("http://a\r\n\x1b[31m\x9b\u202e", "the request", {"ALLOWED_HOSTS": "HOSTS"})
    assert r"'http://a\r\n\x1b[31m\x9b\u202e'" in str(refusal)


async def test_nothing_of_a_refused_socket_reaches_the_board():
    sent: list[dict[str, Any]] = []

    async def board(scope, receive, send):
        raise AssertionError

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    await SameOrigin(board)(scope_of("http://evil.example"), receive, send)
    assert [message["type"] for message in sent] == ["websocket.accept", "websocket.close"]
    assert sent[1]["code"] == 4504


def test_a_host_is_refused_as_soon_as_it_is_not_allowed(settings):
    scope = scope_of("http://board.example")
    check_origin(scope)
    settings.ALLOWED_HOSTS = ["localhost"]
    with pytest.raises(OriginRefused):
        check_origin(scope)
