"""What a live model declares: its event type, its place on boards, and what the checks report."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from broadcast import conf
from broadcast.checks.page import check_scenes
from broadcast.checks.settings import check_broadcast
from broadcast.events.board import Board
from broadcast.events.schemas import accepted_example_of
from broadcast.events.validation import Validator
from broadcast.live import LiveModel
from broadcast.live.registry import live_models
from broadcast.page.widgets import Bars, Table
from tests.support.orders.models import Customer, Order, ShopOrder, Stamped, UrgentOrder


def reported() -> list[tuple[str, str]]:
    return [(str(error.id), str(error.msg)) for error in [*check_broadcast(), *check_scenes()]]


def test_a_live_model_is_an_event_type_on_the_board(declare, settings):
    declare(show=Bars(label="shop", value="amount"))
    assert conf.boards() == {"main": ("order",)}
    kind = conf.event_types()["order"]
    assert (kind.title, kind.policy.key, kind.stale_after_s) == ("Orders", ("pk",), None)
    assert not kind.from_producers
    assert accepted_example_of(kind, Validator({"order": kind}, 1000, 100)) is None
    assert {name: info.type for name, info in kind.fields.items()} == {"pk": int, "shop": str, "amount": float}
    settings.BROADCAST = {"BOARDS": [Board("shop", scenes=["order"])]}
    assert reported() == []


def test_a_table_of_the_fields_is_the_default(declare):
    declare(fields=["shop", "customer"])
    assert conf.event_types()["order"].show == Table(columns=("shop", "customer"))
    assert conf.event_types()["order"].fields["customer"].type == int | None


def test_a_name_of_several_words_has_underscores(declare):
    declare(model=UrgentOrder)
    assert list(conf.event_types()) == ["urgent_order"]


def test_an_abstract_live_model_is_only_a_base(declare):
    declare()
    base = type("Base", (LiveModel,), {"abstract": True, "max_keys": 7})
    live = type("CustomerBoard", (base,), {"model": Customer, "fields": ["name"]})
    assert [type(each).__name__ for each in live_models()] == ["OrderBoard", "CustomerBoard"]
    assert live().event_type.policy.bounds.max_keys == 7


@pytest.mark.parametrize(
    ("members", "word"),
    [
        ({"model": None}, "model is None"),
        ({"model": Stamped}, "no table"),
        ({"fields": []}, "fields is"),
        ({"fields": "shop"}, "fields is"),
        ({"fields": ["shp"]}, 'did you mean "shop"'),
        ({"fields": ["customer__name"]}, "customer__name"),
        ({"fields": ["type"]}, "event type"),
        ({"fields": ["tags"]}, "another table"),
        ({"fields": ["parcel"]}, "another table"),
        ({"fields": ["raw"]}, "no JSON"),
        ({"fields": ["delete"]}, "changes the row"),
        ({"fields": ["needs"]}, "needs arguments"),
        ({"fields": ["later"]}, "async"),
        ({"fields": ["shop", "shop"]}, "twice"),
        ({"fields": [3]}, '"3"'),
        ({"key": "shop"}, "not the primary key"),
        ({"using": "other"}, '"other"'),
    ],
)
def test_a_declaration_that_cannot_work_is_reported(declare, members, word):
    board = type("OrderBoard", (LiveModel,), {"model": Order, "fields": ["shop"], **members})
    (error,) = [each for each in check_broadcast() if word in str(each.msg)]
    assert error.id == "stickyboard.E040"
    assert error.hint
    assert "OrderBoard" in error.msg
    with pytest.raises(ImproperlyConfigured):
        _ = board().event_type


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        (lambda self: Order.objects.all()[:5], "sliced"),
        (lambda self: Order.objects.union(Order.objects.all()), "sliced"),
        (lambda self: Order.objects.values("shop"), "values"),
        (lambda self: Customer.objects.all(), "of Customer"),
        (lambda self: list(Order.objects.none()), "returns list"),
        (lambda self: Order.objects.filter(shp="north"), "raises FieldError"),
    ],
)
def test_rows_that_cannot_be_looked_up_are_reported(declare, rows, word):
    declare(get_queryset=rows)
    ((code, message),) = reported()
    assert code == "stickyboard.E040"
    assert word in message


@pytest.mark.parametrize("rows", [lambda self: ShopOrder.objects.all(), lambda self: 1 / len(_unreachable())])
def test_a_proxy_and_a_database_that_is_down_are_no_problem(declare, rows):
    declare(get_queryset=rows)
    assert reported() == []


def _unreachable():
    raise DatabaseError("no such table")


def test_a_widget_of_another_field_is_reported(declare):
    declare(show=Bars(label="shop", value="amunt"))
    ((code, message),) = reported()
    assert code == "stickyboard.E007"
    assert "amunt" in message


def test_two_event_types_of_one_name_are_reported(declare, settings):
    declare()
    declare(model=Customer, fields=["name"], name="order")
    ((code, message),) = reported()
    assert code == "stickyboard.E003"
    assert "twice" in message


def test_an_invalid_bound_is_reported(declare):
    declare(max_keys=0)
    assert reported()[0][0] == "stickyboard.E003"
