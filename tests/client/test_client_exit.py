"""Programs that end or fork with an open producer, as processes of their own, with a scripted server."""

import asyncio
import signal
import sys
import textwrap
from pathlib import Path

import pytest

from tests.support.scripted_server import PATIENCE_S, ScriptedServer, acknowledge, serving, stay_silent
from tests.support.server import ROOT, default_signals, free_port

SYNC = """
    import os, signal, sys, threading, time
    from stickyboard import *
    producer = SyncProducer(sys.argv[1], "secret", name="left", drain_s={drain_s}).open()
    for n in range(200):
        producer.publish("t", n=n)
    {end}
"""
ASYNC = """
    import asyncio, os, signal, sys, time
    from stickyboard import *

    async def main():
        producer = await Producer(sys.argv[1], "secret", name="left", drain_s={drain_s}).__aenter__()
        for n in range(200):
            await producer.publish("t", n=n)
        {end}

    asyncio.run(main())
"""
ASYNC_WITH = """
    import asyncio, os, signal, sys, time
    from stickyboard import *

    async def main():
        async with Producer(sys.argv[1], "secret", name="left", drain_s={drain_s}) as producer:
            for n in range(200):
                await producer.publish("t", n=n)
            {end}

    asyncio.run(main())
"""
SLEEP = "await asyncio.sleep(60)"
NOTE_A_WARNING = (
    "import logging; warned = threading.Event(); "
    "logging.getLogger('stickyboard.connection').addFilter(lambda record: warned.set() or True)"
)


async def run(code: str, server: ScriptedServer, *arguments: str) -> tuple[int | None, str]:
    """Run a program to its end; return its exit code and what it wrote to standard error."""
    url = server.url.replace("127.0.0.1", "localhost")  # a name, which must be looked up
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", textwrap.dedent(code), url, *arguments),
        cwd=ROOT,
        stderr=asyncio.subprocess.PIPE,
        preexec_fn=default_signals,
    )
    try:
        async with asyncio.timeout(4 * PATIENCE_S):
            _, errors = await program.communicate()
    finally:
        if program.returncode is None:
            program.kill()
            await program.wait()
    return program.returncode, errors.decode()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("code", "end", "returncode"),
    [
        (SYNC, "", 0),
        pytest.param(SYNC, "sys.exit(3)", 3, marks=pytest.mark.slow),
        pytest.param(SYNC, "raise LookupError('no such thing')", 1, marks=pytest.mark.slow),
        (SYNC, "os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)", 143),
        pytest.param(SYNC, "os.kill(os.getpid(), signal.SIGHUP); time.sleep(60)", 129, marks=pytest.mark.slow),
        pytest.param(SYNC, "del producer", 0, marks=pytest.mark.slow),
        pytest.param(ASYNC, "", 0, marks=pytest.mark.slow),
        pytest.param(ASYNC, "sys.exit(3)", 3, marks=pytest.mark.chaos),
        pytest.param(ASYNC, "raise LookupError('no such thing')", 1, marks=pytest.mark.slow),
        pytest.param(ASYNC, f"os.kill(os.getpid(), signal.SIGTERM); {SLEEP}", 143, marks=pytest.mark.slow),
        (ASYNC, f"os.kill(os.getpid(), signal.SIGINT); {SLEEP}", -signal.SIGINT),
        pytest.param(ASYNC_WITH, "sys.exit(3)", 3, marks=pytest.mark.slow),
        pytest.param(ASYNC_WITH, "raise LookupError('no such thing')", 1, marks=pytest.mark.chaos),
        pytest.param(ASYNC_WITH, f"os.kill(os.getpid(), signal.SIGTERM); {SLEEP}", 143, marks=pytest.mark.chaos),
        pytest.param(ASYNC_WITH, f"os.kill(os.getpid(), signal.SIGHUP); {SLEEP}", 129, marks=pytest.mark.chaos),
        pytest.param(
            ASYNC_WITH, f"os.kill(os.getpid(), signal.SIGINT); {SLEEP}", -signal.SIGINT, marks=pytest.mark.slow
        ),
    ],
)
async def test_a_program_delivers_its_events_before_it_ends(code: str, end: str, returncode: int) -> None:
    async with serving(acknowledge) as server:
        ended, errors = await run(code.format(end=end, drain_s=60), server)
        assert server.applied == list(range(200)), errors
        assert ended == returncode, errors
        assert "not sent" not in errors


@pytest.mark.asyncio
@pytest.mark.parametrize("code", [SYNC, pytest.param(ASYNC, marks=pytest.mark.slow)])
async def test_a_program_ends_in_time_and_reports_undelivered_events(code: str) -> None:
    async with serving(stay_silent) as server:
        ended, errors = await run(code.format(end="", drain_s=0.2), server)
        assert ended == 0
        assert "200 of 200 events were not sent" in errors
        assert "they are lost" in errors


@pytest.mark.asyncio
async def test_a_program_without_a_server_reports_the_connection() -> None:
    server = ScriptedServer()
    server.url = f"http://127.0.0.1:{free_port()}"
    code = SYNC.replace("producer = Sync", f"{NOTE_A_WARNING}; producer = Sync")
    _, errors = await run(code.format(end="warned.wait(60)", drain_s=0.2), server)
    assert "200 of 200 events were not sent (no connection to ws://localhost" in errors
    assert "; is the server running, with `stickyboard serve` or `manage.py serve`?" in errors
    assert "?producer" not in errors


@pytest.mark.asyncio
async def test_a_program_with_a_spool_names_the_file(tmp_path: Path) -> None:
    code = SYNC.replace('name="left"', "spool=sys.argv[2]")
    async with serving(stay_silent, acknowledge) as server:
        _, errors = await run(code.format(end="", drain_s=0.2), server, str(tmp_path / "spool"))
        assert f"they remain in {tmp_path / 'spool'}" in errors
        server.is_open.set()
        code = code.replace("range(200)", "range(200, 201)").format(end="", drain_s=60)
        await run(code, server, str(tmp_path / "spool"))
        assert server.applied == list(range(201))


FORK = """
    import multiprocessing, os, sys
    from stickyboard import *

    producer = SyncProducer(sys.argv[1], "secret", spool=sys.argv[2]).open()
    producer.publish("t", n=1, wait=True)

    def child():
        for use in (lambda: producer.publish("t", n=2), lambda: producer.flush(1)):
            try:
                use()
            except ProducerClosed as error:
                print(error, file=sys.stderr)
        producer.close()
        with SyncProducer(sys.argv[1], "secret") as own:
            own.publish("t", n=3)

    {fork}
    producer.publish("t", n=4)
"""


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "fork",
    [
        "pid = os.fork(); pid or (child(), sys.exit(7)); assert os.waitpid(pid, 0)[1] == 7 << 8",
        pytest.param(
            "work = multiprocessing.get_context('fork').Process(target=child); work.start(); work.join()",
            marks=pytest.mark.slow,
        ),
        pytest.param("pid = os.fork(); pid or child(); pid or sys.exit(); os.waitpid(pid, 0)", marks=pytest.mark.slow),
    ],
)
async def test_a_forked_child_raises_and_may_open_its_own(tmp_path: Path, fork: str) -> None:
    async with serving(acknowledge) as server:
        ended, errors = await run(FORK.format(fork=fork), server, str(tmp_path / "spool"))
        assert ended == 0, errors
        assert errors.count("from which this one was forked") == 2
        assert server.applied == [1, 3, 4], errors


@pytest.mark.asyncio
async def test_a_producer_of_another_event_loop_raises() -> None:
    code = """
        import asyncio, sys
        from stickyboard import *

        async def opened():
            return await Producer(sys.argv[1], "secret").__aenter__()

        producer = asyncio.run(opened())
        asyncio.run(producer.publish("t", n=1))
    """
    async with serving(acknowledge) as server:
        ended, errors = await run(code, server)
        assert ended == 1
        assert "opened on another event loop" in errors


@pytest.mark.asyncio
async def test_a_signal_handler_of_the_program_is_not_replaced() -> None:
    end = "sys.exit(signal.getsignal(signal.SIGTERM) is not mine)"
    code = SYNC.replace("producer = Sync", "mine = lambda *_: 0; signal.signal(signal.SIGTERM, mine); producer = Sync")
    async with serving(acknowledge) as server:
        assert (await run(code.format(end=end, drain_s=60), server))[0] == 0


@pytest.mark.asyncio
async def test_opening_twice_raises() -> None:
    end = "producer.open()"
    async with serving(acknowledge) as server:
        ended, errors = await run(SYNC.format(end=end, drain_s=60), server)
        assert ended == 1
        assert "is already open" in errors
        assert server.applied == list(range(200))


@pytest.mark.asyncio
async def test_closing_the_last_restores_the_signal_handlers() -> None:
    end = "producer.close(); sys.exit(signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL)"
    async with serving(acknowledge) as server:
        assert (await run(SYNC.format(end=end, drain_s=60), server))[0] == 0

    other = "from stickyboard import at_exit; at_exit.catch_signals('a run'); producer.close(); "
    end = other + "sys.exit(signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)"
    async with serving(acknowledge) as server:
        assert (await run(SYNC.format(end=end, drain_s=60), server))[0] == 0
