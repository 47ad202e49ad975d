"""The admin lists the outbox, sends failed events again and discards them."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse

from broadcast.models import OutboxEvent

pytestmark = pytest.mark.django_db
LIST = "admin:stickyboard_outboxevent_changelist"


@pytest.fixture
def rows():
    failed = OutboxEvent.objects.create(event='{"type":"gone","a":"<b>"}', error="no event type gone", seq=1)
    return failed, OutboxEvent.objects.create(event='{"type":"total_alerts","alerts":1}')


def act(client, action: str, *rows: OutboxEvent, **more: str):
    return client.post(reverse(LIST), {"action": action, "_selected_action": [row.pk for row in rows], **more})


def test_the_list_names_state_and_error(admin_client, rows):
    page = admin_client.get(reverse(LIST)).content.decode()
    assert "no event type gone" in page
    assert "&lt;b&gt;" in page
    failed = admin_client.get(reverse(LIST), {"state": "failed"}).content.decode()
    assert "total_alerts" not in failed
    assert "gone" not in admin_client.get(reverse(LIST), {"state": "waiting"}).content.decode()


def test_a_failed_event_is_sent_again(admin_client, rows):
    act(admin_client, "send_again", *rows)
    failed = OutboxEvent.objects.get(pk=rows[0].pk)
    assert (failed.error, failed.seq) == ("", None)
    page = act(admin_client, "send_again", rows[1])
    assert "None of them has failed" in admin_client.get(page.url).content.decode()


def test_an_event_is_discarded_after_a_confirmation(admin_client, rows):
    assert OutboxEvent.objects.count() == 2
    assert "delete" in act(admin_client, "delete_selected", rows[0]).content.decode().lower()
    act(admin_client, "delete_selected", rows[0], post="yes")
    assert list(OutboxEvent.objects.all()) == [rows[1]]


def test_an_event_is_neither_added_nor_edited(admin_client, rows):
    assert admin_client.get(reverse("admin:stickyboard_outboxevent_add")).status_code == 403
    page = reverse("admin:stickyboard_outboxevent_change", args=[rows[0].pk])
    assert admin_client.get(page).status_code == 200
    admin_client.post(page, {"event": "changed"})
    assert "gone" in OutboxEvent.objects.get(pk=rows[0].pk).event


def test_the_view_permission_allows_no_action(client, rows):
    user = get_user_model().objects.create_user("ann", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_outboxevent"))
    client.force_login(user)
    assert client.get(reverse(LIST)).status_code == 200
    act(client, "send_again", rows[0])
    act(client, "delete_selected", rows[0], post="yes")
    assert OutboxEvent.objects.get(pk=rows[0].pk).error
