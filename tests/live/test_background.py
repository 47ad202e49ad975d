"""A server relays the outbox and keeps live models in line, whatever fails meanwhile."""

import asyncio

import pytest
from django.db import DatabaseError, transaction

import broadcast
from broadcast.live.background import Background
from broadcast.live.compare import COMPARE_S
from broadcast.live.registry import registered
from broadcast.models import OutboxEvent
from tests.support.orders.models import Order

pytestmark = pytest.mark.django_db(transaction=True)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_round_relays_what_is_committed(sticky, clock):
    broadcast.publish("model_metric", model="gbt", macro_f1=0.5, outbox=True)
    Background(clock).make_round()
    assert sticky.get("model_metric:gbt")["macro_f1"] == 0.5
    assert not OutboxEvent.objects.exists()


def test_the_first_round_and_one_each_minute_compare_rows(declare, clock):
    _, shown = declare()
    Order.objects.bulk_create([Order(pk=1, shop="north")])
    background = Background(clock)
    background.make_round()
    assert shown("shop") == {"1": "north"}
    Order.objects.update(shop="south")
    background.make_round()
    assert shown("shop") == {"1": "north"}
    clock.now += COMPARE_S
    background.make_round()
    assert shown("shop") == {"1": "south"}


def test_a_round_repeats_changes_that_failed(declare, clock):
    board, shown = declare()
    background = Background(clock)
    background.make_round()
    Order.objects.bulk_create([Order(pk=1, shop="north")])
    registered(board).late["1"] = None
    background.make_round()
    assert shown("shop") == {"1": "north"}


def test_an_outage_is_logged_once(sticky, clock, caplog):
    fails = iter([True, True, False, True])

    def relay(*_):
        if next(fails):
            raise DatabaseError("no such table")
        return 0

    background = Background(clock, relay)
    background.make_round()
    background.make_round()
    assert caplog.text.count("no such table") == 1
    background.make_round()
    background.make_round()
    assert caplog.text.count("no such table") == 2


async def test_one_round_runs_at_a_time():
    began, may_end, loop = [], asyncio.Event(), asyncio.get_running_loop()

    class Waiting(Background):
        def make_round(self):
            began.append(True)
            asyncio.run_coroutine_threadsafe(may_end.wait(), loop).result(60)

    background = Waiting()
    await background()
    await background()
    may_end.set()
    await background._running
    assert began == [True]


def test_the_outbox_brings_a_row_of_a_live_model(declare, sticky):
    _, shown = declare(outbox=True)
    with transaction.atomic():
        Order.objects.create(pk=1, shop="north")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Order.objects.create(pk=2, shop="south")
        raise ZeroDivisionError
    assert shown("shop") == {}
    Background(Clock()).make_round()
    assert shown("shop") == {"1": "north"}
    assert not OutboxEvent.objects.exists()


def test_a_row_of_a_removed_live_model_stays_with_its_error(sticky, clock):
    OutboxEvent.objects.create(event='{"live": "order", "key": "1"}')
    Background(clock).make_round()
    assert "order" in OutboxEvent.objects.get().error
