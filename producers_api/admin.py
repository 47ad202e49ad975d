"""Tokens in the admin: made here, shown once, scoped, revoked."""

import secrets
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import CheckboxSelectMultiple, ModelForm, MultipleChoiceField
from django.http import HttpRequest
from django.utils import timezone

from broadcast.conf import event_types
from broadcast.presence import ROUND_S
from producers_api.models import PREFIX, ProducerToken


class TokenForm(ModelForm):
    """Has a box for each event type that a token may be limited to."""

    event_types = MultipleChoiceField(
        label="What it may send",
        required=False,
        widget=CheckboxSelectMultiple,
        help_text="With none chosen: every event type, those that are yet to come too.",
    )

    class Meta:
        model = ProducerToken
        fields = ("name", "event_types", "expires_at", "is_revoked")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "event_types" in self.fields:  # not there for who may only look
            # A limit outlives its event type: left out here, it would be gone with the next saving.
            gone = [name for name in self.instance.event_types if name not in event_types()]
            known = [(name, f"{name}: {kind.title}") for name, kind in event_types().items()]
            self.fields["event_types"].choices = known + [(name, f"{name}, not in the table") for name in gone]


@admin.register(ProducerToken)
class ProducerTokenAdmin(admin.ModelAdmin):
    """Lists tokens by name; a new one is shown in the message after saving, and never again."""

    form = TokenForm
    list_display = ("name", "hint", "may_send", "created", "expires", "state")
    list_filter = ("is_revoked",)
    search_fields = ("name",)
    readonly_fields = ("hint", "created_at")
    actions = ("revoke",)

    @admin.display(description="may send")
    def may_send(self, token: ProducerToken) -> str:
        """Return the event types it is limited to."""
        return ", ".join(token.event_types) or "every event type"

    @admin.display(description="created", ordering="created_at")
    def created(self, token: ProducerToken) -> str:
        """Return the day on which it was made."""
        return day_of(token.created_at)

    @admin.display(description="expires", ordering="expires_at", empty_value="never")
    def expires(self, token: ProducerToken) -> str | None:
        """Return the day on which it ends to be good; None where it never does."""
        return token.expires_at and day_of(token.expires_at)

    @admin.display(description="state", ordering="is_revoked")
    def state(self, token: ProducerToken) -> str:
        """Return in a word what a red cross beside "revoked" says badly."""
        return token.state

    @admin.action(description="Revoke selected producer tokens", permissions=("change",))
    def revoke(self, request: HttpRequest, queryset: QuerySet[ProducerToken]) -> None:
        """Revoke tokens; each is logged, and its open sockets are closed by every process within seconds."""
        tokens = list(queryset.filter(is_revoked=False))
        for token in tokens:
            token.is_revoked = True
            token.save(update_fields=["is_revoked"])
            self.log_change(request, token, "Revoked.")
        names = ", ".join(token.name for token in tokens)
        said = (
            f"Revoked {names}; open sockets are closed within {ROUND_S:g} s." if tokens else "All were revoked before."
        )
        messages.success(request, said)

    def save_model(self, request: HttpRequest, obj: ProducerToken, form: Any, change: bool) -> None:
        """Save; make the token itself when the row is new."""
        if not change:
            token = PREFIX + secrets.token_urlsafe(32)
            obj.keep(token)
        super().save_model(request, obj, form, change)
        if not change:
            messages.warning(request, f"Token for {obj.name}; keep it, it is not shown again: {token}")


def day_of(moment: datetime) -> str:
    """Return a day in few signs, as the list has little room; the token's own page has the time."""
    return f"{timezone.localtime(moment):%Y-%m-%d}"
