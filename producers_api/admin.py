"""Tokens in the admin: made here, shown once, scoped, revoked."""

import secrets
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.forms import CheckboxSelectMultiple, ModelForm, MultipleChoiceField
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from broadcast.admin.pages import IS_NEW_FRAME
from broadcast.conf import event_types
from broadcast.ops.processes import ROUND_S
from broadcast.ops.queries import count_text, printable_text
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
        fields = ("name", "event_types", "expires_at")

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
    readonly_fields = ("hint", "created_at", "is_revoked")  # revoking is an action, which asks first
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
    def revoke(self, request: HttpRequest, queryset: QuerySet[ProducerToken]) -> HttpResponse | None:
        """Revoke tokens, once that is confirmed; each is logged, and every process closes its open sockets."""
        tokens = list(queryset.filter(is_revoked=False))
        if tokens and "confirmed" not in request.POST:
            return self.confirm_revoking(request, tokens)
        for token in tokens:
            token.is_revoked = True
            token.save(update_fields=["is_revoked"])
            self.log_change(request, token, "Revoked.")
        names = ", ".join(token.name for token in tokens)
        said = (
            f"Revoked {names}; open sockets are closed within {ROUND_S:g} s." if tokens else "All were revoked before."
        )
        messages.success(request, said)
        return None

    def confirm_revoking(self, request: HttpRequest, tokens: list[ProducerToken]) -> HttpResponse:
        """Ask before tokens are revoked; the answer runs the action on the tokens that were asked about."""
        back = reverse(f"{self.admin_site.name}:stickyboard_producers_producertoken_changelist")
        picked = [(ACTION_CHECKBOX_NAME, token.pk) for token in tokens]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Revoke producer tokens?",
            "crumbs": [("Producer tokens", back)],
            "is_new_frame": IS_NEW_FRAME,
            "facts": [f"{printable_text(token.name)}: {self.may_send(token)}" for token in tokens],
            "seen": f"Open sockets of these tokens are closed within {ROUND_S:g} s, and what their producers send from"
            " then on is refused. A revoked token cannot be restored; make a new one.",
            "hidden": [("action", "revoke"), ("confirmed", "yes"), *picked],
            "button": f"Yes, revoke {count_text(len(tokens), 'token', 'tokens')}",
            "back": back,
        }
        return TemplateResponse(request, "admin/stickyboard/confirm.html", context)

    def save_model(self, request: HttpRequest, obj: ProducerToken, form: Any, change: bool) -> None:
        """Save; make the token itself when the row is new."""
        if not change:
            token = PREFIX + secrets.token_urlsafe(32)
            obj.keep(token)
            obj.token = token  # of this object alone, for the page that is the response
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Show the token in the response itself: a message would be stored in the session until it is displayed."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "New producer token",
            "messages": [f"Token for {obj.name}; keep it, it is not shown again: {obj.token}"],
        }
        return TemplateResponse(
            request, "admin/stickyboard/new_token.html", context
        )  # never cached, as all of the admin


def day_of(moment: datetime) -> str:
    """Return a day in few signs, as the list has little room; the token's own page has the time."""
    return f"{timezone.localtime(moment):%Y-%m-%d}"
