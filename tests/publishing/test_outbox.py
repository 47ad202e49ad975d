"""The outbox: rows in the caller's transaction, relayed in order and once, however often a relay is killed."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

import broadcast
from broadcast.errors import InvalidEvent, StoreUnavailable
from broadcast.models import OutboxEvent
from broadcast.publishing import outbox
from broadcast.publishing.outbox import LEASE_S, Lease, relay, relay_waiting, retry

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


def test_rows_are_sent_in_order(sticky):
    count = outbox.ROWS_AT_ONCE + 1
    broadcast.publish_many(
        ({"type": "model_metric", "model": "gbt", "macro_f1": n / 1000} for n in range(count)), outbox=True
    )
    out = io.StringIO()
    call_command("relay_outbox", "--once", stdout=out)
    assert out.getvalue() == f"{count} sent.\n"
    assert sticky.get("model_metric:gbt")["macro_f1"] == (count - 1) / 1000


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


def test_a_failed_row_is_sent_again_with_a_new_number(sticky):
    row = OutboxEvent.objects.create(event='{"type":"removed"}')
    broadcast.publish("total_alerts", alerts=1, outbox=True)
    relay()
    OutboxEvent.objects.filter(pk=row.pk).update(event='{"type":"total_alerts","alerts":5}')
    retry([row])
    assert relay() == 1
    assert alerts(sticky) == 6


class Clock:
    def __init__(self) -> None:
        self.now = timezone.now()

    def __call__(self):
        return self.now


def test_one_relay_at_a_time_has_the_lease(sticky):
    clock = Clock()
    mine, other = Lease(clock=clock), Lease(clock=clock)
    broadcast.publish("total_alerts", alerts=1, outbox=True)
    assert mine.take()
    assert mine.take()
    assert relay_waiting(other) == 0
    assert relay_waiting(mine) == 1
    mine.release()
    assert other.take()
    assert not mine.take()


def test_the_lease_of_a_killed_relay_ends(sticky):
    clock = Clock()
    killed, other = Lease(clock=clock), Lease(clock=clock)
    broadcast.publish("total_alerts", alerts=1, outbox=True)
    assert killed.take()
    clock.now += timedelta(seconds=LEASE_S)
    assert relay_waiting(other) == 1


def test_an_empty_outbox_is_not_written_to(sticky, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert relay_waiting(Lease()) == 0
