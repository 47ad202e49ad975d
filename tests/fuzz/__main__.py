"""`python -m tests.fuzz [--seconds 600] [TARGET …]`: searches each target for its share of the time.

Prints the executions of each target. An input that fails is written to the target's corpus, where `tests/fuzz` replays
it from then on. The exit code is 1 if there was one.
"""

import argparse
import os
import re
import subprocess
import sys
from tempfile import TemporaryDirectory

from tests.fuzz import ALL, CORPUS, HTTP, ROOT, WIDGETS

LIMITS = ("-max_len=4096", "-timeout=5", "-rss_limit_mb=2048", "-print_final_stats=1", "-verbosity=0")


def command_of(target: str, seconds: int, new: str) -> list[str]:
    if target == WIDGETS:
        return ["node", "tests/fuzz/widgets.js", str(seconds)]
    if target == HTTP:
        return [sys.executable, "-m", "tests.fuzz.http", str(seconds)]
    search = [sys.executable, "-m", "tests.fuzz.search", target, f"-max_total_time={seconds}", *LIMITS]
    return [*search, f"-artifact_prefix={CORPUS / target}/", new, str(CORPUS / target)]


def search(target: str, seconds: int) -> bool:
    """Search one target, print what it did, and return whether nothing failed."""
    with TemporaryDirectory() as new:
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        done = subprocess.run(
            command_of(target, seconds, new), cwd=ROOT, env=environment, capture_output=True, text=True
        )
    output = done.stdout + done.stderr
    found = re.findall(r"(?:number_of_executed_units:|executions:)\s*(\d+)", output)
    print(
        f"{target}: {int(found[-1]) if found else 0:,} executions, {'ok' if done.returncode == 0 else 'FAILED'}",
        flush=True,
    )
    if done.returncode:
        lines = [line for line in output.splitlines() if not line.startswith(("INFO:", "WARNING:"))]
        print("\n".join(lines[-100:]), flush=True)
    return done.returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(ALL)}; default: all")
    parser.add_argument("--seconds", type=int, default=600, help="the time of all targets together; default: 600")
    given = parser.parse_args()
    targets = given.targets or ALL
    if unknown := set(targets) - set(ALL):
        parser.error(f"no target {', '.join(sorted(unknown))}; there are {', '.join(ALL)}")
    results = [search(target, max(1, given.seconds // len(targets))) for target in targets]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
