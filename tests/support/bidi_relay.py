"""Runs Firefox for Playwright, and translates where Firefox ESR 153 speaks another WebDriver BiDi.

Playwright sets the colour scheme of each new context, with a command that this Firefox does not know,
and tells downloads apart by an identifier that it does not send. docs/decisions/040 says more.
"""

import asyncio
import json
import os
import re
import signal
import sys
from contextlib import suppress

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

UNKNOWN_COMMAND = "emulation.setMediaFeaturesOverride"
DOWNLOAD_EVENTS = ("browsingContext.downloadWillBegin", "browsingContext.downloadEnd")
LISTENING = re.compile(r"WebDriver BiDi listening on (ws://\S+)")


async def main(command: list[str]) -> int:
    """Run Firefox until it ends, and print the relay's address in the place of its own."""
    firefox = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, firefox.terminate)
    assert firefox.stderr
    while line := await firefox.stderr.readline():
        if found := LISTENING.search(line.decode(errors="replace")):
            address = f"{found[1]}/session"
            async with serve(lambda playwright: relay(playwright, address), "127.0.0.1", 0, max_size=None) as server:
                port = server.sockets[0].getsockname()[1]
                print(f"WebDriver BiDi listening on ws://127.0.0.1:{port}", file=sys.stderr, flush=True)
                await firefox.communicate()
    return await firefox.wait()


async def relay(playwright: ServerConnection, address: str) -> None:
    async with connect(address, max_size=None) as firefox, asyncio.TaskGroup() as tasks:
        tasks.create_task(to_playwright(firefox, playwright))
        async for message in playwright:
            command = json.loads(message)
            if command["method"] == UNKNOWN_COMMAND:
                await playwright.send(json.dumps({"type": "success", "id": command["id"], "result": {}}))
            else:
                await firefox.send(message)
        await firefox.close()


async def to_playwright(firefox: ClientConnection, playwright: ServerConnection) -> None:
    with suppress(ConnectionClosed):
        async for message in firefox:
            await playwright.send(with_download_id(message))
    await playwright.close()


def with_download_id(message: str | bytes) -> str | bytes:
    if not any(name in str(message) for name in DOWNLOAD_EVENTS):
        return message
    event = json.loads(message)
    if event.get("method") in DOWNLOAD_EVENTS:
        event["params"].setdefault("download", event["params"]["url"])
    return json.dumps(event)


if __name__ == "__main__":
    sys.exit(asyncio.run(main([os.environ["FIREFOX"], *sys.argv[1:]])))
