"""Proxies from the environment: never used for this machine, and named in errors."""

import asyncio
import logging

import pytest

from stickyboard import Undelivered, Watcher
from stickyboard.address import is_loopback
from stickyboard.connection import proxy_for, through
from tests.support.scripted_server import acknowledge, make_producer, serving
from tests.support.server import until

NAMES = ("http_proxy", "https_proxy", "all_proxy", "ws_proxy", "socks_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "board.localhost",
        "127.0.0.1",
        "127.9.9.9",
        "127.1",
        "::1",
        "0.0.0.0",
        "::ffff:127.0.0.1",
    ],
)
def test_it_recognises_this_machine_in_any_notation(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["board.example", "localhost.example", "128.0.0.1", "10.0.0.1", "2001:db8::1", "", "h1"]
)
def test_it_recognises_other_machines(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("name", ["http_proxy", "HTTPS_PROXY", "https_proxy", "socks_proxy"])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_no_proxy_is_used_for_this_machine(name: str, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert proxy_for(f"ws://{host}:8000/ws/produce/") is None
    assert proxy_for("ws://board.example/ws/produce/") is not None or name == "HTTPS_PROXY"


def test_no_proxy_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "board.example,.lab.example")
    assert proxy_for("ws://board.example/") is None
    assert proxy_for("ws://a.lab.example/") is None
    assert proxy_for("ws://other.example/") == "http://proxy.example:3128"


def test_no_error_contains_the_proxys_password() -> None:
    assert "through the proxy http://proxy.example:3128" in through("http://me:secret@proxy.example:3128")
    assert "secret" not in through("http://me:secret@proxy.example:3128")


@pytest.mark.asyncio
async def test_a_local_server_is_reached_without_the_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    async with serving(acknowledge) as server:
        async with make_producer(server) as producer:
            await producer.publish("t", n=1, wait=True)
        assert server.applied == [1]


@pytest.mark.asyncio
async def test_an_error_through_a_proxy_names_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("http_proxy", "http://me:secret@127.0.0.1:9")
    async with serving(acknowledge) as server:
        server.url = "http://board.example"
        with pytest.raises(Undelivered, match="http_proxy") as caught:
            async with make_producer(server, drain_s=0) as producer:
                await producer.publish("t", n=1)
                await until(lambda: "trying again" in caplog.text)
        assert "secret" not in str(caught.value)


@pytest.mark.asyncio
async def test_the_log_of_a_watcher_names_it(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with caplog.at_level(logging.WARNING):
        following = asyncio.create_task(anext(Watcher("http://board.example")))
        await until(lambda: "through the proxy http://127.0.0.1:9" in caplog.text)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
