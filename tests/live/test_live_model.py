# Over 300 lines: every way in which a row changes, against the same model and store.
"""Rows follow saves and deletes, after the commit, whatever class saves them."""

import datetime
import json
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.models import F

from broadcast.errors import StoreUnavailable
from broadcast.live import follow, rows, signals
from broadcast.live.declaration import Declaration
from broadcast.live.registry import registered
from tests.support.orders.models import Customer, Order, Parcel, ShopOrder, Ticket, UrgentOrder

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_saved_and_a_deleted_row_follow(declare):
    _, shown = declare()
    order = Order.objects.create(shop="north", amount=Decimal("3.50"))
    assert shown("pk", "shop", "amount") == {str(order.pk): (order.pk, "north", 3.5)}
    order.shop = "south"
    order.save()
    assert shown("shop") == {str(order.pk): "south"}
    order.delete()
    assert shown("shop") == {}


def test_a_transaction_follows_when_it_commits(declare):
    _, shown = declare()
    with transaction.atomic():
        order = Order.objects.create(shop="north")
        order.shop = "south"
        order.save(update_fields=["shop"])
        assert shown("shop") == {}
    assert shown("shop") == {str(order.pk): "south"}


def test_a_rolled_back_change_does_not_follow(declare):
    _, shown = declare()
    order = Order.objects.create(shop="north")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        order.delete()
        Order.objects.create(shop="east")
        raise ZeroDivisionError
    assert list(shown("shop").values()) == ["north"]


def test_a_rolled_back_savepoint_hides_no_other_change(declare):
    _, shown = declare()
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            Order.objects.create(shop="inner")
            raise ZeroDivisionError
        Order.objects.create(shop="outer")
    assert list(shown("shop").values()) == ["outer"]


def test_rows_are_read_again_as_the_database_made_them(declare):
    _, shown = declare(fields=["pieces", "amount"])
    order = Order.objects.create(pieces=1)
    order.pieces = F("pieces") + 1
    order.save()
    assert list(shown("pieces").values()) == [2]
    Order.objects.only("shop").get().save()  # with deferred fields
    assert list(shown("pieces").values()) == [2]


def test_a_bulk_operation_follows_by_refresh(declare):
    board, shown = declare()
    Order.objects.bulk_create(Order(shop=name) for name in "abc")
    assert shown("shop") == {}
    board.refresh()
    assert sorted(shown("shop").values()) == ["a", "b", "c"]
    chosen = Order.objects.filter(shop__in="ab")
    keys = chosen.values_list("pk", flat=True)
    chosen.update(amount=7)
    board.refresh(Order.objects.filter(pk__in=list(keys)[:1]))
    assert sorted(shown("amount").values()) == [0, 0, 7]
    Order.objects.all()._raw_delete("default")
    with transaction.atomic():
        board.refresh()
        assert len(shown("shop")) == 3
    assert shown("shop") == {}


def test_created_rows_are_refreshed_on_a_full_board(declare, monkeypatch):
    board, shown = declare(max_keys=2)
    Order.objects.create(shop="old")
    Order.objects.create(shop="older")
    board.refresh(Order.objects.bulk_create([Order(shop="new")]))
    assert list(shown("shop").values()) == ["older", "new"]
    monkeypatch.setattr(signals, "MAX_WAITING", 1)
    Order.objects.update(shop="all")
    board.refresh(list(Order.objects.all()))  # too many, so that all rows are compared
    assert list(shown("shop").values()) == ["all", "all"]


def test_a_refresh_writes_only_what_differs(declare, sticky):
    board, shown = declare()
    Order.objects.create(shop="north")
    head = sticky.heads()[shown.name]
    board.refresh()
    assert sticky.heads()[shown.name] == head


def test_a_queryset_selects_rows(declare):
    _, shown = declare(get_queryset=lambda self: Order.objects.filter(status="paid"))
    order = Order.objects.create(shop="north", status="new")
    assert shown("shop") == {}
    order.status = "paid"
    order.save()
    assert shown("shop") == {str(order.pk): "north"}
    order.status = "new"
    order.save()
    assert shown("shop") == {}


def test_each_kind_of_field_has_a_json(declare):
    fields = ["created", "amount", "status", "reference", "customer", "customer_id", "took", "details", "photo"]
    board, shown = declare(fields=[*fields, "customer_name", "total", "untyped"])
    customer = Customer.objects.create(name="Ann")
    order = Order.objects.create(
        created=datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC),
        amount=Decimal("2.5"),
        pieces=2,
        customer=customer,
        took=datetime.timedelta(minutes=1),
        details={"gift": True},
        status=Order.Status.PAID,
    )
    (values,) = shown(*fields, "customer_name", "total", "untyped").values()
    assert values == (
        "2026-01-02T00:00:00Z",
        2.5,
        "paid",
        str(order.reference),
        customer.pk,
        customer.pk,
        60.0,
        {"gift": True},
        "",
        "Ann",
        5.0,
        2,
    )
    Order.objects.update(created=None, customer=None, took=None)
    board.refresh()
    assert next(iter(shown("created", "customer", "took").values())) == (None, None, None)


@pytest.mark.parametrize("saved_by", [ShopOrder, UrgentOrder])
def test_a_proxy_and_a_child_save_the_same_row(declare, saved_by):
    _, shown = declare()
    order = saved_by.objects.create(shop="north", **({"minutes": 5} if saved_by is UrgentOrder else {}))
    assert shown("shop") == {str(order.pk): "north"}
    order.delete()
    assert shown("shop") == {}


def test_a_parent_saves_a_row_of_the_child(declare):
    _, shown = declare(model=UrgentOrder, fields=["shop", "minutes"])
    urgent = UrgentOrder.objects.create(shop="north", minutes=5)
    parent = Order.objects.get()
    parent.shop = "south"
    parent.save()
    assert shown("shop", "minutes") == {str(urgent.pk): ("south", 5)}


def test_a_cascade_removes_rows(declare):
    _, shown = declare()
    customer = Customer.objects.create(name="Ann")
    Order.objects.create(shop="north", customer=customer)
    customer.delete()
    assert shown("shop") == {}


@pytest.mark.parametrize("key", ["pk", "code"])
def test_a_uuid_is_a_key(declare, key):
    _, shown = declare(model=Ticket, fields=["text"], key=key)
    ticket = Ticket.objects.create(text="broken")
    assert shown(key, "text") == {str(ticket.pk): (str(ticket.pk), "broken")}
    ticket.delete()
    assert shown("text") == {}


@pytest.mark.parametrize("given", ["A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0eebc999c0b4ef8bb6d6bb9bd380a11"])
def test_a_uuid_that_is_set_as_text_is_the_same_key(declare, given):
    _, shown = declare(model=Ticket, fields=["text"])
    ticket = Ticket.objects.create(code=given, text="broken")
    assert shown("text") == {"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11": "broken"}
    ticket.delete()
    assert shown("text") == {}


def test_a_number_that_is_set_as_text_is_the_same_key(declare):
    _, shown = declare()
    Order.objects.create(pk=7, shop="north")
    Order(pk="007", shop="south").save()
    assert shown("shop") == {"7": "south"}


def test_a_row_of_another_model_is_a_key(declare):
    _, shown = declare(model=Parcel, fields=["weight"])
    order = Order.objects.create(shop="north")
    parcel = Parcel.objects.create(order=order, weight=2.5)
    assert shown("weight") == {str(order.pk): 2.5}
    parcel.delete()
    assert shown("weight") == {}


def test_a_generated_field_may_be_null(declare):
    _, shown = declare(model=Parcel, fields=["cost"])
    for price in (None, 2.0):
        Parcel.objects.create(order=Order.objects.create(), weight=2.5, price=price)
    assert list(shown("cost").values()) == [None, 5.0]


def test_another_primary_key_is_another_row(declare):
    _, shown = declare()
    order = Order.objects.create(pk=1, shop="north")
    order.pk = 2
    order.save()
    assert shown("shop") == {"1": "north", "2": "north"}


def test_loaded_fixtures_follow(declare, tmp_path):
    _, shown = declare(model=Customer, fields=["name"])
    rows = [{"model": "orders.customer", "pk": 7, "fields": {"name": "Ann"}}]
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    call_command("loaddata", tmp_path / "rows.json", verbosity=0)
    assert shown("name") == {"7": "Ann"}


def test_the_board_has_the_rows_that_were_saved_last(declare):
    _, shown = declare(max_keys=3)
    first, *_ = [Order.objects.create(shop=name) for name in "abcd"]
    assert list(shown("shop").values()) == ["b", "c", "d"]
    first.save()
    assert list(shown("shop").values()) == ["c", "d", "a"]


def test_a_transaction_of_many_rows_is_compared_as_a_whole(declare, monkeypatch):
    monkeypatch.setattr(signals, "MAX_WAITING", 5)
    _, shown = declare()
    with transaction.atomic():
        for number in range(7):
            Order.objects.create(shop=str(number))
    assert sorted(shown("shop").values()) == list("0123456")


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


def test_an_older_state_never_wins(declare, monkeypatch):
    board, shown = declare()
    order = Order.objects.create(shop="old")
    read = follow.read

    def read_before_another_process_saves(live, keys):
        rows = read(live, keys)
        monkeypatch.setattr(follow, "read", read)
        Order.objects.filter(pk=order.pk).update(shop="new")
        follow.follow(live, keys)
        return rows

    monkeypatch.setattr(follow, "read", read_before_another_process_saves)
    follow.follow(registered(board), [str(order.pk)])
    assert shown("shop") == {str(order.pk): "new"}


@pytest.mark.parametrize("begins_anew", [True, False])
def test_an_unknown_history_reads_all_rows_again(declare, sticky, monkeypatch, begins_anew):
    board, shown = declare(max_keys=2)
    order = Order.objects.create(shop="old")
    read = follow.read

    def read_before_the_entry_is_lost(live, keys):
        rows = read(live, keys)
        monkeypatch.setattr(follow, "read", read)
        Order.objects.filter(pk=order.pk).update(shop="new")
        follow.follow(live, keys)
        if begins_anew:
            sticky.reset("order")
        else:
            Order.objects.create(shop="a")
            Order.objects.create(shop="b")
        return rows

    monkeypatch.setattr(follow, "read", read_before_the_entry_is_lost)
    follow.follow(registered(board), [str(order.pk)])
    assert shown("shop")[str(order.pk)] == "new"
