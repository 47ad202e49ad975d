"""`manage.py create_producer_token`: prints a token once, and stores only its hash."""

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import async_to_sync
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError
from django.utils import timezone

from broadcast.conf import event_types
from broadcast.errors import NotAllowed, NotAuthorised
from producers_api.models import PREFIX, ProducerToken, digest_of
from producers_api.tokens import Sender, authenticate

pytestmark = pytest.mark.django_db(transaction=True)


def create(*args: str) -> str:
    out = io.StringIO()
    call_command("create_producer_token", *args, stdout=out)
    return out.getvalue()


def sender_of(token: str) -> Sender:
    return async_to_sync(authenticate)(f"Bearer {token}")


def test_prints_a_token_that_works() -> None:
    first, token = create("lab-gpu-2").splitlines()
    assert first == "Token for lab-gpu-2 (every event type); keep it, it is not shown again:"
    assert token.startswith(PREFIX)
    sender = sender_of(token)
    assert sender.token_name == "lab-gpu-2"
    sender.check("model_metric")


def test_refuses_an_event_type_that_no_token_may_send(monkeypatch) -> None:
    kind = replace(event_types()["model_metric"], from_producers=False)
    monkeypatch.setitem(event_types(), kind.name, kind)
    with pytest.raises(CommandError, match=r'^no token may send "model_metric"; only code '):
        create("lab-gpu-2", "--types", "model_perf,model_metric")
    assert not ProducerToken.objects.exists()


def test_prints_the_token_alone_for_scripts() -> None:
    said = create("lab-gpu-2", "--quiet")
    assert len(said.split()) == 1
    assert sender_of(said.strip()).token_name == "lab-gpu-2"


def test_says_what_to_type_where_the_tables_were_not_made(monkeypatch) -> None:
    def fail(**_: str) -> None:
        raise OperationalError("no such table: stickyboard_producers_producertoken")

    monkeypatch.setattr(ProducerToken.objects, "filter", fail)
    with pytest.raises(CommandError, match="migrate"):
        create("lab-gpu-2")


def test_keeps_a_hash_and_a_hint_only() -> None:
    token = create("lab-gpu-2", "--quiet").strip()
    row = ProducerToken.objects.get()
    assert row.digest == digest_of(token)
    assert token not in str({field.name: getattr(row, field.name) for field in row._meta.fields})
    assert token.startswith(row.hint)
    assert len(row.hint) <= len(PREFIX) + 4


def test_scopes_a_token() -> None:
    said = create("lab-gpu-2", "--types", "model_metric, model_perf,")
    assert "Token for lab-gpu-2 (model_metric, model_perf);" in said
    sender = sender_of(said.splitlines()[1])
    sender.check("model_perf")
    with pytest.raises(NotAllowed):
        sender.check("embedding")


def test_refuses_a_scope_that_does_not_exist() -> None:
    with pytest.raises(CommandError, match='did you mean "model_metric"'):
        create("lab-gpu-2", "--types", "model_perf,model_metrics")
    assert not ProducerToken.objects.exists()


def test_refuses_a_name_that_is_taken() -> None:
    token = create("lab-gpu-2", "--quiet").strip()
    with pytest.raises(CommandError, match=r'there is a token "lab-gpu-2" already.*--replace'):
        create("lab-gpu-2")
    assert sender_of(token)


def test_replaces_a_token() -> None:
    old = create("lab-gpu-2", "--quiet").strip()
    new = create("lab-gpu-2", "--quiet", "--replace").strip()
    assert sender_of(new)
    with pytest.raises(NotAuthorised):
        sender_of(old)


def test_a_replacement_token_keeps_its_event_types() -> None:
    create("lab-gpu-2", "--types", "model_metric,model_perf")
    said = create("lab-gpu-2", "--replace")
    assert "(model_metric, model_perf)" in said
    assert ProducerToken.objects.get().event_types == ["model_metric", "model_perf"]
    create("lab-gpu-2", "--replace", "--types", "embedding")
    assert ProducerToken.objects.get().event_types == ["embedding"]


def test_leaves_the_old_token_when_the_new_scope_is_wrong() -> None:
    old = create("lab-gpu-2", "--quiet").strip()
    with pytest.raises(CommandError):
        create("lab-gpu-2", "--replace", "--types", "nothing")
    assert sender_of(old)


@pytest.mark.parametrize(("span", "ahead"), [("90m", {"minutes": 90}), ("12h", {"hours": 12}), ("30d", {"days": 30})])
def test_a_token_ends_after_a_span(span, ahead) -> None:
    before = timezone.now()
    said = create("lab-gpu-2", "--expires", span)
    ends = ProducerToken.objects.get().expires_at
    assert before + timedelta(**ahead) <= ends <= timezone.now() + timedelta(**ahead)
    assert f"until {ends:%Y-%m-%d %H:%M} UTC" in said


def test_a_token_ends_at_a_time() -> None:
    create("lab-gpu-2", "--expires", "2130-01-31T12:00+02:00")
    assert ProducerToken.objects.get().expires_at == datetime(2130, 1, 31, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expires", "said"),
    [
        ("soon", "expected a duration such as 30d"),
        ("2020-01-01", "in the past"),
        ("0d", "in the past"),
        ("999999w", "expected"),
    ],
)
def test_refuses_an_end_that_is_none(expires, said) -> None:
    with pytest.raises(CommandError, match=said):
        create("lab-gpu-2", "--expires", expires)
    assert not ProducerToken.objects.exists()


def test_answers_a_script_in_json() -> None:
    listed = json.loads(create("lab-gpu-2", "--types", "embedding", "--format", "json"))
    assert sender_of(listed["token"]).allowed == {"embedding"}
    assert (listed["name"], listed["event_types"], listed["expires_at"]) == ("lab-gpu-2", ["embedding"], None)
