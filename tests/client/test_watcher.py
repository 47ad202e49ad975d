"""A watcher with real servers: its mirror equals the board, whatever happens to its connection."""

import asyncio
import json
import signal
import subprocess
import sys
import zlib
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection

from broadcast.testing.transcripts import check_transcripts, read_transcript
from producers_api.management.commands.watch import headers_of
from stickyboard import Producer, ProtocolRefused, SessionRefused, Watcher
from tests.support import warm
from tests.support.scripted_server import ScriptedServer, close_with, serving
from tests.support.server import ROOT, Server, free_port

TABLE = json.dumps({"EVENT_TYPES": "tests.support.table.EVENT_TYPES"})


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("watcher")) as running:
        yield running


def eager(server: Server, **options: Any) -> Watcher:
    return Watcher(server.http, random=lambda: 0.0, **options)


async def test_it_receives_the_state_and_then_live_updates(shared):
    async with Producer(shared.http, shared.token) as producer, eager(shared) as watcher:
        await producer.publish("model_metric", model="early", macro_f1=0.25, wait=True)
        await watcher.until(lambda w: w.is_caught_up, 60)
        assert watcher.values("model_metric")["early"]["macro_f1"] == 0.25
        await producer.publish("model_metric", model="late", macro_f1=0.5)
        await watcher.until(lambda w: "late" in w.values("model_metric"), 60)
        assert "model_metric" in watcher.hello["keyspaces"]


async def test_each_iteration_returns_the_changed_types(shared):
    async with Producer(shared.http, shared.token) as producer, eager(shared) as watcher:
        await watcher.until(lambda w: w.is_caught_up, 60)
        await producer.publish("total_episodes", episodes=3, wait=True)
        assert await asyncio.wait_for(anext(watcher), 60) == {"total_episodes"}


async def test_it_acknowledges_updates(tmp_path):
    # One update of two may be unacknowledged, so a third comes only if there were acknowledgements.
    window = json.dumps({"WINDOW_UPDATES": 2, "WINDOW_BYTES": 600})
    with Server(tmp_path, TEST_BROADCAST=window) as server:
        async with Producer(server.http, server.token) as producer, eager(server) as watcher:
            await watcher.until(lambda w: w.is_caught_up, 60)
            for number in range(20):
                await producer.publish("total_episodes", episodes=number, wait=True)
                await watcher.until(lambda w, n=number: w.values("total_episodes").get("", {}).get("episodes") == n, 60)


async def test_it_reconnects_with_its_cursor_after_a_kill(tmp_path):
    notes: list[Any] = []
    with Server(tmp_path) as server:
        watcher = eager(server, record=lambda message, text: notes.append(message))
        async with Producer(server.http, server.token, random=lambda: 0.0) as producer, watcher:
            await producer.publish("model_metric", model="a", macro_f1=0.1, wait=True)
            await watcher.until(lambda w: w.is_caught_up, 60)
            cursor = watcher.mirror.cursor
            following = asyncio.create_task(watcher.until(lambda w: "b" in w.values("model_metric"), 60))
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
            await producer.publish("model_metric", model="b", macro_f1=0.2)
            await following
            assert set(watcher.values("model_metric")) == {"a", "b"}
    opens = [message["cursor"] for message in notes if message["op"] == "open"]
    assert opens == ["", cursor]
    assert check_transcripts({"it": notes}).holds


async def test_an_unknown_board_raises(shared):
    async with Watcher(shared.http, "nowhere") as watcher:
        with pytest.raises(ProtocolRefused, match="4502"):
            await asyncio.wait_for(anext(watcher), 60)


async def test_a_board_with_a_login_requires_a_session(tmp_path):
    with Server(tmp_path, STICKYBOARD_PUBLIC="0") as server:
        with pytest.raises(SessionRefused, match=r"requires a login"):
            await asyncio.wait_for(anext(eager(server)), 60)
        code = (
            "from importlib import import_module; from django.conf import settings; from django.contrib.auth import *;"
            "user = get_user_model().objects.create_user('watcher');"
            "store = import_module(settings.SESSION_ENGINE).SessionStore();"
            "store.update({SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],"
            " HASH_SESSION_KEY: user.get_session_auth_hash()}); store.save(); print(store.session_key)"
        )
        key = server.manage("shell", "--verbosity", "0", "-c", code).split()[-1]
        async with eager(server, headers={"Cookie": f"sessionid={key}"}) as watcher:
            await watcher.until(lambda w: w.is_caught_up, 60)
        file = tmp_path / "cookie"
        file.write_text(f"sessionid={key}\n")
        code, _, errors = watching(server).end()
        assert code == 1
        assert 'STICKYBOARD_COOKIE="sessionid=…" or in a --cookie-file' in errors
        words = ("--record", str(tmp_path / "seen"), "--cookie-file", str(file))
        assert for_a_while(server, *words)[0] == 0
        assert [message["op"] for message in read_transcript(tmp_path / "seen")][:3] == ["state", "open", "hello"]


def test_the_cookie_is_read_from_a_file_or_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("STICKYBOARD_COOKIE", "sessionid=env")
    (tmp_path / "cookie").write_text("sessionid=file\n")
    assert headers_of(None) == {"Cookie": "sessionid=env"}
    assert headers_of(tmp_path / "cookie") == {"Cookie": "sessionid=file"}
    monkeypatch.delenv("STICKYBOARD_COOKIE")
    assert headers_of(None) == {}
    with pytest.raises(OSError, match="nowhere"):
        headers_of(tmp_path / "nowhere")


async def say_hello_of_protocol_3(server: ScriptedServer, socket: ServerConnection) -> None:
    await socket.send('{"op":"hello","protocol":3}')
    await socket.wait_closed()


@pytest.mark.parametrize("script", [close_with(4502), say_hello_of_protocol_3])
async def test_it_gives_up_at_a_server_of_another_protocol(script):
    async with serving(script) as server:
        async with Watcher(server.url) as watcher:
            with pytest.raises(ProtocolRefused, match=r"4502|protocol 3"):
                await asyncio.wait_for(anext(watcher), 60)
        assert [request.path for request in server.requests] == ["/ws/board/main/?protocol=2&cursor=&encoding=deflate"]


@pytest.mark.parametrize("kind", [str, bytes], ids=["text", "compressed"])
async def test_it_gives_up_at_a_message_above_its_limit(kind):
    async def send_much(server: ScriptedServer, socket: ServerConnection) -> None:
        text = json.dumps({"op": "update", "sections": [], "more": "x" * 100_000})
        await socket.send(text if kind is str else zlib.compress(text.encode()))
        await socket.wait_closed()

    async with serving(send_much) as server, Watcher(server.url, max_message_bytes=50_000) as watcher:
        with pytest.raises(ProtocolRefused, match="50000 bytes; raise max_message_bytes"):
            await asyncio.wait_for(anext(watcher), 60)


async def test_a_broken_message_is_a_lost_connection():
    async def send_noise(server: ScriptedServer, socket: ServerConnection) -> None:
        await socket.send(b"noise")
        await socket.wait_closed()

    scripts = send_noise, close_with(4502)
    async with serving(*scripts) as server, Watcher(server.url, random=lambda: 0.0) as watcher:
        with pytest.raises(ProtocolRefused, match="4502"):
            await asyncio.wait_for(anext(watcher), 60)


async def test_it_may_request_texts():
    async with serving(close_with(4502)) as server, Watcher(server.url, is_compressed=False) as watcher:
        with pytest.raises(ProtocolRefused):
            await asyncio.wait_for(anext(watcher), 60)
        assert "encoding" not in server.requests[0].path


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://host", ""])
def test_an_invalid_url_raises(url):
    with pytest.raises(ValueError, match="expected a URL"):
        Watcher(url)


# manage.py watch


def watching(server: Server, *words: str, url: str = "") -> warm.Talking:
    command = [sys.executable, str(ROOT / "manage.py"), "watch", "--url", url or server.http, *words]
    return warm.Talking(command, server.environment, ROOT)


def for_a_while(server: Server, *words: str, url: str = "") -> tuple[int, str, str]:
    """Watch for a second, or for longer on a machine on which the command connects to nothing in that time."""
    for seconds in ("1", "8", "60"):
        code, output, errors = watching(server, "--for-s", seconds, *words, url=url).end()
        if code == 0 or "trying again" in errors:
            break
    return code, output, errors


async def test_the_command_prints_changes_and_records_them(shared, tmp_path):
    file = tmp_path / "seen.ndjson"
    watch = watching(shared, "--format", "json", "--types", "model_perf", "--record", str(file))
    async with Producer(shared.http, shared.token) as producer:
        perf = {"latency_ms": 1.5, "throughput_per_s": 10.0, "size_bytes": 5}
        await producer.publish("model_perf", model="seen", **perf, wait=True)
        await producer.publish("model_metric", model="hidden", macro_f1=0.5, wait=True)
        output = await asyncio.to_thread(watch.read_until, '"model":"seen"')
    assert "model_metric" not in output
    line = json.loads(output.splitlines()[-1])
    assert line["event"] == {"type": "model_perf", "model": "seen", **perf}
    assert line["at"] > 1_700_000_000
    assert watch.end(signal.SIGINT)[0] == 0
    transcript = read_transcript(file)
    ops = [message["op"] for message in transcript]
    assert ops[:3] == ["state", "open", "hello"]
    assert ops[-2:] == ["close", "state"]
    report = check_transcripts({"seen": transcript})
    assert report.holds, report
    assert report.compared > 0
    assert "ok" in shared.manage("check_transcript", str(file))


def test_the_command_stops_after_for_s(shared):
    code, out, err = for_a_while(shared, "--format", "table")
    assert (code, err) == (0, "")
    assert "event type" in out
    assert "Ctrl-C ends" in out


def test_the_command_fails_for_an_unknown_event_type(shared):
    code, _, err = watching(shared, "--types", "model_metrics").end()
    assert code == 1
    assert 'no event type "model_metrics"' in err


def test_the_command_fails_for_an_unknown_board(shared, tmp_path):
    code, _, err = watching(shared, "--board", "nowhere", "--record", str(tmp_path / "seen")).end()
    assert code == 1
    assert "4502" in err


def test_the_command_fails_without_a_server(shared):
    code, _, err = for_a_while(shared, url=f"http://127.0.0.1:{free_port()}")
    assert code == 1
    assert "trying again" in err
    assert "no connection to ws://127.0.0.1" in err


@pytest.mark.slow
async def test_the_command_ends_quietly_when_its_pipe_is_closed(shared):
    async with Producer(shared.http, shared.token) as producer:
        await producer.publish("model_metric", model="one", macro_f1=0.5, wait=True)
        command = [sys.executable, str(ROOT / "manage.py"), "watch", "--url", shared.http, "--types", "model_metric"]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen(command, cwd=ROOT, env=shared.environment, text=True, **pipes) as process:
            while "one" not in await asyncio.to_thread(process.stdout.readline):
                assert process.poll() is None
            process.stdout.close()
            await producer.publish("model_metric", model="two", macro_f1=0.5, wait=True)
            assert (await asyncio.to_thread(process.wait, 60), process.stderr.read()) == (0, "")
