"""A TCP proxy that can go silent: it accepts every byte, forwards none, and closes nothing."""

import asyncio
from typing import Self

CHUNK_BYTES = 65_536


class Network:
    """Carries bytes between a free port and a server's; opened with `async with`."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._writers: set[asyncio.StreamWriter] = set()
        self._carrying: set[asyncio.Task[None]] = set()
        self._silent: set[asyncio.StreamWriter] = set()
        self._is_gone = False

    @property
    def http(self) -> str:
        host, port = self._server.sockets[0].getsockname()
        return f"http://{host}:{port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.gather(*self._carrying, return_exceptions=True)
        await self._server.wait_closed()

    def go_silent(self) -> None:
        """Swallow everything on the current connections, and refuse new ones until `heal`."""
        self._silent |= self._writers
        self._is_gone = True

    def heal(self) -> None:
        """Accept new connections again. Silent ones stay silent, as after a NAT dropped them."""
        self._is_gone = False

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_gone:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers |= {writer, far_writer}
        if task := asyncio.current_task():
            self._carrying.add(task)
            task.add_done_callback(self._carrying.discard)
        await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(CHUNK_BYTES):
                if writer not in self._silent:
                    writer.write(chunk)
                    await writer.drain()
        except ConnectionError:
            pass  # the close of one end is forwarded to the other
        if writer not in self._silent:
            self._writers.discard(writer)
            writer.close()
