"""Producer tokens in the admin: creation, limits and revocation."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from broadcast.conf import event_types
from broadcast.errors import NotAllowed, NotAuthorised
from producers_api.models import PREFIX, ProducerToken
from producers_api.tokens import Sender, authenticate

pytestmark = pytest.mark.django_db(transaction=True)

LIST = reverse("admin:stickyboard_producers_producertoken_changelist")
ADD = reverse("admin:stickyboard_producers_producertoken_add")


def make(client: Client, name: str = "lab-gpu-2", event_types: Sequence[str] = (), **fields: str) -> Any:
    return client.post(ADD, {"name": name, "event_types": event_types, **fields}, follow=True)


def revoke(client: Client) -> Any:
    """Pick all tokens, and answer the question by the form that asks it."""
    picked = [str(row.pk) for row in ProducerToken.objects.all()]
    asked = client.post(LIST, {"action": "revoke", "_selected_action": picked}).content.decode()
    form = asked[asked.index("<form method") :]
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return client.post(
        LIST, {name: [value for each, value in fields if each == name] for name, _ in fields}, follow=True
    )


def token_in(response: Any) -> str:
    """Return the token that a page shows."""
    said = [str(message) for message in response.context["messages"] if PREFIX in str(message)]
    assert len(said) == 1
    assert said[0] in response.content.decode()
    return said[0].split()[-1]


def sender_of(token: str) -> Sender:
    return async_to_sync(authenticate)(f"Bearer {token}")


def test_shows_a_new_token_that_works(admin_client) -> None:
    token = token_in(make(admin_client))
    assert sender_of(token) == Sender(ProducerToken.objects.get().pk, "lab-gpu-2", frozenset())


def test_offers_no_event_type_that_no_token_may_send(admin_client, monkeypatch) -> None:
    kind = replace(event_types()["model_metric"], from_producers=False)
    monkeypatch.setitem(event_types(), kind.name, kind)
    page = admin_client.get(ADD).content.decode()
    assert 'value="model_perf"' in page
    assert 'value="model_metric"' not in page


def test_shows_a_token_only_once(admin_client) -> None:
    token = token_in(make(admin_client))
    page = reverse("admin:stickyboard_producers_producertoken_change", args=[ProducerToken.objects.get().pk])
    for again in (LIST, page, reverse("admin:index")):
        assert token not in admin_client.get(again).content.decode()


def test_leaves_the_token_as_it_is_when_its_row_is_changed(admin_client) -> None:
    token = token_in(make(admin_client))
    row = ProducerToken.objects.get()
    page = reverse("admin:stickyboard_producers_producertoken_change", args=[row.pk])
    answer = admin_client.post(page, {"name": "lab", "event_types": ["embedding"]}, follow=True)
    assert PREFIX not in "".join(map(str, answer.context["messages"]))
    sender = sender_of(token)
    assert (sender.token_name, sender.allowed) == ("lab", {"embedding"})


def test_scopes_a_token(admin_client) -> None:
    sender = sender_of(token_in(make(admin_client, event_types=["model_metric"])))
    sender.check("model_metric")
    with pytest.raises(NotAllowed):
        sender.check("embedding")
    assert "model_metric" in admin_client.get(LIST).content.decode()


def test_offers_a_check_box_for_each_event_type(admin_client) -> None:
    token = token_in(make(admin_client, event_types=["model_metric", "embedding"]))
    page = reverse("admin:stickyboard_producers_producertoken_change", args=[ProducerToken.objects.get().pk])
    boxes = re.findall(
        r'type="checkbox" name="event_types" value="(\w+)"([^>]*)>', admin_client.get(page).content.decode()
    )
    assert [name for name, _ in boxes] == list(event_types())
    assert [name for name, more in boxes if "checked" in more] == ["model_metric", "embedding"]
    admin_client.post(page, {"name": "lab-gpu-2"})
    assert sender_of(token).allowed == frozenset()
    assert "every event type" in admin_client.get(LIST).content.decode()


def test_keeps_a_limit_to_an_event_type_that_is_gone(admin_client) -> None:
    row, _ = ProducerToken.make("lab", ["gone_type"])
    page = reverse("admin:stickyboard_producers_producertoken_change", args=[row.pk])
    assert "gone_type, not in the table" in admin_client.get(page).content.decode()
    admin_client.post(page, {"name": "lab 2", "event_types": ["gone_type"]})
    row.refresh_from_db()
    assert (row.name, row.event_types) == ("lab 2", ["gone_type"])


def test_keeps_a_limit_to_a_type_that_only_code_may_send(admin_client, monkeypatch) -> None:
    row, _ = ProducerToken.make("lab", ["model_metric"])
    kind = replace(event_types()["model_metric"], from_producers=False)
    monkeypatch.setitem(event_types(), kind.name, kind)
    page = reverse("admin:stickyboard_producers_producertoken_change", args=[row.pk])
    text = admin_client.get(page).content.decode()
    assert "model_metric, sent by code of the project only" in text
    assert "not in the table" not in text


def test_refuses_an_event_type_that_is_none(admin_client) -> None:
    answer = make(admin_client, event_types=["model_metrics"])
    assert answer.status_code == 200
    assert "model_metrics is not one of the available choices" in answer.content.decode()
    assert not ProducerToken.objects.exists()


def test_shows_who_may_only_look_what_a_token_may_send(client, django_user_model) -> None:
    row, _ = ProducerToken.make("lab", ["embedding"])
    looker = django_user_model.objects.create_user("eve", password="pw", is_staff=True)
    looker.user_permissions.set(Permission.objects.filter(codename="view_producertoken"))
    client.force_login(looker)
    answer = client.get(reverse("admin:stickyboard_producers_producertoken_change", args=[row.pk]))
    assert "embedding" in answer.content.decode()


def test_refuses_a_revoked_token(admin_client) -> None:
    token = token_in(make(admin_client))
    revoke(admin_client)
    with pytest.raises(NotAuthorised):
        sender_of(token)


def test_refuses_an_expired_token(admin_client) -> None:
    token = token_in(make(admin_client, expires_at_0="2020-01-01", expires_at_1="00:00:00"))
    with pytest.raises(NotAuthorised):
        sender_of(token)


def test_revokes_several_at_once_and_logs_it(admin_client) -> None:
    tokens = [token_in(make(admin_client, name)) for name in ("one", "two")]
    answer = revoke(admin_client)
    assert "Revoked one, two" in answer.content.decode()
    for token in tokens:
        with pytest.raises(NotAuthorised):
            sender_of(token)
    assert LogEntry.objects.filter(action_flag=CHANGE).count() == 2


def test_asks_before_it_revokes(admin_client) -> None:
    for name in ("one", "two"):
        make(admin_client, name)
    rows = list(ProducerToken.objects.all())
    answer = admin_client.post(LIST, {"action": "revoke", "_selected_action": [row.pk for row in rows]})
    assert "Yes, revoke 2 tokens" in answer.content.decode()
    assert not ProducerToken.objects.filter(is_revoked=True).exists()
    page = reverse("admin:stickyboard_producers_producertoken_change", args=[rows[0].pk])
    admin_client.post(page, {"name": "one", "is_revoked": "on"})
    assert not ProducerToken.objects.filter(is_revoked=True).exists(), "the form of a token asks nothing"


def test_offers_revoking_only_to_those_who_may_change(admin_client, client, django_user_model) -> None:
    make(admin_client)
    looker = django_user_model.objects.create_user("eve", password="pw", is_staff=True)
    looker.user_permissions.set(Permission.objects.filter(codename="view_producertoken"))
    client.force_login(looker)
    assert "Revoke selected" not in client.get(LIST).content.decode()
    client.post(LIST, {"action": "revoke", "_selected_action": [ProducerToken.objects.get().pk]})
    assert not ProducerToken.objects.get().is_revoked


def test_the_list_displays_state_and_dates(admin_client) -> None:
    make(admin_client, "one")
    make(admin_client, "two", expires_at_0="2020-01-31", expires_at_1="12:00")
    make(admin_client, "three")
    ProducerToken.objects.filter(name="three").update(is_revoked=True)
    rows = re.findall(r"<tr>.*?</tr>", admin_client.get(LIST).content.decode(), re.DOTALL)[1:]
    shown = {
        name: re.findall(r'class="field-(expires|state)[^>]*>([^<]*)', row)
        for row in rows
        for name in re.findall(r">(one|two|three)<", row)
    }
    assert {name: dict(cells) for name, cells in shown.items()} == {
        "one": {"expires": "never", "state": "valid"},
        "two": {"expires": "2020-01-31", "state": "expired"},
        "three": {"expires": "never", "state": "revoked"},
    }


def test_a_new_token_is_stored_nowhere(admin_client) -> None:
    answer = admin_client.post(ADD, {"name": "lab-gpu-2", "event_types": []})
    token = token_in(answer)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    # Nothing has displayed a page since, so a message would still be there.
    stored = [str(session.get_decoded()) for session in Session.objects.all()]
    assert stored
    assert not [text for text in stored if token in text or PREFIX in text]
    assert token not in " ".join(str(list(table.objects.values())) for table in (LogEntry, ProducerToken))
