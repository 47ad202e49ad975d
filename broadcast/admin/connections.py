"""Connections of all processes in the admin, from the processes' reports; a connection can be ended."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import DELETION
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from broadcast.admin.pages import StorePages, requires
from broadcast.models import Connection
from broadcast.ops.connections import BROWSER, PRODUCER, has_text
from broadcast.ops.display_text import count_text
from broadcast.ops.processes import MAX_LISTED, REPORT_S, ROUND_S, order, order_search, reports
from broadcast.ops.table_rows import browser_row, process_row, producer_row
from broadcast.runtime import store

CONNECTIONS_PER_PAGE = 100
TRIES = 6  # one second each, so that every process makes two rounds
COLUMNS = ("Connection", "Kind", "Board or token", "From", "Program", "Open for", "So far", "State", "Process")
ROWS = {BROWSER: browser_row, PRODUCER: producer_row}


@admin.register(Connection)
class ConnectionAdmin(StorePages):
    """Lists processes and their sockets, and ends a socket on request."""

    views = ("disconnect", "search")

    @requires("has_view_permission")
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """List processes, and below them the sockets that contain the search text, newest first."""
        found_reports, text, now = reports(store()), request.GET.get("q", ""), store().clock()
        rows = self._rows(found_reports, now)
        found = [row for row in rows if has_text(row, text)]
        unlisted = sum(sum(report["browsers"].values()) + report["producers"] for report in found_reports) - len(rows)
        is_asked = all(text in report.get("searched", ()) for report in found_reports)
        tries = _count_of(request.GET.get("tries", ""))
        answer = self.page(
            request,
            "connection/change_list",
            "Connections",
            processes=[process_row(report, now) for report in found_reports],
            columns=COLUMNS,
            rows=found,
            text=text,
            search_help=f"Part of anything below. Processes report every {REPORT_S:g} s, each with the newest"
            f" {MAX_LISTED} browsers and producers.",
            all_text="all",
            all_url=self.url("changelist"),
            unlisted=count_text(unlisted, "connection is", "connections are") if unlisted > 0 else "",
            search_url=self.url("search", q=text) if text and not is_asked and not tries else "",
            is_waited_for=not is_asked and tries > 0,
            **self.paged(request, found, CONNECTIONS_PER_PAGE, ("connection", "connections"), "changelist", q=text),
        )
        if not is_asked and tries > 0:  # each process answers in its next round
            answer["Refresh"] = f"1; url={self.url('changelist', q=text, tries=tries - 1)}"
        return answer

    @requires("has_view_permission")
    def search_view(self, request: HttpRequest) -> HttpResponse:
        """Have every process search all of its connections, and redirect to the list, which awaits the results."""
        text = request.GET.get("q", "")
        if request.method == "POST" and text:
            text = order_search(store(), text)
            return HttpResponseRedirect(self.url("changelist", q=text, tries=TRIES))
        return HttpResponseRedirect(self.url("changelist", q=text))

    @requires("has_delete_permission")
    def disconnect_view(self, request: HttpRequest) -> HttpResponse:
        peer_id = request.GET.get("id", "")
        row = next((row for row in self._rows(reports(store()), store().clock()) if row["id"] == peer_id), None)
        back = self.url("changelist")
        if row is None:
            raise Http404("this connection no longer exists")
        named = f"{row['kind']} {peer_id} ({row['of']}, from {row['address'] or 'an unknown address'})"
        if request.method == "POST":
            order(store(), peer_id)
            self.log(request, DELETION, peer_id, named, f"Disconnected {named}.")
            messages.success(request, f"Ordered the end of {named}; it is disconnected within {ROUND_S:g} s.")
            return self.leave(request, back)
        advice = " To keep it away, revoke its token." if row["kind"] == PRODUCER else ""
        return self.page(
            request,
            "confirm",
            f"Disconnect {row['kind']} {peer_id}?",
            crumbs=[("Connections", back)],
            facts=[f"{row['of']}, from {row['address'] or 'an unknown address'}, open for {row['open']}."],
            seen=f"It is closed with 4410 and reconnects by itself; nothing is lost.{advice}",
            button="Yes, disconnect it",
            back=back,
        )

    def _rows(self, found_reports: list[dict[str, Any]], now: float) -> list[dict[str, Any]]:
        return [
            {**make(facts, report["process"], now), "end_url": self.url("disconnect", id=facts["id"])}
            for kind, make in ROWS.items()
            for report in found_reports
            for facts in report["listed"][kind]
        ]


def _count_of(text: str) -> int:
    return min(int(text), TRIES) if text.isascii() and text.isdecimal() else 0
