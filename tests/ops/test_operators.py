"""What an operator does reaches open browsers at once, from the admin and from another process."""

import asyncio
import json

from stickyboard import Producer
from tests.support.admin_pages import AdminSession
from tests.support.recorded_watcher import RecordedWatcher
from tests.support.server import Server, until


async def watching(server: Server, models: list[str]) -> RecordedWatcher:
    """Return a browser that shows these models."""
    async with Producer(server.http, server.token) as producer:
        for model in models:
            await producer.publish("model_metric", model=model, macro_f1=0.5, wait=True)
    browser = RecordedWatcher(server)
    await browser.catch_up()
    assert shown(browser) == models
    return browser


def shown(browser: RecordedWatcher) -> list[str]:
    return list(browser.values("model_metric"))


async def test_every_command_reaches_an_open_browser(server):
    """Once it did not: a descriptor of the file, closed in the server, let a command delete the log in use."""
    browser = await watching(server, ["gbt", "mlp", "knn"])
    for gone, left in (("mlp", ["gbt", "knn"]), ("gbt", ["knn"])):
        await asyncio.to_thread(server.manage, "clear_sticky", "model_metric", "--key", gone, "--noinput")
        await until(lambda left=left: shown(browser) == left)
    await asyncio.to_thread(server.manage, "clear_sticky", "--all", "--noinput")
    await until(lambda: shown(browser) == [])
    async with Producer(server.http, server.token) as producer:
        await producer.publish("model_metric", model="gru", macro_f1=0.5, wait=True)
    await until(lambda: shown(browser) == ["gru"])
    assert '"gru"' in await asyncio.to_thread(server.manage, "show_sticky", "--entries", "--format", "json")
    await browser.leave()


async def test_others_reach_open_browsers_at_once(tmp_path):
    """The comparison with the store's heads is an hour away here, so it is not what does it."""
    with Server(tmp_path, TEST_BROADCAST=json.dumps({"HEADS_S": 3600})) as server:
        server.environment["DJANGO_SUPERUSER_PASSWORD"] = "a long enough secret"
        server.manage("createsuperuser", "--noinput", "--username", "ada", "--email", "ada@example.org")
        browser = await watching(server, ["gbt", "mlp"])
        admin = AdminSession(server)
        await asyncio.to_thread(
            admin.submit, "/admin/login/?next=/admin/", username="ada", password="a long enough secret"
        )
        await asyncio.to_thread(admin.submit, "/admin/stickyboard/keyspace/remove/?keyspace=model_metric&key=gbt")
        await until(lambda: shown(browser) == ["mlp"])
        await asyncio.to_thread(admin.submit, "/admin/stickyboard/keyspace/clear/?keyspace=model_metric")
        await until(lambda: shown(browser) == [])
        await asyncio.to_thread(server.manage, "send_event", "model_metric", "model=knn", "macro_f1=0.5")
        await until(lambda: shown(browser) == ["knn"])
        await browser.leave()
