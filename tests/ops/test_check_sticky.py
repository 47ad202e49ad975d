"""The store against what must always hold of it."""

import io
import json

import pytest
from django.core.management import call_command

from broadcast.errors import StoreUnusable
from broadcast.management.output import FOUND_WRONG
from broadcast.ops.integrity import broken_invariants
from broadcast.types import Batch, Bounds, Write
from tests.support.admin_pages import keep
from tests.support.redis_server import ENGINES
from tests.support.stores import shared_server, stores


def run(*words: str, code: int = 0) -> str:
    out = io.StringIO()
    if code:
        with pytest.raises(SystemExit) as left:
            call_command("check_sticky", *words, stdout=out)
        assert left.value.code == code
    else:
        call_command("check_sticky", *words, stdout=out)
    return out.getvalue()


def harm(store, sql: str) -> None:
    store.engine.submit_commit(lambda db: db.execute(sql)).result()


def test_a_sound_store_is_called_so(sticky):
    keep(sticky)
    sticky.delete("model_metric:gbt")
    writes = [Write(None, f"host-{n % 3}", "1") for n in range(200)]
    sticky.apply([Batch("live_detection", Bounds(per_lane=60, max_lanes=64), writes)])
    sticky.reset("model_metric")
    assert run() == "The store is sound: 2 keyspaces were checked.\n"
    assert json.loads(run("--format", "json")) == {"is_sound": True, "keyspaces": 2, "found": []}


HARM = {
    "UPDATE keyspace SET live = 7": "counts 7 live entries, but has 2",
    "UPDATE entry SET value = '{\"cut' WHERE key = 'gbt'": 'has entry "gbt" with a value that is not JSON',
    "UPDATE keyspace SET revision = 1": "is at revision 1, but has an entry of revision 2",
    "UPDATE keyspace SET epoch = ''": "has entries, but no epoch",
}


@pytest.mark.parametrize("sql", HARM)
def test_what_is_wrong_is_said(sticky, sql):
    keep(sticky)
    harm(sticky, sql)
    assert f"keyspace model_metric {HARM[sql]}" in run(code=FOUND_WRONG)
    answer = json.loads(run("--format", "json", code=FOUND_WRONG))
    assert not answer["is_sound"]
    assert any(HARM[sql] in sentence for sentence in answer["found"])


def test_a_value_that_is_not_json_is_reported_with_its_fix(sticky):
    keep(sticky)
    harm(sticky, "UPDATE entry SET value = 'oops' WHERE key = 'mlp'")
    said = r'entry "mlp" of keyspace model_metric has a value that is not JSON .*clear_sticky model_metric --key mlp'
    with pytest.raises(StoreUnusable, match=said):
        sticky.since({"model_metric": None})
    call_command("clear_sticky", "model_metric", "--key", "mlp", "--noinput", stdout=io.StringIO())
    assert run().startswith("The store is sound")
    assert [entry.key for entry in sticky.since({"model_metric": None})["model_metric"].entries] == ["gbt"]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_value_that_is_no_json_is_found_in_redis_too(settings, tmp_path, engine):
    with stores(engine, tmp_path) as make:
        url = shared_server(engine).url
        made = make()
        settings.CACHES = {
            **settings.CACHES,
            "sticky": {"BACKEND": "broadcast.stores.RedisCache", "LOCATION": url, "KEY_PREFIX": "test-1"},
        }
        keep(made)
        with shared_server(engine).client() as client:
            client.hset(made._layout.key("model_metric", "value"), "mlp", "oops")
        with pytest.raises(StoreUnusable, match="model_metric"):
            made.since({"model_metric": None})
        with pytest.raises(StoreUnusable, match=r'entry "mlp".*clear_sticky model_metric;'):
            made.get("model_metric:mlp")
        found = 'keyspace model_metric cannot be read: entry "mlp" of keyspace model_metric has a value that is not'
        assert found in run(code=FOUND_WRONG)
        call_command("clear_sticky", "model_metric", "--noinput", stdout=io.StringIO())
        assert run().startswith("The store is sound")


def test_more_than_a_bound_allows_is_found(sticky):
    sticky.apply([Batch("live_detection", Bounds(), [Write(None, "host-1", "1") for _ in range(61)])])
    (found,) = broken_invariants(sticky, ["live_detection"])
    assert "holds 61, but per_lane is 60" in found
    assert "clear_sticky live_detection" in found


def test_a_keyspace_that_changes_meanwhile_is_not_called_wrong(sticky, monkeypatch):
    keep(sticky)
    stats = type(sticky).stats
    monkeypatch.setattr(type(sticky), "stats", lambda self: (keep(self, new=1), stats(self))[1])
    assert list(broken_invariants(sticky, ["model_metric"])) == []
