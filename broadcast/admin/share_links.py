"""Share links in the admin: create, list, revoke. A user can share only boards that this user may view."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ChoiceField, ModelForm, SplitDateTimeField
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from broadcast.admin.pages import HAS_BREADCRUMB_LIST
from broadcast.conf import board_layouts, boards, event_types
from broadcast.models import ShareLink
from broadcast.ops.processes import ROUND_S
from broadcast.ops.queries import count_text, printable_text
from broadcast.page.scenes import placed
from broadcast.permissions import may_view
from broadcast.sharing.links import default_expiry, give_token


class LinkForm(ModelForm):
    """Offers the boards that the user may view, and their scenes."""

    opens = ChoiceField(label="What it shows")
    expires_at = SplitDateTimeField(label="Expires", initial=default_expiry, widget=AdminSplitDateTime)
    request: HttpRequest  # set by the admin's subclass

    class Meta:
        model = ShareLink
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "opens" in self.fields:  # absent where a link is displayed or renamed
            self.fields["opens"].choices = list(choices_for(self.request))

    def clean_expires_at(self) -> Any:
        if self.cleaned_data["expires_at"] <= timezone.now():
            msg = "This time is past."
            raise ValidationError(msg)
        return self.cleaned_data["expires_at"]

    def _post_clean(self) -> None:
        if opens := self.cleaned_data.get("opens"):
            self.instance.board, _, self.instance.scene = opens.partition("/")  # a board's name has no "/"
            self.instance.expires_at = self.cleaned_data.get("expires_at")
        super()._post_clean()


def choices_for(request: HttpRequest) -> Iterator[tuple[str, str]]:
    """Yield each board that a user may view, and each of its scenes."""
    for name in boards():
        if may_view(name, request):
            yield name, f"{name}: the whole board"
            for scene in placed(board_layouts()[name], event_types()):
                yield f"{name}/{scene.name}", f"{name}: {scene.title}"


@admin.register(ShareLink)
class ShareLinkAdmin(admin.ModelAdmin):
    """Lists links. The response to the form displays a new address once; what a link shows never changes."""

    form = LinkForm
    list_display = ("name", "opens", "hint", "created_by", "created_at", "expires_at", "state")
    list_filter = ("is_revoked", "board", "created_by")
    search_fields = ("name", "board", "scene", "created_by")
    actions = ("revoke",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("name", "opens", "expires_at", *(("hint", "created_by", "created_at", "state") if obj else ()))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("opens", "expires_at", "hint", "created_by", "created_at", "state") if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        return type("LinkForm", (form,), {"request": request})

    @admin.display(description="shows")
    def opens(self, link: ShareLink) -> str:
        return link.opens

    @admin.display(description="state", ordering="is_revoked")
    def state(self, link: ShareLink) -> str:
        return link.state

    @admin.action(description="Revoke selected share links", permissions=("change",))
    def revoke(self, request: HttpRequest, queryset: QuerySet[ShareLink]) -> HttpResponse | None:
        """Revoke links after a confirmation; each is logged, and every process closes its open sockets."""
        links = list(queryset.filter(is_revoked=False))
        if links and "confirmed" not in request.POST:
            return self.confirm_revoking(request, links)
        for link in links:
            link.is_revoked = True
            link.save(update_fields=["is_revoked"])
            self.log_change(request, link, "Revoked.")
        revoked = f"Revoked {', '.join(link.name for link in links)}; open pages are disconnected within {ROUND_S:g} s."
        messages.success(request, revoked if links else "All of them were already revoked.")
        return None

    def confirm_revoking(self, request: HttpRequest, links: list[ShareLink]) -> HttpResponse:
        """Return the confirmation page, which runs the action on the same links."""
        back = reverse(f"{self.admin_site.name}:stickyboard_sharelink_changelist")
        picked = [(ACTION_CHECKBOX_NAME, link.pk) for link in links]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Revoke share links?",
            "crumbs": [("Share links", back)],
            "has_breadcrumb_list": HAS_BREADCRUMB_LIST,
            "facts": [f"{printable_text(link.name)}: {printable_text(link.opens)}" for link in links],
            "seen": f"Open pages of these links are disconnected within {ROUND_S:g} s, and the addresses open nothing."
            " A revoked link cannot be restored; make a new one.",
            "hidden": [("action", "revoke"), ("confirmed", "yes"), *picked],
            "button": f"Yes, revoke {count_text(len(links), 'link', 'links')}",
            "back": back,
        }
        return TemplateResponse(request, "admin/stickyboard/confirm.html", context)

    def save_model(self, request: HttpRequest, obj: ShareLink, form: Any, change: bool) -> None:
        """Save; a new row gets a new token."""
        if not change:
            obj.created_by = request.user.get_username()
            obj.token = give_token(obj)  # not a field: only for the response
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Display the address in the response itself: a message would be stored until it is displayed."""
        address = request.build_absolute_uri(reverse("shared-page", args=[obj.token]))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "New share link",
            "messages": [f"Link for {obj.name}; copy it now, it is not displayed again: {address}"],
        }
        return TemplateResponse(request, "admin/stickyboard/new_token.html", context)
