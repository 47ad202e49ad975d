"""Who is connected, in every process: what they report of themselves, and ending a socket wherever it is."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import DELETION
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse

from broadcast.admin.pages import StorePages, guarded
from broadcast.admin.rows import browser_row, process_row, producer_row
from broadcast.connections import BROWSER, PRODUCER
from broadcast.inspection import count_text
from broadcast.models import Connection
from broadcast.presence import MAX_SHOWN, REPORT_S, ROUND_S, order_end, reports
from broadcast.runtime import store

CONNECTIONS_PER_PAGE = 100
ROWS = {BROWSER: browser_row, PRODUCER: producer_row}


@admin.register(Connection)
class ConnectionAdmin(StorePages):
    """Lists processes and the sockets they serve, and has one ended on request."""

    views = {"disconnect": "disconnect"}

    @guarded("has_view_permission")
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """List processes, and below them the sockets that a text is found in, newest first."""
        told, text, now = reports(store()), request.GET.get("q", ""), store().clock()
        found = [row for row in self._rows(told, now) if _is_found(row, text)]
        shown = Paginator(found, CONNECTIONS_PER_PAGE).get_page(request.GET.get("p"))
        numbers = [(number, self.url("changelist", q=text, p=number)) for number in shown.paginator.page_range]
        return self.page(
            request,
            "connection/change_list",
            "Connections",
            processes=[process_row(report, now) for report in told],
            rows=shown,
            numbers=numbers,
            shown=shown,
            text=text,
            found=count_text(len(found), "connection", "connections"),
            most=MAX_SHOWN,
            report_s=REPORT_S,
        )

    @guarded("has_delete_permission")
    def disconnect_view(self, request: HttpRequest) -> HttpResponse:
        """Have a socket ended, after asking."""
        peer_id = request.GET.get("id", "")
        row = next((row for row in self._rows(reports(store()), store().clock()) if row["id"] == peer_id), None)
        back = self.url("changelist")
        if row is None:
            raise Http404("there is no such connection any more")
        named = f"{row['kind']} {peer_id} ({row['of']}, from {row['address'] or 'somewhere'})"
        if request.method == "POST":
            order_end(store(), peer_id)
            self.log(request, DELETION, peer_id, named, f"Disconnected {named}.")
            messages.success(request, f"Told every process to end {named}; it is done within {ROUND_S:g} s.")
            return self.leave(request, back)
        stays = " To keep it away, revoke its token." if row["kind"] == PRODUCER else ""
        return self.page(
            request,
            "confirm",
            f"Disconnect {row['kind']} {peer_id}?",
            crumbs=[("Connections", back)],
            facts=[f"{row['of']}, from {row['address'] or 'somewhere'}, open for {row['open']}."],
            seen=f"It is closed with 4410, and comes back by itself after a moment; nothing is lost.{stays}",
            button="Yes, disconnect it",
            back=back,
        )

    def _rows(self, told: list[dict[str, Any]], now: float) -> list[dict[str, Any]]:
        return [
            {**make(facts, report["process"], now), "end_url": self.url("disconnect", id=facts["id"])}
            for kind, make in ROWS.items()
            for report in told
            for facts in report["shown"][kind]
        ]


def _is_found(row: dict[str, Any], text: str) -> bool:
    return any(text.casefold() in str(value).casefold() for value in row.values())
