"""Keyspaces in Django's admin: a list, a page of entries each, and three ways to remove, all of them logged.

Names and keys travel in query strings, which bear any text; a path does not, and a form's field turns
line feeds into carriage returns. Looking never changes anything: each removal asks first, and happens on POST.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import django
from django.contrib import admin, messages
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import urlencode

from broadcast import inspection
from broadcast.conf import settings
from broadcast.errors import StoreError
from broadcast.inspection import KeyspaceSummary, age_text, count_text, shown_name, shown_text, shown_value
from broadcast.models import Keyspace
from broadcast.runtime import store
from broadcast.words import Entry

ENTRIES_PER_PAGE = 100
VALUE_CHARACTERS = 2000
PREVIEW_CHARACTERS = 60

# Since 6.1 the admin's frame has breadcrumbs as a list, and tools beside the title instead of below it.
IS_NEW_FRAME = django.VERSION >= (6, 1)

View = Callable[..., HttpResponse]


def guarded(permission: str) -> Callable[[View], View]:
    """Ask for a permission (a method of KeyspaceAdmin), and show a store's failure as a page."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded_view(self: "KeyspaceAdmin", request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not getattr(self, permission)(request):
                raise PermissionDenied
            try:
                return view(self, request, *args, **kwargs)
            except StoreError as exc:
                return self.page(request, "unavailable", "The store cannot be used", status=503, reason=str(exc))

        return guarded_view

    return guard


@admin.register(Keyspace)
class KeyspaceAdmin(admin.ModelAdmin):
    """Shows what is kept, and removes it on request; nothing is added or changed by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: entries come from producers."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: entries come from producers."""
        return False

    def get_urls(self) -> list[Any]:
        """Return the addresses of the pages below; Django's own would look for a row in a table."""
        pages = {
            "": (self.changelist_view, "changelist"),
            "add/": (self.add_view, "add"),
            "entries/": (self.entries_view, "entries"),
            "remove/": (self.remove_view, "remove"),
            "clear/": (self.clear_view, "clear"),
            "clear-all/": (self.clear_all_view, "clear_all"),
        }
        return [
            path(route, self.admin_site.admin_view(view), name=f"broadcast_keyspace_{name}")
            for route, (view, name) in pages.items()
        ]

    # looking

    @guarded("has_view_permission")
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """List keyspaces."""
        now = store().clock()
        rows = [self._row(summary, now) for summary in inspection.summaries(store())]
        can_clear = self.has_delete_permission(request) and any(row["clear_url"] for row in rows)
        tool_url = self._url("clear_all") if can_clear else ""
        return self.page(
            request, "change_list", "Keyspaces", rows=rows, tool_text="Clear all keyspaces", tool_url=tool_url
        )

    @guarded("has_view_permission")
    def entries_view(self, request: HttpRequest) -> HttpResponse:
        """Show a keyspace's entries, newest first."""
        summary, text, now = self._summary(request), request.GET.get("q", ""), store().clock()
        keyspace, found = self._row(summary, now), inspection.entries_of(store(), summary.name, text)
        pages = Paginator(found, ENTRIES_PER_PAGE)
        shown = pages.get_page(request.GET.get("p"))
        numbers = [
            (number, self._url("entries", keyspace=summary.name, q=text, p=number) if number != pages.ELLIPSIS else "")
            for number in pages.get_elided_page_range(shown.number)
        ]
        return self.page(
            request,
            "entries",
            f"Keyspace {shown_name(summary.name)}",
            crumbs=[("Keyspaces", self._url("changelist"))],
            keyspace=keyspace,
            tool_text="Clear this keyspace",
            tool_url=keyspace["clear_url"] if self.has_delete_permission(request) else "",
            rows=[self._entry_row(summary.name, entry, now) for entry in shown],
            text=text,
            found=count_text(len(found), "entry", "entries"),
            shown=shown,
            numbers=numbers,
        )

    # removing

    @guarded("has_delete_permission")
    def remove_view(self, request: HttpRequest) -> HttpResponse:
        """Remove one entry, after asking."""
        summary, key = self._summary(request), request.GET.get("key", "")
        back = self._url("entries", keyspace=summary.name)
        kept = store().read(summary.name, key)
        named = f"entry {shown_name(key)} of {shown_name(summary.name)}"
        if request.method == "POST":
            if kept is not None and store().delete(f"{summary.name}:{key}"):
                self._log(request, summary.name, f"{shown_name(summary.name)}: {shown_name(key)}", f"Removed {named}.")
                messages.success(request, f"Removed {named}.")
            else:
                messages.warning(request, f"There is no {named} any more; nothing was removed.")
            return self._leave(request, back)
        if kept is None:
            raise Http404(f"there is no {named}")
        return self.page(
            request,
            "confirm",
            f"Remove {named}?",
            crumbs=[("Keyspaces", self._url("changelist")), (shown_name(summary.name), back)],
            facts=["1 entry goes."],
            seen=f"Every open browser drops it within {settings().HEADS_S:g} s."
            " It comes back when a producer sends it again.",
            value=shown_value(kept[0], VALUE_CHARACTERS),
            button="Yes, remove it",
            back=back,
        )

    @guarded("has_delete_permission")
    def clear_view(self, request: HttpRequest) -> HttpResponse:
        """Begin a keyspace anew, after asking."""
        summary = self._summary(request)
        named = f"keyspace {shown_name(summary.name)}"
        back = self._url("entries", keyspace=summary.name)
        crumbs = [("Keyspaces", self._url("changelist")), (shown_name(summary.name), back)]
        return self._clear(request, [summary], f"Clear {named}?", crumbs, back)

    @guarded("has_delete_permission")
    def clear_all_view(self, request: HttpRequest) -> HttpResponse:
        """Begin every keyspace anew, after asking."""
        written = [summary for summary in inspection.summaries(store()) if summary.is_written]
        back = self._url("changelist")
        return self._clear(request, written, "Clear all keyspaces?", [("Keyspaces", back)], back)

    def _clear(
        self, request: HttpRequest, chosen: list[KeyspaceSummary], title: str, crumbs: list[tuple[str, str]], back: str
    ) -> HttpResponse:
        if request.method == "POST":
            cleared = [summary for summary in chosen if self._start_over(request, summary)]
            goes = count_text(sum(summary.size for summary in cleared), "entry", "entries")
            names = ", ".join(shown_name(summary.name) for summary in cleared)
            if cleared:
                messages.success(request, f"Cleared {names}: {goes} removed.")
            else:
                messages.warning(request, "There was nothing to clear.")
            return self._leave(request, back)
        return self.page(
            request,
            "confirm",
            title,
            crumbs=crumbs,
            facts=[_goes(summary) for summary in chosen] or ["Nothing is kept; there is nothing to clear."],
            seen=f"Every open browser empties what it shows of this within {settings().HEADS_S:g} s,"
            " and fills again with what producers send from then on. This cannot be undone.",
            button=f"Yes, clear {count_text(sum(summary.size for summary in chosen), 'entry', 'entries')}",
            back=back,
        )

    def _start_over(self, request: HttpRequest, summary: KeyspaceSummary) -> bool:
        begun = store().start_over(summary.name)
        if begun:
            goes = count_text(summary.size, "entry", "entries")
            self._log(request, summary.name, shown_name(summary.name), f"Cleared the keyspace: {goes} removed.")
        return begun

    def _log(self, request: HttpRequest, keyspace: str, named: str, said: str) -> None:
        # Django's own log_* methods differ between versions, and want rows of a table.
        LogEntry.objects.create(
            user_id=request.user.pk,
            content_type=ContentType.objects.get_for_model(Keyspace),
            object_id=shown_name(keyspace),
            object_repr=named[:200],
            action_flag=DELETION,
            change_message=said,
        )

    # pages

    def page(
        self,
        request: HttpRequest,
        template: str,
        title: str,
        crumbs: Iterable[tuple[str, str]] = (),
        status: int = 200,
        **context: Any,
    ) -> TemplateResponse:
        """Return one of the app's pages inside the admin's frame."""
        request.current_app = self.admin_site.name
        common = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "crumbs": crumbs,
            "is_new_frame": IS_NEW_FRAME,
            "can_remove": self.has_delete_permission(request),
        }
        return TemplateResponse(
            request, f"admin/broadcast/keyspace/{template}.html", {**common, **context}, status=status
        )

    def _leave(self, request: HttpRequest, url: str) -> HttpResponse:
        may_look = self.has_view_permission(request)
        return HttpResponseRedirect(url if may_look else reverse("admin:index", current_app=self.admin_site.name))

    def _url(self, page: str, **query: Any) -> str:
        url = reverse(f"admin:broadcast_keyspace_{page}", current_app=self.admin_site.name)
        return f"{url}?{urlencode(query)}" if query else url

    def _summary(self, request: HttpRequest) -> KeyspaceSummary:
        name = request.GET.get("keyspace", "")
        if name not in inspection.keyspace_names(store()):
            raise Http404(f"no keyspace {shown_name(name)}")
        return inspection.summaries(store(), [name])[0]

    def _row(self, summary: KeyspaceSummary, now: float) -> dict[str, Any]:
        return {
            "name": shown_name(summary.name),
            "title": summary.title,
            "policy": summary.policy_text,
            "size": summary.size,
            "revision": summary.head.revision,
            "epoch": summary.head.epoch,
            "age": "" if summary.newest_at is None else age_text(now - summary.newest_at),
            "url": self._url("entries", keyspace=summary.name),
            "clear_url": self._url("clear", keyspace=summary.name) if summary.is_written else "",
        }

    def _entry_row(self, keyspace: str, entry: Entry, now: float) -> dict[str, Any]:
        value = entry.value or ""
        return {
            "key": shown_name(entry.key),
            "lane": shown_name(entry.lane) if entry.lane else "",
            "revision": entry.revision,
            "age": age_text(now - entry.at),
            "size_bytes": len(value.encode()),
            "preview": shown_text(value[:PREVIEW_CHARACTERS]) + ("…" if len(value) > PREVIEW_CHARACTERS else ""),
            "value": shown_value(value, VALUE_CHARACTERS),
            "remove_url": self._url("remove", keyspace=keyspace, key=entry.key),
        }


def _goes(summary: KeyspaceSummary) -> str:
    title = f" ({summary.title})" if summary.title else ""
    return f"{shown_name(summary.name)}{title}: {count_text(summary.size, 'entry goes', 'entries go')}."
