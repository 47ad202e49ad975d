"""Every kind of field has a JSON form, and every kind of primary key is an entry's key."""

import datetime
from decimal import Decimal

import pytest

from tests.support.orders.models import Customer, Order, Parcel, ShopOrder, Ticket, UrgentOrder

pytestmark = pytest.mark.django_db(transaction=True)


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
