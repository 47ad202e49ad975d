"""Rows with a secret, tokens and share links: displays a new one once, and revokes rows after a confirmation."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from broadcast.admin.pages import AdminPages
from broadcast.ops.display_text import count_text, printable_text
from broadcast.ops.processes import ROUND_S


class RevocableAdmin(AdminPages):
    """A list of rows with `name`, `state` and `is_revoked`, and the action that revokes them."""

    actions = ("revoke",)
    noun: ClassVar[tuple[str, str]]  # one row, and several
    at_once: ClassVar[str]  # what happens to what is open
    consequence: ClassVar[str]  # the sentence on the confirmation page

    def fact_of(self, row: Any) -> str:
        """Return what the confirmation page says of a row, after its name."""
        raise NotImplementedError

    def secret_of(self, request: HttpRequest, row: Any) -> str:
        """Return what the page that follows the form displays once."""
        raise NotImplementedError

    @admin.display(description="state", ordering="is_revoked")
    def state(self, row: Any) -> str:
        return str(row.state)

    @admin.action(description="Revoke selected %(verbose_name_plural)s", permissions=("change",))
    def revoke(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Revoke rows after a confirmation; each is logged, and every process closes what they opened."""
        rows = list(queryset.filter(is_revoked=False))
        if rows and "confirmed" not in request.POST:
            return self.confirm_revoking(request, rows)
        for row in rows:
            row.is_revoked = True
            row.save(update_fields=["is_revoked"])
            self.log_change(request, row, "Revoked.")
        revoked = f"Revoked {', '.join(row.name for row in rows)}; {self.at_once} within {ROUND_S:g} s."
        messages.success(request, revoked if rows else "All of them were already revoked.")
        return None

    def confirm_revoking(self, request: HttpRequest, rows: list[Any]) -> HttpResponse:
        """Return the confirmation page, which runs the action on the same rows."""
        plural = str(self.opts.verbose_name_plural)
        back = self.url("changelist")
        picked = [(ACTION_CHECKBOX_NAME, row.pk) for row in rows]
        return self.page(
            request,
            "confirm",
            f"Revoke {plural}?",
            crumbs=[(plural.capitalize(), back)],
            facts=[f"{printable_text(row.name)}: {self.fact_of(row)}" for row in rows],
            seen=self.consequence,
            hidden=[("action", "revoke"), ("confirmed", "yes"), *picked],
            button=f"Yes, revoke {count_text(len(rows), *self.noun)}",
            back=back,
        )

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Display the secret in the response itself: a message would be stored until it is displayed."""
        new = f"{self.noun[0].capitalize()} for {obj.name}; copy it now, it is not displayed again: "
        return self.page(
            request, "new_token", f"New {self.opts.verbose_name}", messages=[new + self.secret_of(request, obj)]
        )
