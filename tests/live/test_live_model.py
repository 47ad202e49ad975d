"""Rows follow saves and deletes, after the commit, whatever class saves them."""

import json
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import transaction
from django.db.models import F

from broadcast.live import signals
from tests.support.orders.models import Customer, Order

pytestmark = pytest.mark.django_db(transaction=True)

TOO_MANY = [Order(pk=pk) for pk in range(10**6, 10**6 + signals.MAX_WAITING + 1)]  # to follow each one; none is stored


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


def test_created_rows_are_refreshed_on_a_full_board(declare):
    board, shown = declare(max_keys=2)
    Order.objects.create(shop="old")
    Order.objects.create(shop="older")
    board.refresh(Order.objects.bulk_create([Order(shop="new")]))
    assert list(shown("shop").values()) == ["older", "new"]
    Order.objects.update(shop="all")
    board.refresh(TOO_MANY)  # so that all rows are compared
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


def test_a_cascade_removes_rows(declare):
    _, shown = declare()
    customer = Customer.objects.create(name="Ann")
    Order.objects.create(shop="north", customer=customer)
    customer.delete()
    assert shown("shop") == {}


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


def test_a_transaction_of_many_rows_is_compared_as_a_whole(declare):
    board, shown = declare()
    with transaction.atomic():
        Order.objects.bulk_create(Order(shop=name) for name in "ab")  # which no signal reports
        board.refresh(TOO_MANY)
        assert shown("shop") == {}
    assert sorted(shown("shop").values()) == ["a", "b"]
