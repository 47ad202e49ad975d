"""Asking whoever is at the terminal before something goes."""

import sys

from django.core.management.base import CommandError


class AsksFirst:
    """For commands that remove something."""

    def confirm(self, what: str) -> None:
        """Raise CommandError unless somebody answers yes; `what` says what goes."""
        if not self.can_ask():
            raise CommandError("nobody can be asked here; type the same with --noinput (or --dry-run to see what goes)")
        if self.ask(f"{what}, in every open browser too. Type yes to go on: ").strip().lower() != "yes":
            raise CommandError("nothing was removed")

    def can_ask(self) -> bool:
        """Whether there is a person at the terminal."""
        return sys.stdin is not None and sys.stdin.isatty()

    def ask(self, question: str) -> str:
        """Return what is typed; "" where the input ends."""
        try:
            return input(question)
        except EOFError:
            return ""
