"""Explores every interleaving of small systems. Run as `python -m tests.guarantees.explore --help`."""

import argparse
import os
import sys

import django

PATIENT_S = 60.0


def main(arguments: list[str] | None = None) -> int:
    given = parsed(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()

    from tests.support.exploration.reporting import explore_and_report
    from tests.support.exploration.scenarios import SCENARIOS
    from tests.support.planted_bugs import BUGS

    names = [name for name in SCENARIOS if given.scenario in name]
    if not names:
        print(f"no scenario contains {given.scenario!r}; there are: {', '.join(SCENARIOS)}", file=sys.stderr)
        return 2
    if given.bug is not None and given.bug not in BUGS:
        print(f"no bug is named {given.bug!r}; there are: {', '.join(BUGS)}", file=sys.stderr)
        return 2
    return explore_and_report(names, given.seconds, given.depth, given.workers, given.bug)


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.guarantees.explore", description=__doc__)
    parser.add_argument(
        "--seconds", type=float, default=PATIENT_S, help="of the processor, for all together (%(default).0f)"
    )
    parser.add_argument("--depth", type=int, default=10**6, help="maximum number of actions in a history")
    parser.add_argument("--workers", type=int, default=1, help="processes, each with some of the scenarios")
    parser.add_argument("--scenario", default="", help="only those whose name contains this text")
    parser.add_argument("--bug", help="plant one of tests/support/planted_bugs.py, by its name")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
