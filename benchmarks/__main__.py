"""`python -m benchmarks`: Stickyboard beside its peers. Also `servers` and `scaling`."""

import argparse
import signal
import sys
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path

from benchmarks import machine
from benchmarks.clock import detecting_pauses
from benchmarks.generator.build import NoCompiler, program
from benchmarks.guarantees import Violation
from benchmarks.peers import OURS, PEERS
from benchmarks.peers.base import Peer
from benchmarks.peers.stickyboard import DEFAULT_SERVER, SERVERS, Stickyboard
from benchmarks.processes import allow_many_files
from benchmarks.results import number
from benchmarks.rows import ROWS
from benchmarks.rows.base import Context
from benchmarks.session import Session, log
from benchmarks.tables import comparison, page, table

PAGE = Path(__file__).parent.parent / "docs" / "measurements" / "benchmarks.md"
PAUSED_LIMIT = 0.05  # beyond it, the figures describe the host rather than the servers
SERVER_ROWS = ("fanout200", "last100", "cold", "herd500", "folding200", "memory")


def main(words: list[str]) -> int:
    arguments = read_arguments(words)
    # Exit normally on SIGTERM, because only that stops the processes that were started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    allow_many_files()
    try:
        program("load")
        with detecting_pauses() if arguments.count_pauses else nullcontext(True) as is_detecting:
            if not is_detecting:
                log("no permission to detect pauses of the machine; they count as the servers' time")
            return arguments.act(arguments)
    except NoCompiler as missing:
        log(str(missing))
    except Violation as violation:
        log(f"\nNo figures: a guarantee was broken. {violation}")
    except KeyboardInterrupt:
        log("\nstopped")
    return 1


def compare(arguments: argparse.Namespace) -> int:
    """Measure Stickyboard and its peers, print the table, and write the page."""
    makers: dict[str, Callable[[], Peer]] = {**PEERS, OURS: partial(Stickyboard, arguments.server)}
    wanted = {name: make for name, make in makers.items() if name in arguments.peers}
    missing = {name: reason for name, make in wanted.items() if (reason := make().why_missing())}
    for name, reason in missing.items():
        log(f"without {name}: {reason}")
    here = {name: make for name, make in wanted.items() if name not in missing}
    session = Session([ROWS[name] for name in arguments.rows], here, arguments.rounds, Context(arguments.seconds))
    results = session.run()
    print(table(*comparison(results, session.rows, list(here))))
    if session.paused_share > PAUSED_LIMIT:
        log(f"The host paused this machine for {session.paused_share:.0%} of the time; measure on another machine.")
    if arguments.page:
        versions = {**{name: make().version() for name, make in here.items()}, **missing}
        facts = machine.describe()
        if arguments.count_pauses:
            facts["paused"] = f"{session.paused_share:.1%} of the time, not counted"
        arguments.page.write_text(page(results, session.rows, list(here), facts, versions))
        log(f"written: {arguments.page}")
    return 0


def compare_servers(arguments: argparse.Namespace) -> int:
    """Measure Stickyboard under each ASGI server."""
    here = {}
    for name in arguments.servers:
        reason = Stickyboard(name).why_missing()
        if reason:
            log(f"without {name}: {reason}")
        else:
            here[name] = partial(Stickyboard, name)
    session = Session([ROWS[name] for name in arguments.rows], here, arguments.rounds, Context(arguments.seconds))
    results = session.run()
    lines = [
        [
            figure.title,
            figure.unit,
            *(number(results[row.name, name].median(figure.name), figure.digits) for name in here),
        ]
        for row in session.rows
        for figure in row.figures
    ]
    print(table(["", "unit", *here], lines))
    return 0


def draw_scaling(arguments: argparse.Namespace) -> int:
    """Measure cost against size, and draw charts."""
    from benchmarks.scaling import draw_all

    draw_all(arguments.server, arguments.seconds, PAGE.parent)
    return 0


def read_arguments(words: list[str]) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.set_defaults(act=compare)
    _add_common(parser, tuple(ROWS))
    parser.add_argument("--peers", type=_names(PEERS), default=tuple(PEERS), help="names, separated by commas")
    parser.add_argument("--page", type=Path, default=PAGE, help="the file of the page")
    parser.add_argument("--no-page", dest="page", action="store_const", const=None, help="write no page")
    parser.add_argument("--server", choices=SERVERS, default=DEFAULT_SERVER, help="the ASGI server of Stickyboard")
    commands = parser.add_subparsers()
    servers = commands.add_parser("servers", help=compare_servers.__doc__)
    _add_common(servers, SERVER_ROWS)
    servers.add_argument("--servers", type=_names(SERVERS), default=tuple(SERVERS))
    servers.set_defaults(act=compare_servers)
    scaling = commands.add_parser("scaling", help=draw_scaling.__doc__)
    scaling.add_argument("--server", choices=SERVERS, default=DEFAULT_SERVER)
    scaling.add_argument("--seconds", type=float, default=1.0, help="duration of one step")
    _add_pauses(scaling)
    scaling.set_defaults(act=draw_scaling)
    return parser.parse_args(words)


def _add_common(parser: argparse.ArgumentParser, rows: tuple[str, ...]) -> None:
    parser.add_argument("--rows", type=_names(ROWS), default=rows, help="names, separated by commas")
    parser.add_argument("--rounds", type=int, default=3, help="how often Stickyboard is measured")
    parser.add_argument("--seconds", type=float, default=0.8, help="duration of one step")
    _add_pauses(parser)


def _add_pauses(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--count-pauses",
        action="store_true",
        help="do not count the time during which the host pauses this virtual machine",
    )


def _names(known) -> Callable[[str], tuple[str, ...]]:
    def read(text: str) -> tuple[str, ...]:
        names = tuple(name.strip() for name in text.split(","))
        unknown = [name for name in names if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"expected some of {', '.join(known)}, got {unknown[0]!r}")
        return names

    return read


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
