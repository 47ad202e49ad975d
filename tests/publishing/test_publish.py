"""`broadcast.publish` in processes that serve a board, and in those that serve none."""

import asyncio
from concurrent.futures import Future
from datetime import datetime
from decimal import Decimal

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.core.exceptions import SynchronousOnlyOperation
from django.db import transaction
from django.utils.translation import gettext_lazy

import broadcast
from broadcast.errors import InvalidEvent, InvalidJSON, PolicyFailed, StoreUnavailable, UnknownEventType
from broadcast.publishing import direct, publish_functions
from broadcast.publishing.encoding import encode_event
from broadcast.runtime import serving, store
from tests.support.world import World

METRIC = {"type": "model_metric", "model": "gbt", "macro_f1": 0.9}


def models(sticky) -> list[str]:
    return sorted(entry.key for entry in sticky.page("model_metric").entries)


@pytest.fixture
def served(world, settings) -> World:
    """A world whose event types are those of this process."""
    settings.BROADCAST = {"EVENT_TYPES": "tests.support.table.EVENT_TYPES"}
    return world


# without a server in this process


def test_an_event_is_stored_when_publish_returns(sticky):
    broadcast.publish("model_metric", model="gbt", macro_f1=0.91)
    assert sticky.get("model_metric:gbt") == {"type": "model_metric", "model": "gbt", "macro_f1": 0.91}


def test_the_policy_is_the_same_as_for_producers(sticky):
    broadcast.publish_many([{"type": "total_alerts", "alerts": 2}, {"type": "total_alerts", "alerts": 3}])
    assert sticky.page("total_alerts").entries[0].value == '{"type":"total_alerts","alerts":5}'


def test_fields_named_like_options_are_given_in_a_mapping(sticky):
    broadcast.publish("model_metric", {"on_commit": "x"}, model="gbt", macro_f1=0.5)
    assert sticky.get("model_metric:gbt")["on_commit"] == "x"


@pytest.mark.parametrize(
    ("fields", "error", "path"),
    [
        ({"model": "gbt"}, InvalidEvent, "macro_f1"),
        ({"model": "gbt", "macro_f1": "12%"}, InvalidEvent, '"12%" at $.macro_f1'),
        ({"model": "gbt", "macro_f1": float("nan")}, InvalidEvent, "$.macro_f1"),
        ({"model": "gbt", "macro_f1": 0.5, "rows": [{"n": object()}]}, InvalidEvent, "object at $.rows[0].n"),
        ({"model": "gbt", "macro_f1": 0.5, "type": "other"}, InvalidEvent, "$.type"),
    ],
)
def test_an_invalid_event_raises_with_the_path(sticky, fields, error, path):
    with pytest.raises(error) as raised:
        broadcast.publish("model_metric", fields)
    assert path in str(raised.value)
    assert sticky.heads() == {}


def test_an_unknown_event_type_raises(sticky):
    with pytest.raises(UnknownEventType):
        broadcast.publish("model_metrics", model="gbt")


def test_one_invalid_event_of_many_publishes_none(sticky):
    with pytest.raises(InvalidEvent) as raised:
        broadcast.publish_many([METRIC, {"type": "model_metric", "model": 3}])
    assert "event 1" in raised.value.__notes__[0]
    assert sticky.heads() == {}


def test_a_failed_policy_raises(sticky):
    broadcast.publish("total_bytes", bytes=9007199254740991)
    with pytest.raises(PolicyFailed):
        broadcast.publish("total_bytes", bytes=9007199254740991)


def test_many_events_are_applied_in_groups(sticky):
    count = 2 * direct.MAX_EVENTS_AT_ONCE + 1
    broadcast.publish_many({"type": "total_alerts", "alerts": 1} for _ in range(count))
    assert sticky.get("total_alerts:")["alerts"] == count


async def test_apublish_stores_from_any_event_loop(sticky):
    assert serving() is None
    await broadcast.apublish("model_metric", model="gbt", macro_f1=0.91)
    assert models(sticky) == ["gbt"]


async def test_publish_refuses_to_block_an_event_loop(sticky):
    with pytest.raises(SynchronousOnlyOperation, match="apublish"):
        broadcast.publish("model_metric", model="gbt", macro_f1=0.9)


@pytest.mark.parametrize("option", [{"outbox": True}, {"on_commit": False}, {"using": "other"}])
async def test_apublish_has_no_options(sticky, option):
    with pytest.raises(TypeError, match=min(option)):
        await broadcast.apublish("model_metric", model="gbt", macro_f1=0.9, **option)
    assert sticky.heads() == {}


def test_fields_without_names_are_refused(sticky):
    with pytest.raises(TypeError, match="by name"):
        broadcast.publish("model_metric", "gbt")


class Layer:
    """A channel layer that reaches other processes, as the embedded one does not."""

    def __init__(self):
        self.sent = []

    async def group_send(self, group, message):
        self.sent.append((group, message))


def test_a_layer_that_reaches_servers_carries_the_update(sticky, settings):
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": f"{__name__}.Layer"}}
    layer = get_channel_layer()
    broadcast.publish("model_metric", model="gbt", macro_f1=0.91)
    (group, message), *_ = layer.sent
    head = sticky.heads()["model_metric"]
    assert group == "sticky.board.main"
    assert message["heads"] == {"model_metric": [*head]}
    assert '"macro_f1":0.91' in message["text"]


async def test_a_failed_delivery_is_logged(world, monkeypatch, caplog):
    async def fail(_deltas):
        raise AttributeError("broken")

    monkeypatch.setattr(world.runtime.publisher, "deliver", fail)
    await asyncio.to_thread(direct.deliver, world.store, [])
    while "broken" not in caplog.text:
        await asyncio.sleep(0)


# transactions


@pytest.mark.django_db(transaction=True)
def test_a_transaction_publishes_when_it_commits(sticky):
    with transaction.atomic():
        broadcast.publish("model_metric", model="gbt", macro_f1=0.91)
        assert sticky.heads() == {}
    assert models(sticky) == ["gbt"]


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_savepoint_publishes_nothing(sticky):
    with transaction.atomic():
        broadcast.publish("model_metric", model="outer", macro_f1=0.5)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            broadcast.publish("model_metric", model="inner", macro_f1=0.5)
            raise ZeroDivisionError
    assert models(sticky) == ["outer"]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_may_publish_at_once(sticky):
    with transaction.atomic():
        broadcast.publish("model_metric", model="gbt", macro_f1=0.91, on_commit=False)
        assert models(sticky) == ["gbt"]


@pytest.mark.django_db(transaction=True)
def test_an_invalid_event_raises_before_the_commit(sticky):
    with pytest.raises(InvalidEvent), transaction.atomic():
        broadcast.publish("model_metric", model="gbt")


@pytest.mark.django_db(transaction=True)
def test_a_failing_store_stops_no_other_callback(sticky, monkeypatch, caplog):
    def fail(_batches):
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(store(), "apply", fail)
    done = []
    with transaction.atomic():
        broadcast.publish("model_metric", model="gbt", macro_f1=0.91)
        transaction.on_commit(lambda: done.append(True))
    assert done == [True]
    assert "the disk is full" in caplog.text


# in a process that serves boards


async def test_a_thread_publishes_through_the_publisher(served):
    await sync_to_async(broadcast.publish)("keyed", key="a", n=1)
    assert served.runtime.publisher.meters.events["keyed", "accepted"] == 1
    assert "a" in served.truth()["keyed"][1]


async def test_an_event_loop_publishes_through_the_publisher(served):
    await broadcast.apublish("keyed", key="a", n=1)
    assert served.runtime.publisher.meters.events["keyed", "accepted"] == 1


async def test_another_event_loop_publishes_through_the_publisher(served):
    await asyncio.to_thread(asyncio.run, broadcast.apublish("keyed", key="a", n=1))
    assert served.runtime.publisher.meters.events["keyed", "accepted"] == 1


async def test_the_wait_for_room_is_bounded(served, monkeypatch):
    monkeypatch.setattr(served.runtime.publisher, "room", lambda _owner: asyncio.Event().wait())
    message = next(publish_functions._messages([{"type": "keyed", "key": "a", "n": 1}]))
    with pytest.raises(StoreUnavailable, match="no commit"):
        await publish_functions._put(served.runtime, message, wait=True, timeout_s=0.01)


def test_a_loop_that_has_stopped_is_not_waited_for():
    with pytest.raises(StoreUnavailable, match="shutting down"):
        publish_functions._result_of(Future(), timeout_s=-1)


async def test_a_transaction_waits_for_room_only(served, monkeypatch, caplog):
    message = next(publish_functions._messages([{"type": "keyed", "key": "a", "n": 1}]))

    async def fail(_batches):
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(served.store, "aapply", fail)
    assert await publish_functions._put(served.runtime, message, wait=False) == {}
    await served.runtime.publisher.close()
    await asyncio.sleep(0)
    assert "not published after its transaction" in caplog.text


# values


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("3.50"), "3.50"),
        (datetime(2026, 1, 2, 3, 4), '"2026-01-02T03:04:00"'),
        (gettext_lazy("Yes"), '"Yes"'),
        (None, "null"),
    ],
)
def test_values_of_django_have_a_json(value, text):
    assert encode_event({"value": value}) == f'{{"value":{text}}}'.encode()


def test_a_value_without_a_json_has_a_path():
    for value, path in ((Decimal("Infinity"), "$.v"), ("\ud800", "$.v"), ({"a": [float("inf")]}, "$.v.a[0]")):
        with pytest.raises(InvalidEvent) as raised:
            encode_event({"n": None, "v": value})
        assert f" at {path}" in str(raised.value)


def test_a_value_that_contains_itself_is_refused():
    loop = []
    loop.append(loop)
    with pytest.raises(InvalidJSON):
        encode_event({"v": loop})
