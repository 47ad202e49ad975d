"""Removal in the admin: it asks, says, logs, takes any key, and tells when the store fails."""

import html
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.admin.models import DELETION, LogEntry
from django.urls import reverse

from broadcast.errors import StoreUnavailable
from broadcast.stores.base import StickyCache
from broadcast.types import Batch, Bounds, Write
from tests.support.admin_pages import LOOKS, REMOVALS, keep, text_of, url
from tests.support.store_writes import put, value

pytestmark = pytest.mark.django_db

HOSTILE_KEYS = [
    "",
    " ",
    "<script>alert(1)</script>",
    "\"quoted\" 'and' <b>bold</b>",
    "__proto__",
    "../a/b//c?d=e&f=g#h",
    "model_metric:a:b",
    "100%25 %0a %",
    "line\nfeed\r\nand\ttab",
    "nul\x00\x1b[31m",
    "ünïcødé 🦊 \u202egnp",
    "&amp;&lt;",
]


# asking


@pytest.mark.parametrize("page", [*LOOKS, *REMOVALS])
@pytest.mark.parametrize("method", ["get", "head"])
def test_changes_nothing_by_looking(sticky, admin_client, page, method) -> None:
    keep(sticky)
    before = sticky.since({"model_metric": None})
    assert getattr(admin_client, method)(page()).status_code == 200
    assert sticky.since({"model_metric": None}) == before
    assert not LogEntry.objects.exists()


def test_says_what_goes_and_what_browsers_will_see(sticky, admin_client) -> None:
    keep(sticky)
    keep(sticky, "embedding", picture=1)
    one = text_of(admin_client.get(url("remove", keyspace="model_metric", key="gbt")))
    assert "1 entry is removed" in one
    assert "Every open browser drops it" in one
    assert html.escape('"macro_f1": 0.9') in one
    clear = text_of(admin_client.get(url("clear", keyspace="model_metric")))
    assert "model_metric (Macro-F1 by model): 2 entries are removed." in clear
    assert "Every open browser drops these" in clear
    everything = text_of(admin_client.get(url("clear_all")))
    assert "Yes, clear 3 entries" in everything
    assert "embedding (Embedding): 1 entry is removed." in everything
    assert "total_bytes" not in everything  # never written


@pytest.mark.parametrize("page", [*LOOKS, *REMOVALS])
def test_has_no_script_or_style_of_its_own_in_the_page(sticky, admin_client, page) -> None:
    keep(sticky, **{"<script>alert(1)</script>": "<script>", "gbt": 1})
    answer = admin_client.get(page())
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    text = text_of(answer)
    assert "<style" not in text
    assert " style=" not in text
    assert " onclick=" not in text
    assert all(tag.startswith((" src=", ' id="')) for tag in text.split("<script")[1:])


# removing


def test_removes_one_entry(sticky, admin_client) -> None:
    keep(sticky)
    answer = admin_client.post(url("remove", keyspace="model_metric", key="gbt"), follow=True)
    assert sticky.get("model_metric:gbt") is None
    assert sticky.get("model_metric:mlp")
    assert "Removed entry gbt of model_metric." in text_of(answer)


def test_removes_an_entry_of_a_ring(sticky, admin_client) -> None:
    sticky.apply([Batch("live_detection", Bounds(per_lane=60), [Write(None, "a", "1"), Write(None, "a", "2")])])
    admin_client.post(url("remove", keyspace="live_detection", key="1"))
    assert [entry.key for entry in sticky.since({"live_detection": None})["live_detection"].entries] == ["2"]


def test_says_so_when_the_entry_is_already_gone(sticky, admin_client) -> None:
    keep(sticky)
    page = url("remove", keyspace="model_metric", key="knn")
    assert admin_client.get(page).status_code == 404
    assert "nothing was removed" in text_of(admin_client.post(page, follow=True))
    assert not LogEntry.objects.exists()


def test_clears_one_keyspace(sticky, admin_client) -> None:
    keep(sticky)
    keep(sticky, "embedding", picture=1)
    before = sticky.heads()
    answer = admin_client.post(url("clear", keyspace="model_metric"), follow=True)
    after = sticky.heads()
    assert "Cleared model_metric: 2 entries removed." in text_of(answer)
    assert (sticky.sizes()["model_metric"], sticky.sizes()["embedding"]) == (0, 1)
    assert after["model_metric"].epoch != before["model_metric"].epoch
    assert after["embedding"] == before["embedding"]


def test_clears_everything_but_the_stores_own(sticky, admin_client) -> None:
    keep(sticky)
    keep(sticky, "gone_type", old=1)
    put(sticky, value("", "mark"), keyspace="_health")
    admin_client.post(url("clear_all"))
    assert sticky.sizes() == {"model_metric": 0, "gone_type": 0, "_health": 1}


def test_clears_nothing_where_nothing_was_written(sticky, admin_client) -> None:
    for page in (url("clear_all"), url("clear", keyspace="embedding")):
        assert "There was nothing to clear." in text_of(admin_client.post(page, follow=True))
    assert not LogEntry.objects.exists()


def test_notifies_listeners_of_this_process_at_once(sticky, admin_client) -> None:
    keep(sticky)
    calls: list[str] = []
    sticky.listeners.add(lambda: calls.append("changed"))
    admin_client.post(url("remove", keyspace="model_metric", key="gbt"))
    admin_client.post(url("clear", keyspace="model_metric"))
    assert calls == ["changed", "changed"]


def test_logs_who_removed_what(sticky, admin_client, admin_user) -> None:
    keep(sticky)
    keep(sticky, "embedding", picture=1)
    admin_client.post(url("remove", keyspace="model_metric", key="gbt"))
    admin_client.post(url("clear", keyspace="model_metric"))
    admin_client.post(url("clear_all"))
    logged = LogEntry.objects.order_by("pk")
    assert [(entry.object_id, str(entry.object_repr), entry.get_change_message()) for entry in logged] == [
        ("model_metric", "model_metric: gbt", "Removed entry gbt of model_metric."),
        ("model_metric", "model_metric", "Cleared the keyspace: 1 entry removed."),
        ("model_metric", "model_metric", "Cleared the keyspace: 0 entries removed."),
        ("embedding", "embedding", "Cleared the keyspace: 1 entry removed."),
    ]
    assert {(entry.user, entry.action_flag) for entry in logged} == {(admin_user, DELETION)}
    assert "model_metric: gbt" in text_of(admin_client.get(reverse("admin:index")))


# hostile names


@pytest.mark.parametrize("key", HOSTILE_KEYS)
def test_shows_and_removes_a_hostile_key(sticky, admin_client, key) -> None:
    keep(sticky, **{key: {"<script>": key}, "innocent": 1})
    page = admin_client.get(url("entries", keyspace="model_metric"))
    assert "<script>alert" not in text_of(page)
    assert "\u202e" not in text_of(page)
    row = next(row for row in page.context["rows"] if row["key"] != "innocent")
    assert parse_qs(urlsplit(row["remove_url"]).query, keep_blank_values=True)["key"] == [key]
    assert html.escape(row["remove_url"]) in text_of(page)
    asked = admin_client.get(row["remove_url"])
    assert asked.status_code == 200
    assert "<script>alert" not in text_of(asked)
    # Nothing but the address says what to remove, so that no form can mangle it.
    assert text_of(asked).count('type="hidden"') == 2  # the tokens of this form and of "log out"
    done = admin_client.post(row["remove_url"], follow=True)
    assert "<script>alert" not in text_of(done)
    assert [entry.key for entry in sticky.since({"model_metric": None})["model_metric"].entries] == ["innocent"]
    assert str(LogEntry.objects.get().object_repr).isprintable()


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "a/b", "a b&c=d", "", "100%"])
def test_shows_and_clears_a_hostile_keyspace(sticky, admin_client, name) -> None:
    put(sticky, value("key", 1), keyspace=name)
    listed = admin_client.get(url("changelist"))
    assert "<script>alert" not in text_of(listed)
    row = listed.context["rows"][-1]
    assert admin_client.get(row["url"]).context["rows"][0]["key"] == "key"
    assert admin_client.post(row["clear_url"]).status_code == 302
    assert sticky.sizes()[name] == 0


def test_shows_a_hostile_search_as_text(sticky, admin_client) -> None:
    answer = admin_client.get(url("entries", keyspace="model_metric", q='"><script>alert(1)</script>'))
    assert "<script>alert" not in text_of(answer)


# the store fails


@pytest.mark.parametrize("page", [*LOOKS, *REMOVALS])
@pytest.mark.parametrize("method", ["get", "post"])
def test_shows_why_the_store_cannot_be_used(sticky, admin_client, tmp_path, settings, page, method) -> None:
    foreign = tmp_path / "letter.txt"
    foreign.write_text("Dear Sir or Madam, " * 20)
    settings.CACHES = {**settings.CACHES, "sticky": {**settings.CACHES["sticky"], "LOCATION": foreign}}
    answer = getattr(admin_client, method)(page())
    assert answer.status_code == 503
    assert "it is not a SQLite file" in text_of(answer)
    assert foreign.read_text().startswith("Dear Sir")


def test_logs_what_was_cleared_before_the_store_failed(sticky, admin_client, monkeypatch) -> None:
    keep(sticky)
    keep(sticky, "embedding", picture=1)
    reset = sticky.reset

    def fail_at_embedding(self: StickyCache, keyspace: str) -> bool:
        if keyspace == "embedding":
            raise StoreUnavailable("disk is full")
        return reset(keyspace)

    monkeypatch.setattr(type(sticky), "reset", fail_at_embedding)
    answer = admin_client.post(url("clear_all"))
    assert answer.status_code == 503
    assert "the store is unavailable: disk is full" in text_of(answer)
    assert [entry.object_id for entry in LogEntry.objects.all()] == ["model_metric"]
