"""Sends the messages of a file, waits until all are applied, and remembers how far files were imported.

Resent messages are deduplicated by the server.
"""

import asyncio
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from stickyboard.address import Address, private_folder
from stickyboard.connection import Backoff, ProducerConnection, socket_url
from stickyboard.errors import ProducerError
from stickyboard.outbox import Reply
from stickyboard.runs.file_outbox import FileOutbox, Message

PATIENCE_S: Final = 20.0
NAME: Final = "imported.json"
MAX_FILES: Final = 10_000
AGAIN: Final = "type the same command again later: what has arrived is not applied twice"


async def deliver(
    address: Address,
    producer: str,
    messages: Iterator[Message],
    on_done: Callable[[Message], object],
    on_refused: Callable[[Reply], None],
    patience_s: float = PATIENCE_S,
) -> None:
    """Send messages, until all of them are applied or refused.

    Args:
        producer: the name under which they are numbered.
        on_done: called with each message that is applied or refused, in order.
        on_refused: called with each refusal of an event.
        patience_s: how long to wait for the next answer, in seconds.

    Raises:
        ProducerError: the server refuses the token, or does not answer.
    """
    progress = asyncio.Event()

    def note(done: Message) -> None:
        on_done(done)
        progress.set()

    outbox = FileOutbox(lambda: next(messages, None), note, on_refused)
    url = socket_url(address.url, producer)
    connection = ProducerConnection(url, address.token, outbox, Backoff(random.random), lambda _: None)
    sending = asyncio.create_task(connection.run())
    sending.add_done_callback(lambda _: progress.set())
    try:
        while not outbox.is_empty() and not sending.done():
            progress.clear()
            async with asyncio.timeout(patience_s):
                await progress.wait()
    except TimeoutError:
        raise ProducerError(f"{connection.problem or f'{url} does not answer'}; {AGAIN}") from None
    finally:
        sending.cancel()
        (ended,) = await asyncio.gather(sending, return_exceptions=True)
    if isinstance(ended, Exception):
        raise ended


class Imported:
    """The number of the last imported record of each file, by server and producer. The oldest are forgotten.

    Without it, the server still applies nothing twice, except for the last steps of a file that has grown.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        try:
            self._numbers = msgspec.json.decode(self._path.read_bytes(), type=dict[str, int])
        except (OSError, ValueError):  # missing, or damaged
            self._numbers = {}

    def number_of(self, url: str, producer: str) -> int:
        return self._numbers.get(f"{url} {producer}", 0)

    def store(self, url: str, producer: str, number: int) -> None:
        newest = list(self._numbers.items())[1 - MAX_FILES :]
        self._numbers = {**dict(newest), f"{url} {producer}": number}
        private_folder(self._path.parent)
        temporary = self._path.with_suffix(".new")
        temporary.write_text(json.dumps(self._numbers))
        temporary.replace(self._path)
