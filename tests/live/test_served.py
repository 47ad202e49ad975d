"""A running server relays the outbox and displays live models, without a browser and without a command."""

import json

import pytest

from broadcast.stores.sqlite.cache import SQLiteCache
from broadcast.stores.sqlite.engine import close_engines
from tests.support.server import Server, until

SAVE = """
from django.db import transaction
import broadcast
from tests.support.orders.models import Order

Order.objects.bulk_create([Order(pk=1, shop="north")])
with transaction.atomic():
    Order.objects.create(pk=2, shop="south")
    broadcast.publish("log", id=7, outbox=True)
"""


@pytest.fixture
def folder(tmp_path):
    yield tmp_path
    close_engines()


@pytest.mark.slow
async def test_a_server_relays_the_outbox_and_displays_rows(folder):
    server = Server(folder, DJANGO_SETTINGS_MODULE="tests.support.orders_settings")
    server.manage("migrate", "--run-syncdb", "-v", "0")
    server.manage("shell", "-c", SAVE)
    server.start()
    try:
        store = SQLiteCache(str(server.store_file), {})

        def shown() -> list[dict]:
            deltas = store.since({"order": None, "log": None})
            return [json.loads(entry.value) for delta in deltas.values() for entry in delta.entries]

        await until(lambda: len(shown()) == 3, 30, "both rows and the event are in the store")
        assert {event.get("shop") or event["id"] for event in shown()} == {"north", "south", 7}
    finally:
        server.stop()
