"""Runs the six guarantees on what `watch --record` wrote, so that users can prove their own deployment."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from broadcast.management.command import StickyCommand
from broadcast.management.options import add_format
from broadcast.testing.transcripts import Damaged, Report, check_transcripts, names_of


class Command(StickyCommand):
    help = (
        "Checks recorded transcripts against the six guarantees: ordered, unique, gap-free, replay first, atomic,"
        " resumable. Several files of one board are compared with each other too. Ends with 1 when one is broken."
        " Example: manage.py watch --record a.ndjson --for-s 60 && manage.py check_transcript a.ndjson"
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="What manage.py watch --record wrote.")
        add_format(parser)

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        try:
            report = check_transcripts(names_of(files))
        except Damaged as exc:
            raise CommandError(str(exc), returncode=2) from exc
        except OSError as exc:
            mend = "name a file that manage.py watch --record FILE wrote"
            raise CommandError(f"cannot read {exc.filename}: {exc.strerror}; {mend}", returncode=2) from exc
        self.stdout.write(self.as_json(report) if options["format"] == "json" else self.as_text(report))
        if not report.holds:
            raise CommandError("a guarantee is broken")

    def as_json(self, report: Report) -> str:
        """Return the report as one JSON object."""
        facts = {**report._asdict(), "holds": report.holds}
        return json.dumps({**facts, "findings": [finding._asdict() for finding in report.findings]}, indent=2)

    def as_text(self, report: Report) -> str:
        """Return a line per guarantee, and how much there was to look at."""
        lines = [
            f"{finding.guarantee:<14}{f'BROKEN in {finding.file}, {finding.problem}' if finding.problem else 'ok'}"
            for finding in report.findings
        ]
        counted = (
            f"{report.messages} messages, {report.updates} updates, {report.connections} connections; "
            f"{report.compared} pictures compared with what the store had"
        )
        return "\n".join([*lines, counted])
