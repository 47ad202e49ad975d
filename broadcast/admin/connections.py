"""Who is connected, in every process: what they report of themselves, and ending a socket wherever it is."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import DELETION
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from broadcast.admin.pages import StorePages, guarded
from broadcast.admin.rows import browser_row, process_row, producer_row
from broadcast.models import Connection
from broadcast.ops.connections import BROWSER, PRODUCER, has_text
from broadcast.ops.processes import MAX_LISTED, REPORT_S, ROUND_S, order_end, order_search, reports
from broadcast.ops.queries import count_text
from broadcast.runtime import store

CONNECTIONS_PER_PAGE = 100
TRIES = 6  # a second each: every process has had two rounds by then
COLUMNS = ("Connection", "Kind", "Board or token", "From", "Program", "Open for", "So far", "State", "Process")
ROWS = {BROWSER: browser_row, PRODUCER: producer_row}


@admin.register(Connection)
class ConnectionAdmin(StorePages):
    """Lists processes and the sockets they serve, and has one ended on request."""

    views = {"disconnect": "disconnect", "search": "search"}

    @guarded("has_view_permission")
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """List processes, and below them the sockets that a text is found in, newest first."""
        told, text, now = reports(store()), request.GET.get("q", ""), store().clock()
        rows = self._rows(told, now)
        found = [row for row in rows if has_text(row, text)]
        unlisted = sum(sum(report["browsers"].values()) + report["producers"] for report in told) - len(rows)
        is_asked = all(text in report.get("searched", ()) for report in told)
        tries = _count_of(request.GET.get("tries", ""))
        answer = self.page(
            request,
            "connection/change_list",
            "Connections",
            processes=[process_row(report, now) for report in told],
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
        if not is_asked and tries > 0:  # the answer comes with each process's next round
            answer["Refresh"] = f"1; url={self.url('changelist', q=text, tries=tries - 1)}"
        return answer

    @guarded("has_view_permission")
    def search_view(self, request: HttpRequest) -> HttpResponse:
        """Have every process look for a text in all its connections, and come back for what they found."""
        text = request.GET.get("q", "")
        if request.method == "POST" and text:
            text = order_search(store(), text)
            return HttpResponseRedirect(self.url("changelist", q=text, tries=TRIES))
        return HttpResponseRedirect(self.url("changelist", q=text))

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
            for facts in report["listed"][kind]
        ]


def _count_of(text: str) -> int:
    return min(int(text), TRIES) if text.isascii() and text.isdecimal() else 0
