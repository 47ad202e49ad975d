"""The doors of the ASGI application, on the servers that are supported."""

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from stickyboard import Producer, ProtocolRefused, TokenRefused
from tests.support.server import SERVERS, Server


@pytest.mark.parametrize("kind", SERVERS)
async def test_an_address_that_is_none_is_refused_without_a_traceback(tmp_path, kind):
    with Server(tmp_path, kind) as server:
        for path in ("/", "/ws/", "/ws/produce", "/ws/board/main", "/ws/nowhere/?x=1"):
            with pytest.raises(InvalidStatus) as refused:
                async with connect(server.websocket + path):
                    pass
            assert refused.value.response.status_code == 403
        with pytest.raises(ProtocolRefused, match="/lab/ws/produce/"):
            async with Producer(f"{server.http}/lab", server.token) as producer:
                await producer.publish("total_alerts", alerts=1, wait=True)
        with pytest.raises(TokenRefused, match=r"^ws://.*/ws/produce/ does not accept this token: .*revoked"):
            async with Producer(server.http, "sticky_wrong") as producer:
                await producer.publish("total_alerts", alerts=1, wait=True)
        log = server.log.read_text()
    assert "Traceback" not in log
    assert "No route" not in log
