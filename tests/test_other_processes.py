"""What another process does to the store reaches this one's browsers, for as long as both live."""

import asyncio

from producers_api.client import Producer
from tests.server import until
from tests.socket_browser import SocketBrowser


async def test_every_command_reaches_an_open_browser(server):
    """Once it did not: a descriptor of the file, closed in the server, let a command delete the log in use."""
    async with Producer(server.http, server.token) as producer:
        for model in ("gbt", "mlp", "knn"):
            await producer.publish("model_metric", model=model, macro_f1=0.5, wait=True)
        browser = SocketBrowser(server)
        browser.start()
        await browser.caught_up.wait()
        assert len(browser.look().copies["model_metric"].entries) == 3
        for left, command in enumerate(["mlp", "gbt"]):
            await asyncio.to_thread(server.manage, "clear_sticky", "model_metric", "--key", command, "--noinput")
            await until(lambda left=left: len(browser.look().copies["model_metric"].entries) == 2 - left)
        await asyncio.to_thread(server.manage, "clear_sticky", "--all", "--noinput")
        await until(lambda: browser.look().copies["model_metric"].entries == {})
        await producer.publish("model_metric", model="gru", macro_f1=0.5, wait=True)
        await until(lambda: list(browser.look().copies["model_metric"].entries) == ["gru"])
        assert '"gru"' in await asyncio.to_thread(server.manage, "show_sticky", "--entries", "--format", "json")
    await browser.leave()
