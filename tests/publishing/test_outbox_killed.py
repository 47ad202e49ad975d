"""Four processes publish in transactions while the relay is killed ten times; the board equals the database."""

import json
import os
import signal
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from broadcast.stores.sqlite.cache import SQLiteCache
from broadcast.stores.sqlite.engine import close_engines
from tests.support.server import MANAGE, ROOT

pytestmark = pytest.mark.slow

WORKERS, TRANSACTIONS, KILLS = 4, 250, 10
WORKER = """
import sys

import django

django.setup()
from django.db import transaction

import broadcast

worker = int(sys.argv[1])
for number in range(int(sys.argv[2])):
    try:
        with transaction.atomic():
            broadcast.publish("log", id=1000 * worker + number, outbox=True)
            if number % 3 == 0:
                raise ZeroDivisionError
    except ZeroDivisionError:
        pass
"""
RELAY = """
import os
import signal
import sys

import django

django.setup()
from django.core.management import call_command

from broadcast.publishing import outbox

outbox.ROWS_AT_ONCE = 25
step, apply, number, calls = sys.argv[1], outbox.apply, outbox._number, []


def die_at(name):
    if step == name and len(calls) == 2:
        os.kill(os.getpid(), signal.SIGKILL)


def numbered(using):
    calls.append(using)
    producer = number(using)
    die_at("numbered")
    return producer


def applied(*args):
    failed = apply(*args)
    die_at("applied")
    return failed


outbox._number, outbox.apply = numbered, applied
call_command("relay_outbox", "--every", "0.01")
"""


@pytest.fixture
def environment(tmp_path):
    table = json.dumps({"EVENT_TYPES": "tests.support.table.EVENT_TYPES_AND_LOG", "BOARDS": {}})
    yield {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": os.environ.get("TEST_OUTBOX_SETTINGS", "tests.support.server_settings"),
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "STICKYBOARD_DEBUG": "0",
        "STICKYBOARD_SECRET_KEY": "only for this test",
        "STICKYBOARD_DATA": str(tmp_path),
        "TEST_BROADCAST": table,
    }
    close_engines()


def ids_in(folder: Path) -> list[int]:
    """Return the ids in the store, in the order in which they were applied."""
    entries = SQLiteCache(str(folder / "sticky.sqlite3"), {}).since({"log": None})["log"].entries
    return [json.loads(entry.value)["id"] for entry in entries]


def test_a_relay_that_is_killed_ten_times_loses_nothing(environment, tmp_path):
    run = {"cwd": ROOT, "env": environment}
    subprocess.run([sys.executable, *MANAGE, "migrate", "-v", "0"], check=True, **run)
    workers = [
        subprocess.Popen([sys.executable, "-c", WORKER, str(number), str(TRANSACTIONS)], **run)
        for number in range(WORKERS)
    ]
    for kill in range(KILLS):
        relay = subprocess.run([sys.executable, "-c", RELAY, ("numbered", "applied")[kill % 2]], check=False, **run)
        assert relay.returncode == -signal.SIGKILL
    assert [worker.wait() for worker in workers] == [0] * WORKERS
    subprocess.run([sys.executable, *MANAGE, "relay_outbox", "--once"], check=True, stdout=subprocess.DEVNULL, **run)

    of_worker = defaultdict(list)
    for event_id in ids_in(tmp_path):
        of_worker[event_id // 1000].append(event_id % 1000)
    committed = [number for number in range(TRANSACTIONS) if number % 3]
    assert of_worker == dict.fromkeys(range(WORKERS), committed)  # in order, without duplicates
