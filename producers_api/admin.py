"""Tokens in the admin: made here, shown once, scoped, revoked."""

import secrets
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from broadcast.conf import event_types
from broadcast.errors import UnknownEventType
from broadcast.presence import ROUND_S
from producers_api.models import PREFIX, ProducerToken


class TokenForm(ModelForm):
    """Checks that a token is scoped to event types that exist."""

    class Meta:
        model = ProducerToken
        fields = ("name", "event_types", "expires_at", "is_revoked")

    def clean_event_types(self) -> list[str]:
        """Return the scope as a list of known names."""
        wanted = self.cleaned_data["event_types"] or []
        if not isinstance(wanted, list) or not all(isinstance(name, str) for name in wanted):
            raise ValidationError('expected a list of names, such as ["model_metric"]')
        for name in wanted:
            if name not in event_types():
                raise ValidationError(str(UnknownEventType(name, event_types())))
        return wanted


@admin.register(ProducerToken)
class ProducerTokenAdmin(admin.ModelAdmin):
    """Lists tokens by name; a new one is shown in the message after saving, and never again."""

    form = TokenForm
    list_display = ("name", "hint", "event_types", "created_at", "expires_at", "is_revoked")
    list_filter = ("is_revoked",)
    search_fields = ("name",)
    readonly_fields = ("hint", "created_at")
    actions = ("revoke",)

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
