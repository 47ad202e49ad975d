"""The code on the pages of live models and progress runs as it is written."""

import re
from types import SimpleNamespace

import pytest

from broadcast.live import LiveModel
from broadcast.live.registry import live_models, registered, unregister
from tests.support.doc_pages import read
from tests.support.orders.models import Customer, Order

PROGRESS, LIVE = "docs/how-to/progress.md", "docs/how-to/live_models.md"


def blocks(page: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", read(page), re.MULTILINE | re.DOTALL)


def run(code: str, names: dict) -> dict:
    exec(compile(code, "page", "exec"), names)
    return names


EVENT_TYPES = run(blocks(PROGRESS)[0], {})["EVENT_TYPES"]


@pytest.fixture
def sticky_page(sticky, settings):
    settings.BROADCAST = {"EVENT_TYPES": f"{__name__}.EVENT_TYPES"}
    yield sticky
    for live in live_models():
        unregister(live)


def test_progress_of_a_function_and_of_jobs(sticky_page):
    _, plain, celery, tasks = blocks(PROGRESS)
    done: list = []
    names = run(plain, {"save": done.append})
    names["import_rows"]([1, 2, 3])
    assert sticky_page.get("task_progress:import")["done"] == 3

    names |= {"send_letter": done.append}
    celery_task = run(celery, {**names, "shared_task": lambda bind: lambda function: function})["send_letters"]
    celery_task(SimpleNamespace(request=SimpleNamespace(id="job-1")), ["a", "b"])
    django_task = run(tasks, {**names, "task": lambda takes_context: lambda function: function})["send_letters"]
    django_task(SimpleNamespace(task_result=SimpleNamespace(id="job-2")), ["c"])
    assert [sticky_page.get(f"task_progress:job-{n}")["done"] for n in (1, 2)] == [2, 1]
    assert done == [1, 2, 3, "a", "b", "c"]


@pytest.mark.django_db(transaction=True)
def test_live_models_of_an_order(sticky_page, monkeypatch):
    declared, selected, _, bulk = blocks(LIVE)
    code = declared.replace("from shop.models import Order\n", "")
    board = run(code, {"Order": Order})["OrderBoard"]
    Order.objects.create(pk=1, shop="north", customer=Customer.objects.create(name="Ann"))
    assert sticky_page.get("order:1")["customer_name"] == "Ann"
    run(bulk, {"Order": Order, "OrderBoard": board})
    assert sticky_page.get("order:1")["status"] == "closed"
    open_orders = run(selected, {"Order": Order, "LiveModel": LiveModel})["OpenOrders"]
    assert list(registered(open_orders).rows) == []
