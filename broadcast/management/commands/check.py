"""`manage.py check`; with `-v 2`, it also lists how each board draws each event type.

Django does not pass the verbosity to system checks, and displays their debug messages at every verbosity. The list is
therefore part of the command.
"""

from typing import Any

from django.core.management.commands import check

from broadcast import conf
from broadcast.management.command import StickyCommand
from broadcast.page.scenes import as_list, placed
from broadcast.page.widgets.default import default_of


class Command(StickyCommand, check.Command):
    """Django's command, with the list."""

    def handle(self, *app_labels: str, **options: Any) -> None:
        """Run the checks, and list the widgets if they find no error."""
        super().handle(*app_labels, **options)
        if options["verbosity"] < 2 or options["list_tags"]:
            return
        event_types = conf.event_types()
        for board in conf.board_list():
            self.stdout.write(f'Board "{board.name}":')
            for scene in placed(board, event_types):
                for tile in scene.tiles:
                    kinds = [event_types[name] for name in tile.types]
                    is_chosen = tile.widget.kind == default_of(kinds[0]).widget.kind and not as_list(kinds[0].show)
                    reason = f" (chosen: {default_of(kinds[0]).reason})" if is_chosen else ""
                    number = f"{scene.number} " if scene.number is not None else ""
                    self.stdout.write(f"  {number}{scene.title}: {', '.join(tile.types)} as {tile.widget.kind}{reason}")
