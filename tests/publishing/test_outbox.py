"""The outbox: rows in the caller's transaction, relayed in order and once, however often a relay is killed."""

import io
import json

import pytest
from django.core.management import call_command
from django.db import transaction

import broadcast
from broadcast.errors import InvalidEvent, StoreUnavailable
from broadcast.models import OutboxEvent
from broadcast.publishing import outbox
from broadcast.publishing.outbox import relay

pytestmark = pytest.mark.django_db(transaction=True)


def alerts(sticky) -> int:
    """Return the sum of the applied events, which counts a duplicate twice."""
    return json.loads(sticky.page("total_alerts").entries[0].value)["alerts"]


def test_a_row_commits_or_rolls_back_with_its_transaction(sticky):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        broadcast.publish("total_alerts", alerts=1, outbox=True)
        raise ZeroDivisionError
    assert relay() == 0
    with transaction.atomic():
        broadcast.publish("total_alerts", alerts=2, outbox=True)
    assert sticky.heads() == {}
    assert relay() == 1
    assert alerts(sticky) == 2
    assert not OutboxEvent.objects.exists()


def test_an_invalid_event_writes_no_row(sticky):
    with pytest.raises(InvalidEvent):
        broadcast.publish_many([{"type": "total_alerts", "alerts": 1}, {"type": "total_alerts"}], outbox=True)
    assert not OutboxEvent.objects.exists()


def test_rows_are_sent_in_order(sticky, monkeypatch):
    monkeypatch.setattr(outbox, "ROWS_AT_ONCE", 3)
    broadcast.publish_many(
        ({"type": "model_metric", "model": "gbt", "macro_f1": n / 10} for n in range(8)), outbox=True
    )
    out = io.StringIO()
    call_command("relay_outbox", "--once", stdout=out)
    assert out.getvalue() == "8 sent.\n"
    assert sticky.get("model_metric:gbt")["macro_f1"] == 0.7


@pytest.mark.parametrize("step", ["apply", "delete"])
def test_a_relay_that_is_killed_loses_and_repeats_nothing(sticky, monkeypatch, step):
    broadcast.publish_many(({"type": "total_alerts", "alerts": 1} for _ in range(5)), outbox=True)

    def killed(*_args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        if step == "apply":
            patch.setattr(outbox, "apply", killed)
        else:
            patch.setattr("django.db.models.query.QuerySet.delete", killed)
        relay()
    broadcast.publish("total_alerts", alerts=10, outbox=True)
    assert relay() == 6
    assert alerts(sticky) == 15


def test_a_row_that_commits_late_is_not_a_duplicate(sticky):
    event = '{"type":"total_alerts","alerts":1}'
    OutboxEvent.objects.create(pk=2, event=event)
    relay()
    OutboxEvent.objects.create(pk=1, event=event)  # of a transaction that began earlier
    relay()
    assert alerts(sticky) == 2


def test_a_failing_store_leaves_the_rows(sticky, monkeypatch):
    broadcast.publish("total_alerts", alerts=1, outbox=True)

    def fail(_batches):
        raise StoreUnavailable("the disk is full")

    with monkeypatch.context() as patch, pytest.raises(StoreUnavailable):
        patch.setattr(sticky, "apply", fail)
        relay()
    assert relay() == 1
    assert alerts(sticky) == 1


def test_a_row_that_cannot_be_applied_stays_with_its_error(sticky, caplog):
    OutboxEvent.objects.create(event='{"type":"removed"}')
    broadcast.publish("total_alerts", alerts=1, outbox=True)
    assert relay() == 1
    assert relay() == 0
    assert "removed" in OutboxEvent.objects.get().error
    assert "removed" in caplog.text
