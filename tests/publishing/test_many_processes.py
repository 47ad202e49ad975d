"""Processes save rows and publish to the outbox while its relay is killed; the board equals the database."""

import json
import os
import signal
import sqlite3
import sys
from collections import defaultdict
from contextlib import closing
from pathlib import Path

import pytest

from broadcast.stores.sqlite.cache import SQLiteCache
from broadcast.stores.sqlite.engine import close_engines
from tests.support import warm
from tests.support.killed_relay import ROWS_AT_ONCE
from tests.support.postgres import postgres
from tests.support.server import MANAGE, ROOT

BIG = pytest.mark.chaos
DATABASES = {
    "sqlite": lambda folder: {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "rows.sqlite3")},
    "postgres": lambda _: postgres(),
}


class Project:
    """A project with live models and an outbox in a folder of its own."""

    def __init__(self, folder: Path, database: str) -> None:
        self.store = SQLiteCache(str(folder / "sticky.sqlite3"), {})
        own = self.database = DATABASES[database](folder)
        if own["ENGINE"].endswith("sqlite3"):
            own["OPTIONS"] = {"transaction_mode": "IMMEDIATE", "timeout": 60, "init_command": "PRAGMA journal_mode=WAL"}
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.support.orders_settings",
            "STICKYBOARD_DEBUG": "0",
            "STICKYBOARD_SECRET_KEY": "only for this test",
            "STICKYBOARD_DATA": str(folder),
            "TEST_DATABASE": json.dumps(own),
        }

    def manage(self, *words: str) -> str:
        done = warm.run([sys.executable, *MANAGE, *words], self.environment, ROOT)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def begin(self, module: str, *words: object) -> warm.Talking:
        return warm.Talking([sys.executable, "-m", f"tests.support.{module}", *map(str, words)], self.environment, ROOT)

    def rows(self) -> dict[str, float]:
        """Return the amount of each order in the database."""
        if self.database["ENGINE"].endswith("sqlite3"):
            opened = sqlite3.connect(self.database["NAME"])
        else:
            import psycopg

            host, user, name = (self.database[key] for key in ("HOST", "USER", "NAME"))
            opened = psycopg.connect(host=host, user=user, dbname=name)
        with closing(opened) as connection:
            found = connection.execute("SELECT id, amount FROM orders_order").fetchall()
        return {str(pk): float(amount) for pk, amount in found}

    def entries(self, event_type: str) -> list[tuple[str, dict]]:
        entries = self.store.since({event_type: None})[event_type].entries
        return [(entry.key, json.loads(entry.value)) for entry in entries]


@pytest.fixture
def project(request, tmp_path):
    """A project on the database that a test names."""
    project = Project(tmp_path, request.param)
    project.manage("migrate", "--run-syncdb", "-v", "0")
    yield project
    close_engines()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("project", "workers", "transactions", "kills"),
    [
        ("sqlite", 2, 60, 2),
        ("postgres", 2, 60, 2),
        pytest.param("sqlite", 4, 250, 10, marks=BIG),
        pytest.param("postgres", 4, 250, 10, marks=BIG),
    ],
    indirect=["project"],
)
def test_the_board_equals_the_database(project, workers, transactions, kills):
    running = [project.begin("order_worker", number, transactions) for number in range(workers)]
    for kill in range(kills):
        code, _, errors = project.begin("killed_relay", ("numbered", "applied")[kill % 2]).end()
        assert code == -signal.SIGKILL, errors
        assert "opened again" not in errors, "what another process wrote is taken for damage"
    assert [worker.end()[0] for worker in running] == [0] * workers
    project.manage("relay_outbox", "--once")

    of_worker = defaultdict(list)
    for _, event in project.entries("log"):
        of_worker[event["id"] // 1000].append(event["id"] % 1000)
    committed = [number for number in range(transactions) if number % 3]
    assert of_worker == dict.fromkeys(range(workers), committed)  # in order, without duplicates
    assert len(committed) * workers > kills * ROWS_AT_ONCE
    assert {key: row["amount"] for key, row in project.entries("order")} == project.rows()
