"""Revokes rows after a confirmation; tokens and share links are revoked in the same way."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from broadcast.admin.pages import HAS_BREADCRUMB_LIST
from broadcast.ops.processes import ROUND_S
from broadcast.ops.queries import count_text, printable_text


class RevocableAdmin(admin.ModelAdmin):
    """A list of rows with `name` and `is_revoked`, and the action that revokes them."""

    actions = ("revoke",)
    noun: ClassVar[tuple[str, str]]  # one row, and several
    at_once: ClassVar[str]  # what happens to what is open
    consequence: ClassVar[str]  # the sentence on the confirmation page

    def fact_of(self, row: Any) -> str:
        """Return what the confirmation page says of a row, after its name."""
        raise NotImplementedError

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
        back = reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_changelist")
        picked = [(ACTION_CHECKBOX_NAME, row.pk) for row in rows]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Revoke {plural}?",
            "crumbs": [(plural.capitalize(), back)],
            "has_breadcrumb_list": HAS_BREADCRUMB_LIST,
            "facts": [f"{printable_text(row.name)}: {self.fact_of(row)}" for row in rows],
            "seen": self.consequence,
            "hidden": [("action", "revoke"), ("confirmed", "yes"), *picked],
            "button": f"Yes, revoke {count_text(len(rows), *self.noun)}",
            "back": back,
        }
        return TemplateResponse(request, "admin/stickyboard/confirm.html", context)
