"""Share links in the admin: create, list, revoke. A user can share only boards that this user may view."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.forms import ChoiceField, ModelForm, SplitDateTimeField
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from broadcast.admin.revocable import RevocableAdmin
from broadcast.conf import board_layouts, boards, event_types
from broadcast.models import ShareLink
from broadcast.ops.display_text import printable_text
from broadcast.ops.processes import ROUND_S
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
class ShareLinkAdmin(RevocableAdmin):
    """Lists links. The response to the form displays a new address once; what a link shows never changes."""

    form = LinkForm
    list_display = ("name", "opens", "hint", "created_by", "created_at", "expires_at", "state")
    list_filter = ("is_revoked", "board", "created_by")
    search_fields = ("name", "board", "scene", "created_by")
    noun = ("link", "links")
    at_once = "open pages are disconnected"
    consequence = (
        f"Open pages of these links are disconnected within {ROUND_S:g} s, and the addresses open nothing."
        " A revoked link cannot be restored; make a new one."
    )

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

    def fact_of(self, row: ShareLink) -> str:
        return printable_text(row.opens)

    def save_model(self, request: HttpRequest, obj: ShareLink, form: Any, change: bool) -> None:
        if not change:
            obj.created_by = request.user.get_username()
            obj.token = give_token(obj)  # not a field: only for the response
        super().save_model(request, obj, form, change)

    def secret_of(self, request: HttpRequest, row: Any) -> str:
        return str(request.build_absolute_uri(reverse("shared-page", args=[row.token])))
