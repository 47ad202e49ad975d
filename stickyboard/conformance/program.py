"""The client under test: a program that reads commands from standard input, one JSON object per line."""

import asyncio
import json
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, Protocol, cast

MAX_LINE_BYTES: Final = 64 * 1024 * 1024
END_S: Final = 2.0
EVENTS: Final = ("picture", "left", "ended")

Picture = Mapping[str, Mapping[str, Any]]


class ClientError(Exception):
    """The client under test ended, or printed something else than an answer."""


class Client(Protocol):
    """What the kit needs of a client."""

    async def follow(self, url: str, board: str) -> None:
        """Forget everything, and follow a board."""

    async def leave(self) -> None:
        """Close the connection, and follow nothing."""

    async def picture(self) -> Picture:
        """Return the value of each key of each event type."""

    async def ended(self) -> None:
        """Return when the client has given up the connection and will not reconnect."""


class Program:
    """A client in a process of its own, in any language; see `start`."""

    def __init__(self, process: Process, commands: StreamWriter, events: StreamReader) -> None:
        self._process, self._commands, self._events = process, commands, events
        self._has_ended = False

    async def follow(self, url: str, board: str) -> None:
        await self._write({"command": "follow", "url": url, "board": board})

    async def leave(self) -> None:
        await self._write({"command": "leave"})
        await self._answer("left")
        self._has_ended = False

    async def picture(self) -> Picture:
        await self._write({"command": "picture"})
        keyspaces = (await self._answer("picture")).get("keyspaces")
        if not isinstance(keyspaces, dict) or not all(isinstance(entries, dict) for entries in keyspaces.values()):
            raise ClientError('"keyspaces" of a picture must be an object of objects: event type, key, value')
        return keyspaces

    async def ended(self) -> None:
        while not self._has_ended:
            await self._read()

    async def _write(self, message: Mapping[str, Any]) -> None:
        self._commands.write(json.dumps(message).encode() + b"\n")
        with suppress(ConnectionError):  # reading reports that it ended
            await self._commands.drain()

    async def _answer(self, event: str) -> dict[str, Any]:
        while (message := await self._read())["event"] != event:
            pass
        return message

    async def _read(self) -> dict[str, Any]:
        """Return the next event, and note whether it ends the connection."""
        line = await self._events.readline()
        if not line:
            code = await self._process.wait()
            raise ClientError(f"the client ended with exit code {code}; it must run until its input ends")
        message = event_of(line)
        self._has_ended = self._has_ended or message["event"] == "ended"
        return message


@asynccontextmanager
async def start(command: Sequence[str]) -> AsyncIterator[Program]:
    """Run a program, and end it on exit: close its input, and kill it if it does not end.

    Raises:
        ClientError: it cannot be started.
    """
    try:
        process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, limit=MAX_LINE_BYTES)
    except OSError as exc:
        raise ClientError(f"{command[0]} cannot be started: {exc.strerror}") from exc
    commands, events = cast("StreamWriter", process.stdin), cast("StreamReader", process.stdout)
    try:
        yield Program(process, commands, events)
    finally:
        commands.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(END_S):
                await process.wait()
        if process.returncode is None:
            process.kill()
            await process.wait()


def event_of(line: bytes) -> dict[str, Any]:
    with suppress(ValueError):
        message = json.loads(line)
        if isinstance(message, dict) and message.get("event") in EVENTS:
            return message
    shown = line[:80].decode(errors="replace").strip()
    raise ClientError(f'the client printed "{shown}", which is not an event; print logs to standard error')
