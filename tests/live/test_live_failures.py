"""Rows that cannot be displayed, stores that fail, and histories that are lost: the board is right in the end."""

import pytest
from django.db import IntegrityError, transaction

from broadcast.errors import StoreUnavailable
from broadcast.live import follow, rows
from broadcast.live.declaration import Declaration
from broadcast.live.registry import registered
from tests.support.orders.models import Order, Parcel

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_a_failing_store_missed_follows_the_next_change(declare, sticky, monkeypatch, caplog):
    board, shown = declare()

    def fail(_batches):
        raise StoreUnavailable("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(type(sticky), "apply", lambda *_: fail(_))
        Order.objects.create(shop="north")
    assert "not on the board yet" in caplog.text
    assert registered(board).late
    Order.objects.create(shop="south")
    assert list(shown("shop").values()) == ["north", "south"]
    assert not registered(board).late


def test_a_row_that_cannot_be_displayed_is_left_out(declare, caplog):
    _, shown = declare(fields=["details", "shop"], max_event_bytes=200)
    order = Order.objects.create(shop="north")
    order.details = {"text": "x" * 300}
    order.save()
    assert shown("shop") == {}
    assert f"row {order.pk} is not displayed" in caplog.text


def test_why_a_row_is_not_displayed_is_logged_once(declare, caplog):
    board, shown = declare(fields=["details", "shop"], max_event_bytes=200)
    order = Order.objects.create(details={"text": "x" * 300})
    for details in ({"text": "x" * 300}, {"text": "x" * 400}, {}, {"text": "x" * 400}):
        Order.objects.filter(pk=order.pk).update(details=details)
        board.refresh()
        board.refresh()
        assert len(shown("shop")) == (not details)
    assert caplog.text.count("is not displayed") == 3


def test_a_key_in_the_log_is_one_line(caplog):
    rows._log_once(type("OrderBoard", (Declaration,), {"model": Order})(), "a\nERROR forged", ValueError("no"))
    assert caplog.messages == [r'order: row "a\nERROR forged" is not displayed: no']


def test_a_failing_property_breaks_no_save(declare, caplog, monkeypatch):
    _, shown = declare(fields=["customer_name"])
    monkeypatch.setattr(Order, "customer_name", property(lambda self: 1 / 0))
    Order.objects.create(shop="north")
    assert Order.objects.count() == 1
    assert shown("customer_name") == {}
    assert "ZeroDivisionError" in caplog.text


def test_a_failed_save_does_not_follow(declare):
    _, shown = declare(model=Parcel, fields=["weight"])
    with pytest.raises(IntegrityError):
        Parcel.objects.create(order_id=None, weight=1)
    assert shown("weight") == {}


def test_without_autocommit_a_save_warns(declare, caplog):
    declare()
    transaction.set_autocommit(False)
    try:
        Order.objects.create(shop="north")
        transaction.commit()
    finally:
        transaction.set_autocommit(True)
    assert "call refresh()" in caplog.text


def test_an_older_state_never_wins(declare):
    board, shown = declare()
    order = Order.objects.create(shop="old")
    live, keys = registered(board), [str(order.pk)]
    head, old_rows = follow.head_of(live), rows.read(live, keys)
    Order.objects.filter(pk=order.pk).update(shop="new")  # by another process, which is faster
    follow.follow(live, keys)
    follow.write(live, head, old_rows)
    assert shown("shop") == {str(order.pk): "new"}


@pytest.mark.parametrize("begins_anew", [True, False])
def test_an_unknown_history_reads_all_rows_again(declare, sticky, begins_anew):
    board, shown = declare(max_keys=2)
    order = Order.objects.create(shop="old")
    live, keys = registered(board), [str(order.pk)]
    head, old_rows = follow.head_of(live), rows.read(live, keys)
    Order.objects.filter(pk=order.pk).update(shop="new")
    follow.follow(live, keys)
    if begins_anew:
        sticky.reset("order")
    else:
        Order.objects.create(shop="a")
        Order.objects.create(shop="b")
    follow.write(live, head, old_rows)
    assert shown("shop")[str(order.pk)] == "new"
