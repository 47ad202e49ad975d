"""Moving between stores loses nothing."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from broadcast.events.policies import ring
from broadcast.stores import RedisCache, SQLiteCache
from broadcast.types import Batch, Bounds, Write
from tests.support.redis_server import ENGINES
from tests.support.stores import shared_server, stores


@pytest.fixture(params=ENGINES)
def url(request, tmp_path):
    """An empty server."""
    with stores(request.param, tmp_path):
        yield shared_server(request.param).url


@pytest.fixture
def file(tmp_path) -> str:
    """A file with two keyspaces, one of the store's own, an expiry and a seq."""
    store = SQLiteCache(str(tmp_path / "sticky.sqlite3"), {"OPTIONS": {"synchronous": "NORMAL"}})
    metric = Write("gbt", value='{"macro_f1":0.9}', producer="7:p", seq=41)
    store.apply(
        [
            Batch("model_metric", Bounds(max_keys=9, ttl_s=3600), [metric]),
            Batch("live_detection", ring(3, lane="h").bounds, [Write(None, "h1", str(n)) for n in range(5)]),
            Batch("_own", Bounds(max_keys=9), [Write("", value="1")]),
        ]
    )
    return str(tmp_path / "sticky.sqlite3")


def copy(source: str, target: str, *words: str) -> str:
    out = io.StringIO()
    call_command("copy_sticky", "--from", source, "--to", target, *words, stdout=out)
    return out.getvalue()


def test_it_goes_to_redis_and_back_without_a_difference(file, url, tmp_path):
    said = copy(file, url)
    copy(url, str(tmp_path / "back.sqlite3"))

    assert "model_metric: 1 entry, 1 producer, revision 1" in said
    first, last = SQLiteCache(file, {}).export(), SQLiteCache(str(tmp_path / "back.sqlite3"), {}).export()
    assert [kept._replace(head=kept.head.revision) for kept in first] == [
        kept._replace(head=kept.head.revision) for kept in last
    ]


def test_what_was_acknowledged_is_not_applied_again(file, url):
    copy(file, url)
    again = Write("gbt", value="0", producer="7:p", seq=41)

    assert not RedisCache(url, {}).apply([Batch("model_metric", Bounds(max_keys=9), [again])])[0].has_changes


def test_a_ring_goes_on_with_its_bound_and_its_numbers(file, url):
    copy(file, url)
    store = RedisCache(url, {})
    store.apply([Batch("live_detection", ring(3, lane="h").bounds, [Write(None, "h1", "9")])])

    entries = store.since({"live_detection": None})["live_detection"].entries
    assert [(entry.key, entry.value) for entry in entries] == [("4", "3"), ("5", "4"), ("6", "9")]


def test_a_target_that_holds_something_is_left_as_it_is(file, url):
    copy(file, url)
    before = RedisCache(url, {}).heads()

    with pytest.raises(CommandError, match="not empty"):
        copy(file, url)
    assert RedisCache(url, {}).heads() == before
    copy(file, url, "--prefix", "other")
    assert set(RedisCache(url, {"KEY_PREFIX": "other"}).heads()) == set(before)


def test_a_dry_run_writes_nothing(file, url, tmp_path):
    assert "Nothing was written" in copy(file, url, "--dry-run")
    assert RedisCache(url, {}).heads() == {}
    copy(file, str(tmp_path / "none.sqlite3"), "--dry-run")
    assert not (tmp_path / "none.sqlite3").exists()


def test_it_answers_in_json(file, url):
    facts = json.loads(copy(file, url, "--format", "json"))
    assert facts["copied"] is True


def test_it_says_what_is_no_store(tmp_path, file):
    with pytest.raises(CommandError, match=r"nothing\.sqlite3"):
        copy(str(tmp_path / "nothing.sqlite3"), file)
    with pytest.raises(CommandError, match=r'CACHES\["default"\] is not a Stickyboard store'):
        copy("default", file)
    with pytest.raises(CommandError, match="nothing was copied"):
        copy(file, f"unix://{tmp_path}/nobody.sock")
