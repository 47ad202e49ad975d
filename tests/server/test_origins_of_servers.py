"""Real servers, alone and behind nginx, accept the sockets of their own pages only."""

import asyncio

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.support.proxy import UPGRADE, Proxy, needs_nginx
from tests.support.server import SERVERS, Server


@pytest.mark.parametrize("kind", SERVERS)
async def test_servers_refuse_malformed_origins_without_a_500(tmp_path, kind):
    with Server(tmp_path, kind) as server:
        for origin in ["http://[::1", "http://localhost:1", "null", "http://board.example:port", None]:
            try:
                async with connect(f"{server.websocket}/ws/board/main/", origin=origin, max_size=None) as socket:
                    with pytest.raises(ConnectionClosed) as closed:
                        await socket.recv()
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code == 4504, origin
            except InvalidStatus as exc:
                assert exc.response.status_code < 500, origin  # the server's own refusal of a header
        for odd in [b"http://x\x07", b"\xff\xfe", b"http://\x00", b"http://[::1", b"\xc2\x85"]:
            assert await status_of(server, odd) < 500, odd
        log = await asyncio.to_thread(server.log.read_text)
    assert "Traceback" not in log
    assert "refused a socket of the page 'http://" in log  # others of the same minute are counted only
    assert "CSRF_TRUSTED_ORIGINS (STICKYBOARD_TRUSTED_ORIGINS)" in log


async def status_of(server: Server, origin: bytes) -> int:
    """Return the status of a handshake with an Origin that no client library sends; 0 for a closed connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    head = (
        f"GET /ws/board/main/ HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    )
    writer.write(head.encode() + b"Origin: " + origin + b"\r\n\r\n")
    try:
        line = await asyncio.wait_for(reader.readline(), 60)
    except ConnectionError:
        return 0
    finally:
        writer.close()
    return int(line.split()[1]) if line else 0


HOST = "proxy_set_header Host $http_host;"


@needs_nginx
@pytest.mark.parametrize(
    ("headers", "environment", "code"),
    [
        ("", {}, 4504),  # nginx's own: Host is that of the upstream
        (HOST, {}, None),
        ("", {"STICKYBOARD_TRUSTED_ORIGINS": "http://127.0.0.1:PROXY"}, None),
        (
            f"{HOST} proxy_set_header X-Forwarded-Proto https;",
            {"STICKYBOARD_HTTPS": "1"},
            None,
        ),
    ],
)
async def test_behind_nginx(tmp_path, headers, environment, code):
    server = Server(tmp_path)
    with Proxy(
        tmp_path / "proxy", f"location / {{ proxy_pass http://127.0.0.1:{server.port}; {headers} {UPGRADE} }}"
    ) as proxy:
        named = {name: value.replace("PROXY", str(proxy.port)) for name, value in environment.items()}
        server.environment |= named
        with server:
            scheme = "https" if "HTTPS" in str(environment) else "http"
            address = f"ws://127.0.0.1:{proxy.port}/ws/board/main/?protocol=2"
            async with connect(address, origin=f"{scheme}://127.0.0.1:{proxy.port}", max_size=None) as socket:
                if code is None:
                    assert '"op":"hello"' in str(await socket.recv())
                else:
                    with pytest.raises(ConnectionClosed) as closed:
                        await socket.recv()
                    assert closed.value.rcvd is not None
                    assert closed.value.rcvd.code == code
                    assert "forward Host" in closed.value.rcvd.reason
