"""Creates a share link and prints its address once."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.urls import reverse

from broadcast.conf import board_layouts, event_types
from broadcast.errors import UnknownBoard, did_you_mean
from broadcast.management.command import StickyCommand
from broadcast.management.options import add_format, read_expiry
from broadcast.management.output import as_json
from broadcast.page.scenes import placed
from broadcast.sharing.links import DEFAULT_DAYS, make_link


class Command(StickyCommand):
    help = (
        "Creates a read-only link to a board, or to one of its scenes, for people without an account, and prints it"
        " once. Only its hash is stored. The admin lists and revokes links."
    )
    examples = (
        "manage.py share_board main",
        'manage.py share_board main --scene model_metric --name "TV in the hall" --expires 90d',
        "manage.py share_board main --url https://board.example --quiet",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("board", help="Name of the board.")
        parser.add_argument("--scene", default="", help="Name of one scene of it; default: the whole board.")
        parser.add_argument("--name", help="Who receives the link; default: what it shows.")
        default = f"Default: {DEFAULT_DAYS}d."
        parser.add_argument(
            "--expires", help=f"Expiry: a duration such as 12h or 30d, or a time such as 2030-01-31T12:00Z. {default}"
        )
        parser.add_argument("--url", default="", help="Address of the server, which precedes the printed path.")
        add_format(parser)
        parser.add_argument("--quiet", action="store_true", help="Print only the link, for scripts.")

    def handle(self, *args: Any, board: str, scene: str, quiet: bool, **options: Any) -> str:
        self.check_exists(board, scene)
        expires_at = read_expiry(options["expires"]) if options["expires"] else None
        opens = f"{board}/{scene}" if scene else board
        link, token = make_link(options["name"] or opens, board, scene, expires_at=expires_at)
        address: str = options["url"].rstrip("/") + reverse("shared-page", args=[token])
        if options["format"] == "json":
            return as_json({"id": link.pk, "opens": opens, "url": address, "expires_at": link.expires_at.isoformat()})
        if quiet:
            return address
        until = f"{link.expires_at:%Y-%m-%d %H:%M} UTC"
        return f"Link to {opens}, until {until}; keep it, it is not shown again:\n{address}"

    def check_exists(self, board: str, scene: str) -> None:
        """Raise CommandError unless the board exists, and has the scene."""
        if board not in board_layouts():
            raise CommandError(str(UnknownBoard(board, board_layouts())))
        names = [each.name for each in placed(board_layouts()[board], event_types())]
        if scene and scene not in names:
            hint = did_you_mean(scene, names) or f"; it has {', '.join(names)}"
            raise CommandError(f'board "{board}" has no scene "{scene}"{hint}')
