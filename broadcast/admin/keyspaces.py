"""Keyspaces in the admin: a list, a page of entries each, and logged actions on them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, DELETION
from django.http import Http404, HttpRequest, HttpResponse

from broadcast.admin.pages import StorePages, requires
from broadcast.conf import settings
from broadcast.models import Keyspace
from broadcast.ops import queries
from broadcast.ops.display_text import count_text, printable_name, printable_value
from broadcast.ops.queries import KeyspaceSummary
from broadcast.ops.table_rows import entry_row, keyspace_row
from broadcast.runtime import store
from broadcast.stores.base import StickyCache
from broadcast.types import Entry

ENTRIES_PER_PAGE = 100
PREVIEW_CHARACTERS = 60
VALUE_CHARACTERS = 2000
KEYSPACE_COLUMNS = (
    *("Name", "Policy and bounds", "Entries", "Lanes", "Size", "Evicted"),
    *("Newest entry", "Last change", "Revision, epoch"),
)
ENTRY_COLUMNS = ("Key", "Lane", "Revision", "Age", "Bytes", "Value")


class FoundEntries:
    """A keyspace's entries for the paginator; the store counts and slices them."""

    def __init__(self, cache: StickyCache, keyspace: str, text: str) -> None:
        self._store, self._keyspace, self._text = cache, keyspace, text
        self._found: int | None = None

    def __len__(self) -> int:
        if self._found is None:
            self._found = self._store.page(self._keyspace, self._text, limit=0).found
        return self._found

    def __getitem__(self, part: slice) -> list[Entry]:
        return self._store.page(self._keyspace, self._text, part.start, part.stop - part.start).entries


@admin.register(Keyspace)
class KeyspaceAdmin(StorePages):
    """Lists keyspaces and entries; removes, sends again and clears on request. Nothing is edited."""

    views = ("entries", "remove", "send_again", "clear", "clear_all")

    def has_send_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("stickyboard.send_keyspace"))

    # pages

    @requires("has_view_permission")
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
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

    @requires("has_view_permission")
    def entries_view(self, request: HttpRequest) -> HttpResponse:
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
            search_help="Searches keys and lanes.",
            all_text=f"{keyspace['size']} total",
            all_url=keyspace["url"],
            **listed,
        )

    # one entry

    @requires("has_delete_permission")
    def remove_view(self, request: HttpRequest) -> HttpResponse:
        return self._act_on_entry(
            request,
            self._summary(request),
            DELETION,
            lambda keyspace, key: store().delete(f"{keyspace}:{key}"),
            question="Remove {}?",
            done="Removed {}.",
            not_done="nothing was removed",
            facts=["1 entry is removed."],
            seen=f"Every open browser drops it within {settings().HEADS_S:g} s. It returns if a producer sends it.",
            button="Yes, remove it",
        )

    @requires("has_send_permission")
    def send_again_view(self, request: HttpRequest) -> HttpResponse:
        summary = self._summary(request)
        copied = "A copy is added to the ring; a bound may evict the oldest entry."
        return self._act_on_entry(
            request,
            summary,
            CHANGE,
            lambda keyspace, key: queries.send_again(store(), keyspace, key),
            question="Send {} again?",
            done="Sent {} again.",
            not_done="nothing was sent",
            facts=[copied if summary.is_ring else "1 entry."],
            seen="Every open browser receives it, with a new revision and the current time.",
            button="Yes, send it again",
        )

    def _act_on_entry(
        self,
        request: HttpRequest,
        summary: KeyspaceSummary,
        flag: int,
        act: Callable[[str, str], bool],
        *,
        question: str,
        done: str,
        not_done: str,
        **page: Any,
    ) -> HttpResponse:
        """Ask with a page, and act on POST. The texts have `{}` for the entry."""
        key, name = request.GET.get("key", ""), printable_name(summary.name)
        named, back = f"entry {printable_name(key)} of {name}", self.url("entries", keyspace=summary.name)
        stored = store().read(summary.name, key)
        if request.method == "POST":
            if stored is not None and act(summary.name, key):
                self.log(request, flag, name, f"{name}: {printable_name(key)}", done.format(named))
                messages.success(request, done.format(named))
            else:
                messages.warning(request, f"The {named} no longer exists; {not_done}.")
            return self.leave(request, back)
        if stored is None:
            raise Http404(f"this entry no longer exists: {question.format(named)}")
        return self.page(
            request,
            "confirm",
            question.format(named),
            crumbs=[("Keyspaces", self.url("changelist")), (name, back)],
            value=printable_value(stored[0], VALUE_CHARACTERS),
            back=back,
            **page,
        )

    # clearing

    @requires("has_delete_permission")
    def clear_view(self, request: HttpRequest) -> HttpResponse:
        summary = self._summary(request)
        back = self.url("entries", keyspace=summary.name)
        crumbs = [("Keyspaces", self.url("changelist")), (printable_name(summary.name), back)]
        return self._clear(request, [summary], f"Clear keyspace {printable_name(summary.name)}?", crumbs, back)

    @requires("has_delete_permission")
    def clear_all_view(self, request: HttpRequest) -> HttpResponse:
        written = [summary for summary in queries.summaries(store()) if summary.is_written]
        back = self.url("changelist")
        return self._clear(request, written, "Clear all keyspaces?", [("Keyspaces", back)], back)

    def _clear(
        self, request: HttpRequest, chosen: list[KeyspaceSummary], title: str, crumbs: list[tuple[str, str]], back: str
    ) -> HttpResponse:
        if request.method == "POST":
            cleared = [summary for summary in chosen if self._reset(request, summary)]
            removed = count_text(sum(summary.size for summary in cleared), "entry", "entries")
            names = ", ".join(printable_name(summary.name) for summary in cleared)
            if cleared:
                messages.success(request, f"Cleared {names}: {removed} removed.")
            else:
                messages.warning(request, "There was nothing to clear.")
            return self.leave(request, back)
        return self.page(
            request,
            "confirm",
            title,
            crumbs=crumbs,
            facts=[_removal_text(summary) for summary in chosen] or ["Nothing is stored; there is nothing to clear."],
            seen=f"Every open browser drops these entries within {settings().HEADS_S:g} s."
            " New events appear as usual. This cannot be undone.",
            button=f"Yes, clear {count_text(sum(summary.size for summary in chosen), 'entry', 'entries')}",
            back=back,
        )

    def _reset(self, request: HttpRequest, summary: KeyspaceSummary) -> bool:
        begun = store().reset(summary.name)
        if begun:
            name, removed = printable_name(summary.name), count_text(summary.size, "entry", "entries")
            self.log(request, DELETION, name, name, f"Cleared the keyspace: {removed} removed.")
        return begun

    # rows

    def _summary(self, request: HttpRequest) -> KeyspaceSummary:
        name = request.GET.get("keyspace", "")
        if name not in queries.keyspace_names(store()):
            raise Http404(f"no keyspace {printable_name(name)}")
        return queries.summaries(store(), [name])[0]

    def _rows(self, summaries: list[KeyspaceSummary]) -> list[dict[str, Any]]:
        now, names = store().clock(), queries.producer_names(summary.stats.changed_by for summary in summaries)
        return [
            {
                **keyspace_row(summary, now, names[summary.stats.changed_by]),
                "url": self.url("entries", keyspace=summary.name),
                "clear_url": self.url("clear", keyspace=summary.name) if summary.is_written else "",
            }
            for summary in summaries
        ]

    def _entry(self, keyspace: str, entry: Entry, now: float, *, can_send: bool) -> dict[str, Any]:
        return {
            **entry_row(entry, now, PREVIEW_CHARACTERS),
            "at": datetime.fromtimestamp(entry.at, UTC),
            "value": printable_value(entry.value or "", VALUE_CHARACTERS),
            "remove_url": self.url("remove", keyspace=keyspace, key=entry.key),
            "send_url": self.url("send_again", keyspace=keyspace, key=entry.key) if can_send else "",
        }


def _removal_text(summary: KeyspaceSummary) -> str:
    title = f" ({summary.title})" if summary.title else ""
    removed = count_text(summary.size, "entry is removed", "entries are removed")
    return f"{printable_name(summary.name)}{title}: {removed}."
