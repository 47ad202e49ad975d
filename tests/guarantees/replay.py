"""Repeats the history in a file step by step. Run as `python -m tests.guarantees.replay FILE [--step]`."""

import argparse
import os
import sys
from pathlib import Path

import django


def main(arguments: list[str] | None = None) -> int:
    given = parsed(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()

    from tests.support import simulations
    from tests.support.exploration import replaying
    from tests.support.history_files import read_history

    header, actions = read_history(given.file)
    print(header)
    replay = {"explored": replaying.replay, "simulated": simulations.replay}[header["kind"]]
    lines: list[str] = []
    for number, lines in enumerate(replay(header, actions), start=1):
        print(f"{number}. {actions[number - 1] if number <= len(actions) else 'the end'}", *lines, sep="\n", flush=True)
        if given.step and number < len(actions):
            input("Enter for the next action ")
    return 1 if lines and "violation" in lines[-1] else 0


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.guarantees.replay", description=__doc__)
    parser.add_argument("file", type=Path, help="such as build/histories/explored-ring.jsonl")
    parser.add_argument("--step", action="store_true", help="wait for Enter after each action")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
