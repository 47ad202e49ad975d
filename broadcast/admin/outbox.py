"""The outbox in the admin: which events wait or failed; failed ones can be sent again or discarded."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from broadcast.models import OutboxEvent
from broadcast.ops.display_text import count_text, printable_text
from broadcast.publishing.outbox import retry

SHOWN = 200  # characters of an event in the list


class HasFailed(admin.SimpleListFilter):
    """Waiting or failed."""

    title, parameter_name = "state", "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("failed", "failed"), ("waiting", "waiting")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[OutboxEvent]) -> QuerySet[OutboxEvent]:
        if self.value() == "failed":
            return queryset.exclude(error="")
        return queryset.filter(error="") if self.value() == "waiting" else queryset


@admin.register(OutboxEvent)
class OutboxEventAdmin(admin.ModelAdmin):
    """Lists the rows of the default database. An event cannot be edited: it is what a transaction published."""

    list_display = ("pk", "shown_event", "state", "shown_error", "created_at")
    list_filter = (HasFailed,)
    search_fields = ("event", "error")
    show_full_result_count = False
    actions = ("send_again",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse, because `publish(…, outbox=True)` writes rows."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [field.name for field in self.opts.fields]

    @admin.display(description="event")
    def shown_event(self, row: OutboxEvent) -> str:
        return printable_text(row.event[:SHOWN])

    @admin.display(description="error")
    def shown_error(self, row: OutboxEvent) -> str:
        return printable_text(row.error)

    @admin.display(description="state", ordering="error")
    def state(self, row: OutboxEvent) -> str:
        return "failed" if row.error else "waiting"

    @admin.action(description="Send selected %(verbose_name_plural)s again", permissions=("change",))
    def send_again(self, request: HttpRequest, queryset: QuerySet[OutboxEvent]) -> None:
        """Let the relay send failed rows again, after all others."""
        rows = [row for row in queryset if row.error]
        retry(rows, queryset.db)
        for row in rows:
            self.log_change(request, row, "Sent again.")
        if rows:
            messages.success(request, f"{count_text(len(rows), 'event', 'events')} will be sent again.")
        else:
            messages.warning(request, "None of them has failed; the relay sends those that wait.")
