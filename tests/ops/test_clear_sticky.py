"""`manage.py clear_sticky`: what it takes, asks, says and does."""

import io
import json
import sys
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from broadcast.errors import StoreUnavailable
from broadcast.management.commands.clear_sticky import Command
from broadcast.stores.base import StickyCache
from tests.support.store_writes import put, value


@pytest.fixture
def kept(sticky: StickyCache) -> StickyCache:
    for key in ("model_metric:gbt", "model_metric:mlp", "embedding", "gone_type:old"):
        sticky.set(key, {"kept": key})
    return sticky


def clear(*args: str, answer: str | None = None) -> str:
    """Run the command; `answer` is what a person at the terminal types, None where there is none."""
    command, out = Command(), io.StringIO()
    if answer is not None:
        command.is_interactive = lambda: True
        command.ask = lambda question: out.write(question) and answer
    call_command(command, *args, stdout=out)
    return out.getvalue()


def test_clears_the_types_that_are_named(kept) -> None:
    before = kept.heads()
    said = clear("model_metric", "gone_type", "--noinput")
    assert kept.sizes() == {"model_metric": 0, "embedding": 1, "gone_type": 0}
    assert kept.heads()["model_metric"].epoch != before["model_metric"].epoch
    assert kept.heads()["embedding"] == before["embedding"]
    assert said == "Removed 3 entries (model_metric 2, gone_type 1). Open browsers follow within 1 s.\n"


def test_counts_a_type_once_that_is_named_twice(kept) -> None:
    assert "Removed 2 entries (model_metric 2)" in clear("model_metric", "model_metric", "--noinput")


def test_clears_all_but_the_stores_own(kept) -> None:
    put(kept, value("", "mark"), keyspace="_health")
    said = clear("--all", "--noinput")
    assert kept.sizes() == {"model_metric": 0, "embedding": 0, "gone_type": 0, "_health": 1}
    assert "Removed 4 entries (model_metric 2, embedding 1, gone_type 1)." in said


def test_removes_one_entry_in_the_same_history(kept) -> None:
    before = kept.heads()["model_metric"]
    assert "Removed entry gbt of model_metric." in clear("model_metric", "--key", "gbt", "--noinput")
    assert kept.get("model_metric:gbt") is None
    assert kept.get("model_metric:mlp")
    assert kept.heads()["model_metric"] == (before.epoch, before.revision + 1)


@pytest.mark.parametrize("key", ["", "a:b/c%", "line\nfeed", "<script>", "__proto__", "--all", "🦊"])
def test_removes_an_entry_with_any_key(kept, key) -> None:
    kept.set(f"model_metric:{key}", 1)
    said = clear("model_metric", f"--key={key}", "--noinput")
    assert kept.get(f"model_metric:{key}") is None
    assert kept.sizes()["model_metric"] == 2
    assert len(said.splitlines()) == 1


def test_says_when_there_is_nothing_to_clear(sticky) -> None:
    assert clear("--all", "--noinput") == "Nothing is stored; there is nothing to clear.\n"
    assert clear("model_metric", "--noinput") == "Nothing is stored; there is nothing to clear.\n"


@pytest.mark.parametrize("args", [["model_metric"], ["--all"], ["model_metric", "--key", "gbt"]])
def test_touches_nothing_in_a_dry_run(kept, args) -> None:
    before = kept.heads()
    said = clear(*args, "--dry-run")
    assert said.startswith("Would remove ")
    assert said.endswith("Nothing was changed.\n")
    assert kept.heads() == before


# asking


def test_asks_with_the_counts(kept) -> None:
    said = clear("model_metric", answer="yes")
    assert "This removes 2 entries (model_metric 2)" in said
    assert kept.sizes()["model_metric"] == 0


@pytest.mark.parametrize("answer", ["", "no", "y", "model_metric"])
def test_removes_nothing_without_a_yes(kept, answer) -> None:
    with pytest.raises(CommandError, match="nothing was removed"):
        clear("model_metric", answer=answer)
    assert kept.sizes()["model_metric"] == 2


def test_takes_the_end_of_input_for_a_no(kept, monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert Command().ask("? ") == ""


@pytest.mark.parametrize("stdin", [None, io.StringIO("yes\n")])
def test_refuses_to_ask_where_nobody_is(kept, monkeypatch, stdin) -> None:
    monkeypatch.setattr(sys, "stdin", stdin)
    with pytest.raises(CommandError, match="--noinput"):
        clear("--all")
    assert kept.sizes()["model_metric"] == 2


# mistakes


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ([], "TYPE (manage.py show_sticky lists them), or --all"),
        (["model_metrics"], 'no event type "model_metrics"; did you mean "model_metric"?'),
        (["gone_typ"], 'did you mean "gone_type"?'),
        (["model_metric", "nothing_like_it"], 'no event type "nothing_like_it"'),
        (["_health"], 'no event type "_health"'),
        (["--all", "model_metric"], "--all excludes TYPE and --key"),
        (["--all", "--key", "gbt"], "--all excludes TYPE and --key"),
        (["--key", "gbt"], "--key needs exactly one TYPE"),
        (["model_metric", "embedding", "--key", "gbt"], "--key needs exactly one TYPE"),
        (["model_metric", "--key", "gtb"], "there is no entry gtb in model_metric; did you mean gbt?"),
        (["model_metric", "--key", ""], 'there is no entry "" in model_metric'),
        (["model_perf", "--key", "x"], "see: manage.py show_sticky model_perf --entries"),
    ],
)
def test_refuses_a_mistake_and_says_what_to_type(kept, args, said) -> None:
    put(kept, value("", "mark"), keyspace="_health")
    before = kept.heads()
    with pytest.raises(CommandError) as refused:
        clear(*args, "--noinput")
    assert said in str(refused.value)
    assert refused.value.returncode == 1
    assert kept.heads() == before


def test_says_why_the_store_cannot_be_used(sticky, settings, tmp_path) -> None:
    foreign = tmp_path / "letter.txt"
    foreign.write_text("Dear Sir or Madam, " * 20)
    settings.CACHES = {**settings.CACHES, "sticky": {**settings.CACHES["sticky"], "LOCATION": foreign}}
    with pytest.raises(CommandError, match="it is not a SQLite file"):
        clear("--all", "--noinput")


@pytest.mark.parametrize(
    ("fails_at", "said"),
    [("embedding", "cleared before that: model_metric"), ("model_metric", "nothing was removed")],
)
def test_says_what_was_cleared_before_the_store_failed(kept, monkeypatch, fails_at, said) -> None:
    reset = kept.reset

    def fail(self: StickyCache, keyspace: str) -> Any:
        if keyspace == fails_at:
            raise StoreUnavailable("disk is full")
        return reset(keyspace)

    monkeypatch.setattr(type(kept), "reset", fail)
    with pytest.raises(CommandError, match=f"disk is full; {said}"):
        clear("model_metric", "embedding", "--noinput")


def test_answers_a_script_in_json(kept) -> None:
    answer = json.loads(clear("model_metric", "--dry-run", "--format", "json"))
    assert answer == {"removed": False, "key": None, "entries": {"model_metric": 2}}
    assert kept.sizes()["model_metric"] == 2
    answer = json.loads(clear("model_metric", "--key", "gbt", "--noinput", "--format", "json"))
    assert answer == {"removed": True, "key": "gbt", "entries": {"model_metric": 1}}
