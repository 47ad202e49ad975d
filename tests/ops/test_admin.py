"""Keyspaces in the admin: who may look and remove, what is shown, and that there is no table."""

import html
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from broadcast.admin import KeyspaceAdmin
from broadcast.models import Keyspace
from broadcast.types import Batch, Bounds, Write
from tests.support.admin_pages import LOOKS, REMOVALS, keep, text_of, url
from tests.support.store_writes import put, value

pytestmark = pytest.mark.django_db

Login = Callable[..., Client]


@pytest.fixture
def login() -> Login:
    """A client of a staff member who has the permissions that are named."""

    def log_in(*permissions: str, **options: Any) -> Client:
        user = User.objects.create_user("ann", password="pw", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        client = Client(**options)
        client.force_login(user)
        return client

    return log_in


# who may what


@pytest.mark.parametrize("page", [*LOOKS, *REMOVALS])
def test_sends_strangers_to_the_login(sticky, page) -> None:
    keep(sticky)
    for answer in (Client().get(page()), Client().post(page())):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/")
    assert sticky.get("model_metric:gbt")


@pytest.mark.parametrize("page", [*LOOKS, *REMOVALS])
def test_refuses_staff_without_permission(sticky, login, page) -> None:
    keep(sticky)
    client = login()
    assert client.get(page()).status_code == 403
    assert client.post(page()).status_code == 403
    assert sticky.get("model_metric:gbt")


@pytest.mark.parametrize("page", REMOVALS)
def test_refuses_removal_to_those_who_may_only_look(sticky, login, page) -> None:
    keep(sticky)
    client = login("view_keyspace")
    assert client.get(page()).status_code == 403
    assert client.post(page()).status_code == 403
    assert sticky.get("model_metric:gbt")


def test_offers_no_removal_to_those_who_may_only_look(sticky, login) -> None:
    keep(sticky)
    client = login("view_keyspace")
    for page in LOOKS:
        answer = client.get(page())
        assert answer.status_code == 200
        assert "deletelink" not in text_of(answer)
        assert "clear" not in text_of(answer).lower().replace('class="clear"', "")


@pytest.mark.parametrize("page", REMOVALS)
def test_refuses_a_post_without_csrf_token(sticky, login, page) -> None:
    keep(sticky)
    client = login("view_keyspace", "delete_keyspace", enforce_csrf_checks=True)
    assert client.post(page()).status_code == 403
    assert sticky.get("model_metric:gbt")


def test_takes_a_post_with_the_token_of_its_own_form(sticky, login) -> None:
    keep(sticky)
    client = login("view_keyspace", "delete_keyspace", enforce_csrf_checks=True)
    page = url("clear", keyspace="model_metric")
    token = client.get(page).context["csrf_token"]
    assert client.post(page, {"csrfmiddlewaretoken": str(token)}).status_code == 302
    assert sticky.get("model_metric:gbt") is None


def test_a_user_who_may_only_remove_returns_to_the_index(sticky, login) -> None:
    keep(sticky)
    answer = login("delete_keyspace").post(url("clear_all"))
    assert answer["Location"] == reverse("admin:index")


@pytest.mark.parametrize("page", LOOKS)
def test_refuses_a_look_to_those_who_may_only_remove(sticky, login, page) -> None:
    assert login("delete_keyspace").get(page()).status_code == 403


@pytest.mark.parametrize("method", ["get", "post"])
def test_refuses_to_add(sticky, admin_client, method) -> None:
    assert getattr(admin_client, method)(url("add")).status_code == 403


@pytest.mark.parametrize("address", ["model_metric/change/", "model_metric/delete/", "model_metric/history/", "x/"])
def test_has_no_page_that_would_look_for_a_row(sticky, admin_client, address) -> None:
    assert admin_client.get(url("changelist") + address).status_code == 404


def test_is_listed_in_the_index(sticky, login) -> None:
    answer = login("view_keyspace").get(reverse("admin:index"))
    assert url("changelist") in text_of(answer)


# looking


def is_young(age: str) -> bool:
    """Whether an age is some seconds, as of an entry that was stored just now, on however slow a machine."""
    return age.endswith(" s") and int(age.removesuffix(" s")) < 60


def test_lists_every_event_type_and_what_else_is_kept(sticky, admin_client) -> None:
    keep(sticky)
    keep(sticky, "gone_type", old=1)
    rows = {row["name"]: row for row in admin_client.get(url("changelist")).context["rows"]}
    metric = rows["model_metric"]
    assert (metric["title"], metric["size"], metric["revision"]) == ("Macro-F1 by model", 2, 2)
    assert metric["policy"] == "last_value, key model, max_keys 64"
    assert metric["epoch"] == sticky.heads()["model_metric"].epoch
    assert is_young(metric["age"])
    assert rows["live_detection"]["policy"] == "ring, lane host_id, per_lane 60, max_lanes 64"
    assert (rows["live_detection"]["size"], rows["live_detection"]["age"]) == (0, "")
    assert rows["gone_type"]["policy"] == "not in the table of event types"


def test_does_not_show_what_belongs_to_the_store(sticky, admin_client) -> None:
    put(sticky, value("", "mark"), keyspace="_health")
    assert "_health" not in text_of(admin_client.get(url("changelist")))
    assert admin_client.get(url("entries", keyspace="_health")).status_code == 404
    assert admin_client.post(url("clear", keyspace="_health")).status_code == 404


def test_tells_the_age_of_the_newest_entry_after_a_removal(sticky, admin_client, monkeypatch) -> None:
    for now, key in ((1000.0, "a"), (1120.0, "b")):
        monkeypatch.setattr(sticky, "clock", lambda now=now: now)
        sticky.set(f"model_metric:{key}", 1)
    sticky.delete("model_metric:b")
    monkeypatch.setattr(sticky, "clock", lambda: 1000.0 + 7200)
    rows = {row["name"]: row for row in admin_client.get(url("changelist")).context["rows"]}
    assert rows["model_metric"]["age"] == "2 h"


def test_shows_entries_newest_first(sticky, admin_client) -> None:
    keep(sticky, gbt={"macro_f1": 0.9}, mlp={"f": "ü"})
    mlp, gbt = admin_client.get(url("entries", keyspace="model_metric")).context["rows"]
    assert (gbt["key"], gbt["revision"], gbt["lane"]) == ("gbt", 1, "")
    assert is_young(gbt["age"])
    assert mlp["key"] == "mlp"
    assert mlp["size_bytes"] == len('{"f":"ü"}'.encode())
    assert gbt["value"] == '{\n  "macro_f1": 0.9\n}'


def test_cuts_a_long_value(sticky, admin_client) -> None:
    keep(sticky, long="x" * 5000)
    row = admin_client.get(url("entries", keyspace="model_metric")).context["rows"][0]
    assert row["value"] == '"' + "x" * 1999 + "\n… and 3,002 more characters"
    assert row["size_bytes"] == 5002


def test_shows_the_lane(sticky, admin_client) -> None:
    sticky.apply([Batch("live_detection", Bounds(per_lane=60), [Write(None, "host-3", "1")])])
    row = admin_client.get(url("entries", keyspace="live_detection")).context["rows"][0]
    assert (row["key"], row["lane"]) == ("1", "host-3")


@pytest.mark.parametrize(("sought", "found"), [("GB", ["gbt"]), ("l", ["mlp"]), ("host-3", ["9"]), ("zz", [])])
def test_searches_keys_and_lanes(sticky, admin_client, sought, found) -> None:
    writes = [Write("gbt", value="1"), Write("mlp", value='"gb"'), Write("9", "host-3", "1")]
    sticky.apply([Batch("model_metric", Bounds(), writes)])
    answer = admin_client.get(url("entries", keyspace="model_metric", q=sought))
    assert [row["key"] for row in answer.context["rows"]] == found


def test_shows_a_hundred_per_page(sticky, admin_client) -> None:
    sticky.apply([Batch("gone_type", Bounds(), [Write(f"key-{number}", value="1") for number in range(250)])])
    first = admin_client.get(url("entries", keyspace="gone_type", q="key"))
    assert len(first.context["rows"]) == 100
    assert first.context["rows"][0]["key"] == "key-249"
    last = admin_client.get(dict(first.context["numbers"])[3])
    assert [row["key"] for row in last.context["rows"]] == [f"key-{number}" for number in reversed(range(50))]


@pytest.mark.parametrize("page", ["0", "-1", "99", "x", "", "1e9"])
def test_bears_a_page_number_that_is_none(sticky, admin_client, page) -> None:
    keep(sticky)
    assert len(admin_client.get(url("entries", keyspace="model_metric", p=page)).context["rows"]) == 2


def test_reads_no_keyspace_whole_for_the_list(sticky, admin_client, monkeypatch) -> None:
    sticky.apply([Batch("gone_type", Bounds(), [Write(str(number), value="1") for number in range(10_000)])])
    read, page = [], sticky.page
    monkeypatch.setattr(type(sticky), "since", lambda self, cursors: pytest.fail("read whole"))
    monkeypatch.setattr(type(sticky), "page", lambda self, *a, **k: read.append(page(*a, **k)) or read[-1])
    admin_client.get(url("changelist"))
    assert sum(len(part.entries) for part in read) == 1


@pytest.mark.parametrize("page", ["entries", "clear", "remove"])
def test_knows_no_keyspace_that_was_never_heard_of(sticky, admin_client, page) -> None:
    assert admin_client.get(url(page, keyspace="model_metrics", key="gbt")).status_code == 404
    assert admin_client.get(url(page)).status_code == 404


# no table


def test_has_no_table_and_needs_none(db, capsys) -> None:
    assert Keyspace._meta.db_table not in connection.introspection.table_names()
    assert list(Keyspace.objects.all()) == []
    call_command("dumpdata", "stickyboard")
    call_command("dumpdata", "stickyboard", "--all")
    call_command("makemigrations", "stickyboard", "--check", verbosity=0)


def test_has_these_permissions_and_no_more(db) -> None:
    own = {"content_type__app_label": "stickyboard", "content_type__model__in": ["board", "connection", "keyspace"]}
    found = Permission.objects.filter(**own).values_list("codename", flat=True)
    assert sorted(found) == [
        "delete_connection",
        "delete_keyspace",
        "send_keyspace",
        "view_board",
        "view_connection",
        "view_keyspace",
    ]


@pytest.mark.parametrize("is_new", [True, False])
def test_fits_the_layout_of_either_django(rf, admin_user, is_new) -> None:
    request = rf.get("/")
    request.user = admin_user
    crumbs = [("Keyspaces", url("changelist"))]
    page = KeyspaceAdmin(Keyspace, admin.site).page(
        request, "unavailable", "Entries", crumbs, has_breadcrumb_list=is_new
    )
    text = text_of(page.render())
    assert ('<ol class="breadcrumbs">' in text) is is_new
    assert html.escape(url("changelist")) in text


def test_offers_to_clear_once_on_each_list(sticky, admin_client) -> None:
    keep(sticky)
    for page in LOOKS:
        assert text_of(admin_client.get(page())).count('class="object-tools"') == 1


def test_refuses_changes_by_hand(rf, admin_user) -> None:
    request = rf.get("/")
    request.user = admin_user
    site_admin = KeyspaceAdmin(Keyspace, admin.site)
    assert not site_admin.has_add_permission(request)
    assert not site_admin.has_change_permission(request)
