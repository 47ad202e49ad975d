"""`stickyboard conformance`: checks that a client follows a board by the rules of the protocol."""

import asyncio
import sys
from collections.abc import Sequence

from broadcast.management.parser import Parser
from stickyboard.conformance import Case, ClientError, Failure, Program, play, read_cases, start

HINT = "docs/reference/conformance.md describes what the client reads and prints"


def run(words: Sequence[str]) -> int:
    """Play the cases to a client; exit with 1 if it fails one."""
    parser = Parser(
        prog="stickyboard conformance",
        usage="stickyboard conformance [--case NAME] [--timeout SECONDS] -- COMMAND [ARGUMENT ...]",
        description="Plays transcripts of a server, correct and faulty ones, to a client, and compares what it shows.",
        epilog=f"Example: stickyboard conformance -- python my_client.py; {HINT}.",
    )
    parser.add_argument("--case", action="append", metavar="NAME", help="Play this case only; may be repeated.")
    parser.add_argument("--list", action="store_true", help="List the cases, and play none.")
    parser.add_argument(
        "--timeout", type=float, default=10.0, metavar="SECONDS", help="The longest time of one step; default: 10."
    )
    parser.add_argument("command", nargs="*", help="The client, after --.")
    options = parser.parse_args(words)
    try:
        cases = chosen(read_cases(), options.case)
    except ValueError as exc:
        parser.error(str(exc))
    if options.list:
        for case in cases:
            print(f"{case.name:<28}{case.sentence}")
        return 0
    if not options.command:
        parser.error(f"name the client after --, such as: stickyboard conformance -- python my_client.py; {HINT}")
    return asyncio.run(play_all(cases, options.command, options.timeout))


def chosen(cases: Sequence[Case], names: Sequence[str] | None) -> list[Case]:
    by_name = {case.name: case for case in cases}
    for name in names or ():
        if name not in by_name:
            raise ValueError(f'there is no case "{name[:40]}"; see: stickyboard conformance --list')
    return [by_name[name] for name in names] if names else list(cases)


async def play_all(cases: Sequence[Case], command: Sequence[str], timeout_s: float) -> int:
    """Play the cases to one program, and print a line for each; return the exit code."""
    try:
        async with start(command) as program:
            passed = [await passes(case, program, timeout_s) for case in cases]
    except ClientError as exc:
        print(f"{exc}; {HINT}", file=sys.stderr)
        return 1
    print(f"{sum(passed)} of {len(passed)} cases passed")
    return 0 if all(passed) else 1


async def passes(case: Case, program: Program, timeout_s: float) -> bool:
    """Play a case, and print whether the client passed it."""
    try:
        await play(case, program, timeout_s)
    except Failure as exc:
        print(f"FAILED  {case.name}: {case.sentence}\n        {exc}", flush=True)
        return False
    print(f"passed  {case.name}", flush=True)
    return True
