"""Every action of the admin that removes, ends or sends something asks first, and docs/how-to/admin.md names each."""

import re
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse

from broadcast.models import Connection, Keyspace
from broadcast.ops.connections import BROWSER, Connections
from broadcast.ops.counters import Meters
from broadcast.ops.processes import ORDERS, PROCESSES
from broadcast.types import Batch, Bounds, Write
from producers_api.models import ProducerToken
from tests.support.admin_pages import keep, text_of, url
from tests.support.counting import Socket, report
from tests.support.server import ROOT

pytestmark = pytest.mark.django_db(transaction=True)

DOCS = (ROOT / "docs/how-to/admin.md").read_text()
TOKENS = reverse("admin:stickyboard_producers_producertoken_changelist")
READ_ONLY = {"entries", "search"}  # pages, and an order that only makes processes report


@pytest.fixture
def peer(sticky) -> str:
    """The name of a browser that a process has reported."""
    connections = Connections(Meters())
    socket = Socket(facts={"board": "main", "is_lagging": False, "updates": 7, "bytes": 7000})
    with connections.open(BROWSER, {"client": ("192.0.2.7", 4711)}, socket) as browser:
        value = msgspec.json.encode(report(Meters(), connections)).decode()
    sticky.apply([Batch(PROCESSES, Bounds(max_keys=9), [Write("lab:7", value=value)])])
    return browser.id


def pages(peer: str) -> dict[str, str]:
    """The page that asks before each action of the two admins without a table."""
    return {
        "remove": url("remove", keyspace="model_metric", key="gbt"),
        "send-again": url("send_again", keyspace="model_metric", key="gbt"),
        "clear": url("clear", keyspace="model_metric"),
        "clear-all": url("clear_all"),
        "disconnect": reverse("admin:stickyboard_connection_disconnect") + f"?id={quote(peer)}",
    }


def test_every_page_that_acts_is_tested_here():
    views = {name for model in (Keyspace, Connection) for name in admin.site.get_model_admin(model).views}
    assert views - READ_ONLY == {name.replace("-", "_") for name in pages("")}


@pytest.mark.parametrize("action", pages(""))
def test_a_page_asks_before_it_acts(sticky, admin_client, peer, action):
    keep(sticky)
    page, before = pages(peer)[action], sticky.heads()
    asked = text_of(admin_client.get(page))
    assert '<input type="submit" value="Yes, ' in asked
    assert 'role="button" class="button cancel-link"' in asked
    assert sticky.heads() == before
    assert not LogEntry.objects.exists()
    assert admin_client.post(page).status_code == 302
    assert sticky.heads() != before or ORDERS in sticky.heads()
    assert LogEntry.objects.count() == 1


def picked(action: str, **answer: str) -> dict[str, Any]:
    return {"action": action, "_selected_action": [row.pk for row in ProducerToken.objects.all()], **answer}


def states() -> list[tuple[str, bool]]:
    return list(ProducerToken.objects.values_list("name", "is_revoked"))


def test_the_list_of_tokens_asks_before_each_of_its_actions(admin_client, rf, admin_user):
    request = rf.get(TOKENS)
    request.user = admin_user
    actions = admin.site.get_model_admin(ProducerToken).get_actions(request)
    assert set(actions) == {"revoke", "delete_selected"}
    ProducerToken.make("lab")
    for action in actions:
        asked = text_of(admin_client.post(TOKENS, picked(action)))
        assert re.search(r'<input type="submit" value="Yes', asked)
        assert states() == [("lab", False)]
    admin_client.post(TOKENS, picked("revoke", confirmed="yes"))
    assert states() == [("lab", True)]
    admin_client.post(TOKENS, picked("delete_selected", post="yes"))
    assert states() == []


def test_the_page_of_a_token_asks_before_it_deletes(admin_client):
    row, _ = ProducerToken.make("lab")
    page = reverse("admin:stickyboard_producers_producertoken_delete", args=[row.pk])
    assert "Yes" in text_of(admin_client.get(page))
    assert states() == [("lab", False)]
    admin_client.post(page, {"post": "yes"})
    assert states() == []


def test_a_revoked_token_stays_revoked_and_the_pages_say_so(admin_client):
    row, _ = ProducerToken.make("lab")
    asked = text_of(admin_client.post(TOKENS, picked("revoke")))
    assert "cannot be restored" in asked
    admin_client.post(TOKENS, picked("revoke", confirmed="yes"))
    page = reverse("admin:stickyboard_producers_producertoken_change", args=[row.pk])
    assert "cannot be restored" in text_of(admin_client.get(page))
    admin_client.post(page, {"name": "lab", "is_revoked": ""})
    assert states() == [("lab", True)]
    assert "cannot be restored" in DOCS


def test_the_docs_name_every_permission():
    labels = ("stickyboard", "stickyboard_producers")
    found = Permission.objects.filter(content_type__app_label__in=labels).select_related("content_type")
    assert {f"{each.content_type.app_label}.{each.codename}" for each in found} == set(
        re.findall(r"`(stickyboard\w*\.\w+)`", DOCS)
    )
