"""Producer tokens in the admin: create, limit to event types, revoke."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.forms import CheckboxSelectMultiple, ModelForm, MultipleChoiceField
from django.http import HttpRequest
from django.utils import timezone

from broadcast.admin.revocable import RevocableAdmin
from broadcast.conf import event_types
from broadcast.ops.processes import ROUND_S
from producers_api.models import ProducerToken

GONE = "not in the table"
OF_CODE = "sent by code of the project only"


class TokenForm(ModelForm):
    """Offers a check box for each event type that a token may permit."""

    event_types = MultipleChoiceField(
        label="What it may send",
        required=False,
        widget=CheckboxSelectMultiple,
        help_text="If none is selected: every event type, including future ones.",
    )

    class Meta:
        model = ProducerToken
        fields = ("name", "event_types", "expires_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "event_types" in self.fields:  # absent for users with the view permission only
            table = event_types()
            known = {name: f"{name}: {kind.title}" for name, kind in table.items() if kind.from_producers}
            # A token may name an event type that no producer may send any longer; without a choice, the next save
            # would drop it.
            gone = [(name, f"{name}, {OF_CODE if name in table else GONE}") for name in self.instance.event_types]
            self.fields["event_types"].choices = [*known.items(), *(each for each in gone if each[0] not in known)]


@admin.register(ProducerToken)
class ProducerTokenAdmin(RevocableAdmin):
    """Lists tokens by name. The response to the form displays a new token once."""

    class Media:
        css = {"all": ["stickyboard/admin.css"]}

    form = TokenForm
    list_display = ("name", "hint", "may_send", "created", "expires", "state")
    list_filter = ("is_revoked",)
    search_fields = ("name",)
    readonly_fields = ("hint", "created_at", "is_revoked")  # revoking is an action with a confirmation
    noun = ("token", "tokens")
    at_once = "open sockets are closed"
    consequence = (
        f"Open sockets of these tokens are closed within {ROUND_S:g} s, and what their producers send from then on is"
        " refused. A revoked token cannot be restored; make a new one."
    )

    @admin.display(description="may send")
    def may_send(self, token: ProducerToken) -> str:
        return ", ".join(token.event_types) or "every event type"

    @admin.display(description="created", ordering="created_at")
    def created(self, token: ProducerToken) -> str:
        return day_of(token.created_at)

    @admin.display(description="expires", ordering="expires_at", empty_value="never")
    def expires(self, token: ProducerToken) -> str | None:
        return token.expires_at and day_of(token.expires_at)

    def fact_of(self, row: ProducerToken) -> str:
        return str(self.may_send(row))

    def save_model(self, request: HttpRequest, obj: ProducerToken, form: Any, change: bool) -> None:
        if not change:
            obj.token = obj.renew()  # not a field: only for the response
        super().save_model(request, obj, form, change)

    def secret_of(self, request: HttpRequest, row: Any) -> str:
        return str(row.token)


def day_of(moment: datetime) -> str:
    """Return a short date; the token's own page also has the time."""
    return f"{timezone.localtime(moment):%Y-%m-%d}"
