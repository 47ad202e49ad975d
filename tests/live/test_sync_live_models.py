"""`manage.py sync_live_models` finds and repairs what no signal reported."""

import io
import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from broadcast.live import compare, follow, rows
from tests.support.orders.models import Customer, Order

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken(declare, sticky):
    """A board of four rows, of which one is missing, one has another value and one has no row."""
    board, shown = declare(name="order")
    Order.objects.bulk_create(Order(pk=number, shop="north") for number in range(1, 5))
    compare.repair(board())
    Order.objects.filter(pk=1)._raw_delete("default")
    Order.objects.filter(pk=2).update(shop="south")
    sticky.delete("order:3")
    return shown


def output_of(*words: str) -> str:
    out = io.StringIO()
    call_command("sync_live_models", *words, stdout=out)
    return out.getvalue()


def test_differences_are_reported_and_repaired(broken):
    lines = ["order: 3 rows, 3 differ", "  missing: 3", "  changed: 2", "  gone: 1"]
    assert output_of().splitlines() == lines
    assert broken("shop") == {"2": "south", "3": "north", "4": "north"}
    assert output_of() == "order: 3 rows, no difference\n"


def test_check_changes_nothing_and_fails(broken):
    before = broken("shop")
    with pytest.raises(CommandError, match="3 rows differ"):
        output_of("--check")
    assert broken("shop") == before
    output_of()
    output_of("--check")


def test_differences_have_a_json(broken):
    assert json.loads(output_of("--format", "json")) == {
        "order": {"rows": 3, "missing": ["3"], "changed": ["2"], "gone": ["1"]}
    }


def test_a_name_selects_live_models(broken, declare):
    declare(model=Customer, fields=["name"])
    assert "order" not in output_of("customer")
    with pytest.raises(CommandError, match='did you mean "order"'):
        output_of("ordr")


def test_without_live_models_it_says_where_to_declare_one(declare):
    assert "module live" in output_of()


def test_more_rows_than_the_bound_are_no_difference(declare):
    board, shown = declare(max_keys=3)
    Order.objects.bulk_create(Order(pk=number, shop=str(number)) for number in range(1, 8))
    compare.repair(board())
    assert list(shown("shop").values()) == ["5", "6", "7"]
    assert len(compare.differences(board())) == 0


def test_an_older_row_that_was_saved_last_is_no_difference(declare, django_capture_on_commit_callbacks):
    board, shown = declare(max_keys=3)
    Order.objects.bulk_create(Order(pk=number, shop=str(number)) for number in range(1, 8))
    compare.repair(board())
    with django_capture_on_commit_callbacks(execute=True):
        Order.objects.get(pk=1).save()
    assert list(shown("shop").values()) == ["6", "7", "1"]
    assert len(compare.differences(board())) == 0


def test_more_rows_than_fit_into_one_step_are_compared(declare):
    count = max(rows.ROWS_AT_ONCE, follow.WRITES_AT_ONCE) + 1
    board, shown = declare(max_keys=count)
    Order.objects.bulk_create(Order(pk=number, shop="north") for number in range(1, count + 1))
    assert len(compare.repair(board()).missing) == count
    Order.objects.filter(pk=30).update(shop="south")
    assert list(compare.repair(board()).changed) == ["30"]
    assert len(shown("shop")) == count


def test_the_first_rows_of_the_queryset_fill_the_board(declare):
    board, shown = declare(max_keys=2, get_queryset=lambda self: Order.objects.order_by("pieces"))
    Order.objects.bulk_create(Order(shop=str(number), pieces=number) for number in (3, 1, 2))
    compare.repair(board())
    assert list(shown("shop").values()) == ["2", "1"]
    Order.objects.filter(shop="1")._raw_delete("default")
    compare.repair(board())
    assert list(shown("shop").values()) == ["2", "3"]


def test_a_model_without_rows_has_an_empty_board(declare):
    board, shown = declare()
    assert len(compare.repair(board())) == 0
    assert shown("shop") == {}
