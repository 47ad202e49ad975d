"""Checks the six guarantees on transcripts that `watch --record` wrote."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from broadcast.management.command import StickyCommand
from broadcast.management.options import add_format
from broadcast.testing.transcripts import InvalidTranscript, Report, check_transcripts, read_transcript


class Command(StickyCommand):
    help = (
        "Checks recorded transcripts against the six guarantees: ordered, unique, gap-free, replay first, atomic,"
        " resumable. Several files must be of one board, and are also compared with each other. Exits with 1 if a"
        " guarantee is broken, and with 2 if a file is not a transcript."
        " Example: manage.py watch --record a.ndjson --for-s 60 && manage.py check_transcript a.ndjson"
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="Written by manage.py watch --record.")
        add_format(parser)

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        try:
            report = check_transcripts({str(path): read_transcript(path) for path in files})
        except InvalidTranscript as exc:
            raise CommandError(str(exc), returncode=2) from exc
        except OSError as exc:
            hint = "name a file that manage.py watch --record FILE wrote"
            raise CommandError(f"cannot read {exc.filename}: {exc.strerror}; {hint}", returncode=2) from exc
        self.stdout.write(self.as_json(report) if options["format"] == "json" else self.as_text(report))
        if not report.holds:
            raise CommandError("a guarantee is broken")

    def as_json(self, report: Report) -> str:
        facts = {**report._asdict(), "holds": report.holds}
        return json.dumps({**facts, "findings": [finding._asdict() for finding in report.findings]}, indent=2)

    def as_text(self, report: Report) -> str:
        """Return one line per guarantee, and one with counts."""
        lines = [
            f"{finding.guarantee:<14}{f'BROKEN in {finding.file}, {finding.problem}' if finding.problem else 'ok'}"
            for finding in report.findings
        ]
        counted = (
            f"{report.messages} messages, {report.updates} updates, {report.connections} connections; "
            f"{report.compared} states compared with the store's"
        )
        return "\n".join([*lines, counted])
