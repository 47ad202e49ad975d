"""Keyspaces in the admin: a list, a page of entries each, and what may be done to them, all of it logged."""

from typing import Any, overload

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, DELETION
from django.http import Http404, HttpRequest, HttpResponse

from broadcast.admin.pages import StorePages, guarded
from broadcast.admin.rows import entry_row, goes_text, keyspace_row
from broadcast.conf import settings
from broadcast.models import Keyspace
from broadcast.ops import queries
from broadcast.ops.queries import KeyspaceSummary, count_text, printable_name, printable_value
from broadcast.runtime import store
from broadcast.stores.base import StickyCache
from broadcast.types import Entry

ENTRIES_PER_PAGE = 100
VALUE_CHARACTERS = 2000
KEYSPACE_COLUMNS = (
    *("Name", "Policy and bounds", "Entries", "Lanes", "Size", "Evicted"),
    *("Newest entry", "Last change", "Revision, epoch"),
)
ENTRY_COLUMNS = ("Key", "Lane", "Revision", "Age", "Bytes", "Value")


class FoundEntries:
    """A keyspace's entries as the paginator asks for them: counted and cut by the store."""

    def __init__(self, kept: StickyCache, keyspace: str, text: str) -> None:
        self._store, self._keyspace, self._text = kept, keyspace, text
        self._found: int | None = None

    def __len__(self) -> int:
        if self._found is None:
            self._found = self._store.page(self._keyspace, self._text, limit=0).found
        return self._found

    @overload
    def __getitem__(self, place: slice) -> list[Entry]: ...
    @overload
    def __getitem__(self, place: int) -> Entry: ...
    def __getitem__(self, place: slice | int) -> list[Entry] | Entry:
        if isinstance(place, int):
            return self[place : place + 1][0]
        start = place.start or 0
        return self._store.page(self._keyspace, self._text, start, (place.stop or len(self)) - start).entries


@admin.register(Keyspace)
class KeyspaceAdmin(StorePages):
    """Shows what is kept; removes, sends again and clears on request; nothing is added or changed by hand."""

    views = {
        "entries": "entries",
        "remove": "remove",
        "send-again": "send_again",
        "clear": "clear",
        "clear-all": "clear_all",
    }

    def has_send_permission(self, request: HttpRequest) -> bool:
        """Whether somebody may send entries again."""
        return bool(request.user.has_perm("stickyboard.send_keyspace"))

    # looking

    @guarded("has_view_permission")
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """List keyspaces."""
        rows = self._rows(queries.summaries(store()))
        can_clear = self.has_delete_permission(request) and any(row["clear_url"] for row in rows)
        tool_url = self.url("clear_all") if can_clear else ""
        return self.page(
            request,
            "keyspace/change_list",
            "Keyspaces",
            columns=KEYSPACE_COLUMNS,
            number_columns=("Entries", "Lanes", "Size", "Evicted", "Revision, epoch"),
            rows=rows,
            tool_text="Clear all keyspaces",
            tool_url=tool_url,
            found=count_text(len(rows), "keyspace", "keyspaces"),
        )

    @guarded("has_view_permission")
    def entries_view(self, request: HttpRequest) -> HttpResponse:
        """Show a keyspace's entries, newest first."""
        summary, text, now = self._summary(request), request.GET.get("q", ""), store().clock()
        keyspace, found = self._rows([summary])[0], FoundEntries(store(), summary.name, text)
        listed = self.paged(
            request, found, ENTRIES_PER_PAGE, ("entry", "entries"), "entries", keyspace=summary.name, q=text
        )
        can_send = self.has_send_permission(request)
        return self.page(
            request,
            "keyspace/entries",
            f"Keyspace {printable_name(summary.name)}",
            crumbs=[("Keyspaces", self.url("changelist"))],
            keyspace=keyspace,
            tool_text="Clear this keyspace",
            tool_url=keyspace["clear_url"] if self.has_delete_permission(request) else "",
            columns=ENTRY_COLUMNS,
            rows=[self._entry(summary.name, entry, now, can_send=can_send) for entry in listed["shown"]],
            can_send=can_send,
            text=text,
            search_help="Part of a key or lane.",
            all_text=f"{keyspace['size']} total",
            all_url=keyspace["url"],
            **listed,
        )

    # one entry

    @guarded("has_delete_permission")
    def remove_view(self, request: HttpRequest) -> HttpResponse:
        """Remove one entry, after asking."""
        summary, key = self._summary(request), request.GET.get("key", "")
        named = f"entry {printable_name(key)} of {printable_name(summary.name)}"
        kept = store().read(summary.name, key)
        if request.method == "POST":
            is_removed = kept is not None and store().delete(f"{summary.name}:{key}")
            done = f"Removed {named}." if is_removed else ""
            missing = f"There is no {named} any more; nothing was removed."
            return self._done(request, DELETION, summary, key, done, missing)
        seen = f"Every open browser drops it within {settings().HEADS_S:g} s. It comes back when a producer sends it."
        return self._ask(request, summary, f"Remove {named}?", "1 entry goes.", seen, kept, "Yes, remove it")

    @guarded("has_send_permission")
    def send_again_view(self, request: HttpRequest) -> HttpResponse:
        """Apply one entry's value once more, after asking, as if a producer had sent it now."""
        summary, key = self._summary(request), request.GET.get("key", "")
        named = f"entry {printable_name(key)} of {printable_name(summary.name)}"
        kept = store().read(summary.name, key)
        if request.method == "POST":
            is_sent = queries.send_again(store(), summary.name, key)
            done = f"Sent {named} again." if is_sent else ""
            return self._done(request, CHANGE, summary, key, done, f"There is no {named} any more; nothing was sent.")
        seen = "Every open browser is sent it as news, with a new revision and the time of now."
        fact = "A copy is added at the ring's end; a bound may take the oldest." if summary.is_ring else "1 entry."
        return self._ask(request, summary, f"Send {named} again?", fact, seen, kept, "Yes, send it again")

    def _ask(
        self,
        request: HttpRequest,
        summary: KeyspaceSummary,
        title: str,
        fact: str,
        seen: str,
        kept: tuple[str, float | None] | None,
        button: str,
    ) -> HttpResponse:
        if kept is None:
            raise Http404(f"there is nothing to ask: {title}")
        back = self.url("entries", keyspace=summary.name)
        return self.page(
            request,
            "confirm",
            title,
            crumbs=[("Keyspaces", self.url("changelist")), (printable_name(summary.name), back)],
            facts=[fact],
            seen=seen,
            value=printable_value(kept[0], VALUE_CHARACTERS),
            button=button,
            back=back,
        )

    def _done(
        self, request: HttpRequest, flag: int, summary: KeyspaceSummary, key: str, done: str, missing: str
    ) -> HttpResponse:
        name = printable_name(summary.name)
        if done:
            self.log(request, flag, name, f"{name}: {printable_name(key)}", done)
            messages.success(request, done)
        else:
            messages.warning(request, missing)
        return self.leave(request, self.url("entries", keyspace=summary.name))

    # clearing

    @guarded("has_delete_permission")
    def clear_view(self, request: HttpRequest) -> HttpResponse:
        """Begin a keyspace anew, after asking."""
        summary = self._summary(request)
        back = self.url("entries", keyspace=summary.name)
        crumbs = [("Keyspaces", self.url("changelist")), (printable_name(summary.name), back)]
        return self._clear(request, [summary], f"Clear keyspace {printable_name(summary.name)}?", crumbs, back)

    @guarded("has_delete_permission")
    def clear_all_view(self, request: HttpRequest) -> HttpResponse:
        """Begin every keyspace anew, after asking."""
        written = [summary for summary in queries.summaries(store()) if summary.is_written]
        back = self.url("changelist")
        return self._clear(request, written, "Clear all keyspaces?", [("Keyspaces", back)], back)

    def _clear(
        self, request: HttpRequest, chosen: list[KeyspaceSummary], title: str, crumbs: list[tuple[str, str]], back: str
    ) -> HttpResponse:
        if request.method == "POST":
            cleared = [summary for summary in chosen if self._start_over(request, summary)]
            goes = count_text(sum(summary.size for summary in cleared), "entry", "entries")
            names = ", ".join(printable_name(summary.name) for summary in cleared)
            if cleared:
                messages.success(request, f"Cleared {names}: {goes} removed.")
            else:
                messages.warning(request, "There was nothing to clear.")
            return self.leave(request, back)
        return self.page(
            request,
            "confirm",
            title,
            crumbs=crumbs,
            facts=[goes_text(summary) for summary in chosen] or ["Nothing is kept; there is nothing to clear."],
            seen=f"Every open browser empties what it shows of this within {settings().HEADS_S:g} s,"
            " and fills again with what producers send from then on. This cannot be undone.",
            button=f"Yes, clear {count_text(sum(summary.size for summary in chosen), 'entry', 'entries')}",
            back=back,
        )

    def _start_over(self, request: HttpRequest, summary: KeyspaceSummary) -> bool:
        begun = store().start_over(summary.name)
        if begun:
            name, goes = printable_name(summary.name), count_text(summary.size, "entry", "entries")
            self.log(request, DELETION, name, name, f"Cleared the keyspace: {goes} removed.")
        return begun

    # rows

    def _summary(self, request: HttpRequest) -> KeyspaceSummary:
        name = request.GET.get("keyspace", "")
        if name not in queries.keyspace_names(store()):
            raise Http404(f"no keyspace {printable_name(name)}")
        return queries.summaries(store(), [name])[0]

    def _rows(self, summaries: list[KeyspaceSummary]) -> list[dict[str, Any]]:
        now, names = store().clock(), queries.producer_names(summary.holding.changed_by for summary in summaries)
        return [
            {
                **keyspace_row(summary, now, names[summary.holding.changed_by]),
                "url": self.url("entries", keyspace=summary.name),
                "clear_url": self.url("clear", keyspace=summary.name) if summary.is_written else "",
            }
            for summary in summaries
        ]

    def _entry(self, keyspace: str, entry: Entry, now: float, *, can_send: bool) -> dict[str, Any]:
        return {
            **entry_row(entry, now, VALUE_CHARACTERS),
            "remove_url": self.url("remove", keyspace=keyspace, key=entry.key),
            "send_url": self.url("send_again", keyspace=keyspace, key=entry.key) if can_send else "",
        }
