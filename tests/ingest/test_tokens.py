"""Authentication by token, and permitted event types."""

from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from broadcast.errors import AccountsUnavailable, NotAllowed, NotAuthorised
from producers_api.models import PREFIX, ProducerToken, digest_of
from producers_api.tokens import Sender, authenticate

database = pytest.mark.django_db(transaction=True)


def sender_of(header: str) -> Sender:
    return async_to_sync(authenticate)(header)


def make(**fields) -> tuple[ProducerToken, str]:
    row, token = ProducerToken.make("lab", fields.pop("event_types", None))
    ProducerToken.objects.filter(pk=row.pk).update(**fields or {"name": "lab"})
    return row, token


# the header


@database
def test_a_token_says_who_sends():
    row, token = make()
    assert sender_of(f"Bearer {token}") == Sender(row.pk, "lab", frozenset())


@database
@pytest.mark.parametrize("form", ["bearer {}", "BEARER {}", "Bearer  {} "])
def test_the_scheme_is_read_as_http_has_it(form):
    _, token = make()
    assert sender_of(form.format(token)).token_name == "lab"


@database
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "{}", "Basic {}", "Token {}", "Bearer{}", "Bearer x{}"])
def test_anything_else_opens_nothing(header):
    _, token = make()
    with pytest.raises(NotAuthorised):
        sender_of(header.format(token))


@database
@pytest.mark.parametrize("token", ["sticky_", "é", "\x00", "x" * 100_000, "' OR 1=1 --"])
def test_an_unknown_token_opens_nothing(token):
    make()
    with pytest.raises(NotAuthorised):
        sender_of(f"Bearer {token}")


@database
def test_the_kept_hash_opens_nothing():
    row, _ = make()
    with pytest.raises(NotAuthorised):
        sender_of(f"Bearer {row.digest}")


@database
def test_a_revoked_token_opens_nothing():
    _, token = make(is_revoked=True)
    with pytest.raises(NotAuthorised):
        sender_of(f"Bearer {token}")


@database
@pytest.mark.parametrize(("minutes", "opens"), [(1, True), (-1, False)])
def test_a_token_opens_until_it_expires(minutes, opens):
    _, token = make(expires_at=timezone.now() + timedelta(minutes=minutes))
    if opens:
        assert sender_of(f"Bearer {token}").token_name == "lab"
    else:
        with pytest.raises(NotAuthorised):
            sender_of(f"Bearer {token}")


@database
@pytest.mark.parametrize("kind", [OperationalError, InterfaceError])
def test_a_database_error_is_logged_and_not_sent(kind, monkeypatch, caplog):
    def fail(**_):
        raise kind("no route to db.lab.example")

    monkeypatch.setattr(ProducerToken.objects, "filter", fail)
    with pytest.raises(AccountsUnavailable) as raised:
        sender_of("Bearer sticky_x")
    assert "db.lab.example" not in str(raised.value)
    assert "a token could not be looked up: no route to db.lab.example" in caplog.text


# the token


@database
def test_a_token_is_kept_as_its_hash_only():
    row, token = make()
    kept = [str(value) for value in ProducerToken.objects.values().get().values()]
    assert row.digest == digest_of(token)
    assert not any(token in value for value in kept)
    assert token.startswith(row.hint)
    assert len(row.hint) == len(PREFIX) + 4


@database
def test_no_two_tokens_are_the_same():
    assert ProducerToken.make("a")[1] != ProducerToken.make("b")[1]


# what it may send


@database
def test_a_token_without_a_scope_sends_everything():
    _, token = make()
    sender_of(f"Bearer {token}").check("whatever")


@database
def test_a_scoped_token_sends_what_it_names_and_nothing_else():
    _, token = make(event_types=["model_metric", "embedding"])
    sender = sender_of(f"Bearer {token}")
    sender.check("embedding")
    with pytest.raises(NotAllowed, match='token "lab" may not send "prediction"'):
        sender.check("prediction")


# under which name its numbers are remembered


def test_names_are_a_tokens_own():
    assert Sender(1, "a", frozenset()).producer("x") != Sender(2, "a", frozenset()).producer("x")


def test_a_name_cannot_be_made_to_look_like_another_tokens():
    assert Sender(1, "a", frozenset()).producer("1:x") != Sender(11, "a", frozenset()).producer("x")


def test_renaming_a_token_keeps_its_sequence_numbers():
    assert Sender(1, "a", frozenset()).producer("x") == Sender(1, "b", frozenset()).producer("x")


def test_what_is_remembered_of_a_name_is_bounded():
    assert len(Sender(1, "a", frozenset()).producer("x" * 100_000)) < 200


def test_long_names_are_distinguished():
    sender = Sender(1, "a", frozenset())
    assert sender.producer("x" * 120 + "1") != sender.producer("x" * 120 + "2")
