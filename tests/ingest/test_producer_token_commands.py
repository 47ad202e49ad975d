"""`manage.py list_producer_tokens` and `revoke_producer_token`: listing and revoking tokens."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from producers_api.models import ProducerToken

pytestmark = pytest.mark.django_db


def said_by(*args: str) -> str:
    out = io.StringIO()
    call_command(*args, stdout=out)
    return out.getvalue()


def make(name: str, **more) -> str:
    return ProducerToken.make(name, **more)[1]


def test_says_how_to_make_one_where_there_is_none():
    assert "manage.py create_producer_token NAME" in said_by("list_producer_tokens")
    assert json.loads(said_by("list_producer_tokens", "--format", "json")) == {"tokens": []}


def test_lists_types_and_state_but_never_the_token():
    tokens = [make("lab"), make("old", expires_at=timezone.now() - timedelta(hours=1))]
    tokens.append(make("part", event_types=["embedding", "prediction"]))
    ProducerToken.objects.filter(name="lab").update(is_revoked=True)
    said = said_by("list_producer_tokens")
    head, lab, old, part = said.splitlines()
    assert head.split()[0] == "name"
    assert (lab.split()[0], lab.split()[-1]) == ("lab", "revoked")
    assert (old.split()[0], old.split()[-1]) == ("old", "expired")
    assert "every event type" in lab
    assert "embedding, prediction" in part
    assert part.split()[-2:] == ["never", "valid"]
    as_json = said_by("list_producer_tokens", "--format", "json")
    for token in tokens:
        assert token not in said + as_json
        assert token[:11] in said
    listed = {each["name"]: each for each in json.loads(as_json)["tokens"]}
    assert listed["part"]["event_types"] == ["embedding", "prediction"]
    assert listed["part"]["expires_at"] is None
    assert [listed[name]["state"] for name in ("lab", "old", "part")] == ["revoked", "expired", "valid"]


def test_revokes_those_that_are_named_and_no_others():
    for name in ("a", "b", "c"):
        make(name)
    assert said_by("revoke_producer_token", "a", "c") == "Revoked a, c; open sockets are closed within 2 s.\n"
    assert {row.name: row.is_valid for row in ProducerToken.objects.all()} == {"a": False, "b": True, "c": False}
    listed = json.loads(said_by("revoke_producer_token", "a", "b", "--format", "json"))
    assert listed == {"revoked": ["b"], "revoked_before": ["a"]}
    assert said_by("revoke_producer_token", "a") == "All of them were already revoked.\n"


def test_revokes_none_where_a_name_is_misspelt():
    make("lab")
    with pytest.raises(CommandError, match='there is no token "lap"'):
        call_command("revoke_producer_token", "lab", "lap")
    assert ProducerToken.objects.get().is_valid
