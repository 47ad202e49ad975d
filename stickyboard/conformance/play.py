"""Plays the server's part of a case, a JSON file in `cases/`, over a real socket, and compares what the client does."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from websockets.asyncio.server import Server, serve
from websockets.exceptions import ConnectionClosed

from stickyboard.conformance.peer import BOARD, STEPS, Failure, Peer, Steps
from stickyboard.conformance.program import Client

FOLDER: Final = Path(__file__).with_name("cases")


@dataclass(frozen=True)
class Case:
    """What the server sends, and what it expects of the client."""

    name: str  # of the file, without its suffix
    sentence: str  # what a correct client does
    steps: tuple[tuple[str, Any], ...]  # names and arguments, see docs/reference/conformance.md


def read_cases() -> list[Case]:
    """Return the cases, in the order of their names."""
    return [read_case(file) for file in sorted(FOLDER.glob("*.json"))]


def read_case(file: Path) -> Case:
    try:
        content = json.loads(file.read_text())
        steps = tuple(step for (step,) in (tuple(step.items()) for step in content["steps"]))
        return Case(file.stem, content["sentence"], steps)
    except (KeyError, TypeError, AttributeError, ValueError) as exc:
        raise ValueError(f'{file} is not a case: it needs "sentence" and "steps", each with one field') from exc


async def play(case: Case, client: Client, timeout_s: float = 10.0) -> None:
    """Play a case to a client; each step may take `timeout_s`.

    Raises:
        Failure: the client did not do what the case expects.
        ClientError: the client ended, or printed something else than an answer.
    """
    peer = Steps(client)
    async with listening(peer) as server:
        port = server.sockets[0].getsockname()[1]
        await client.follow(f"http://127.0.0.1:{port}", BOARD)
        try:
            for number, (name, argument) in enumerate(case.steps, 1):
                await play_step(peer, f"step {number} ({name})", name, argument, timeout_s)
        except Failure:
            with suppress(TimeoutError):
                await leave(client, timeout_s)
            raise
        try:
            await leave(client, timeout_s)
        except TimeoutError:
            raise Failure(f'at the end: waited {timeout_s:g} s for the event "left"') from None


async def leave(client: Client, timeout_s: float) -> None:
    async with asyncio.timeout(timeout_s):
        await client.leave()


async def play_step(peer: Peer, place: str, name: str, argument: Any, timeout_s: float) -> None:
    try:
        async with asyncio.timeout(timeout_s):
            await STEPS[name](peer, argument)
    except TimeoutError:
        raise Failure(f"{place}: waited {timeout_s:g} s for {peer.awaited}") from None
    except ConnectionClosed as exc:
        raise Failure(f"{place}: the client closed the connection, perhaps after an error ({exc})") from exc
    except (Failure, KeyError, TypeError, ValueError, AttributeError) as exc:
        raise Failure(f"{place}: {exc}") from exc


@asynccontextmanager
async def listening(peer: Peer) -> AsyncIterator[Server]:
    """Listen on a free port of this machine, and cut all connections at the end."""
    async with serve(peer.serve, "127.0.0.1", 0, compression=None, ping_interval=None, close_timeout=0.2) as server:
        try:
            yield server
        finally:
            for socket in server.connections:
                socket.transport.abort()
