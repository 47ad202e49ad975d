"""The admin makes, displays and revokes share links."""

import re

import pytest
from asgiref.sync import async_to_sync
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from broadcast.models import ShareLink
from broadcast.sharing.links import make_link
from tests.support.shared_boards import get

pytestmark = pytest.mark.django_db(transaction=True)
LIST, ADD = reverse("admin:stickyboard_sharelink_changelist"), reverse("admin:stickyboard_sharelink_add")
FIELDS = {"name": "tv", "opens": "pair/right_one", "expires_at_0": "2099-01-01", "expires_at_1": "12:00"}


def staff(django_user_model, *permissions: str) -> Client:
    """Return a client of a member of staff with these permissions."""
    user = django_user_model.objects.create_user("staff", password="x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def test_the_admin_displays_a_new_address_once(admin_client):
    page = admin_client.post(ADD, FIELDS, follow=True).content.decode()
    (address,) = re.findall(r"http://testserver(/share/[^\s<]+)", page)
    assert async_to_sync(get)(address)[0] == 200
    link = ShareLink.objects.get()
    assert (link.opens, link.created_by, link.state) == ("pair/right_one", "admin", "valid")
    listed = admin_client.get(LIST).content.decode()
    change = admin_client.get(reverse("admin:stickyboard_sharelink_change", args=[link.pk])).content.decode()
    assert "pair/right_one" in listed
    assert address.split("/")[2] not in listed + change


def test_a_user_shares_only_what_this_user_may_view(django_user_model):
    client = staff(django_user_model, "add_sharelink", "change_sharelink", "view_sharelink")
    assert "Secret" not in client.get(ADD).content.decode()
    client.post(ADD, FIELDS)
    assert not ShareLink.objects.exists()
    django_user_model.objects.get().user_permissions.add(Permission.objects.get(codename="view_keyspace"))
    client.post(ADD, FIELDS)
    assert ShareLink.objects.get().opens == "pair/right_one"


def test_what_a_link_shows_cannot_be_changed(admin_client):
    link, _ = make_link("tv", "pair", "right_one")
    before = link.expires_at
    change = reverse("admin:stickyboard_sharelink_change", args=[link.pk])
    tampered = {**FIELDS, "name": "hall", "opens": "lone", "board": "lone", "scene": "", "is_revoked": ""}
    admin_client.post(change, tampered)
    link.refresh_from_db()
    assert (link.name, link.opens, link.expires_at) == ("hall", "pair/right_one", before)


def test_a_past_expiry_is_refused(admin_client):
    page = admin_client.post(ADD, {**FIELDS, "expires_at_0": "2001-01-01"}).content.decode()
    assert "past" in page
    assert not ShareLink.objects.exists()


def test_revoking_is_confirmed_and_logged(admin_client):
    link, _ = make_link("tv", "pair")
    picked = {"action": "revoke", "_selected_action": [link.pk]}
    assert "Yes, revoke" in admin_client.post(LIST, picked).content.decode()
    assert ShareLink.objects.get().state == "valid"
    admin_client.post(LIST, {**picked, "confirmed": "yes"})
    assert (ShareLink.objects.get().state, LogEntry.objects.get().change_message) == ("revoked", "Revoked.")


@pytest.mark.parametrize("permissions", [(), ("view_sharelink",)])
def test_without_permission_nothing_is_created_or_revoked(django_user_model, permissions):
    client, (link, _) = staff(django_user_model, "view_keyspace", *permissions), make_link("tv", "pair")
    assert client.post(ADD, FIELDS).status_code == 403
    client.post(LIST, {"action": "revoke", "_selected_action": [link.pk], "confirmed": "yes"})
    assert [each.state for each in ShareLink.objects.all()] == ["valid"]
