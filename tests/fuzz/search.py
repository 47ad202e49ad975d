"""`python -m tests.fuzz.search TARGET [options of libFuzzer] [corpus …]`: searches one target with Atheris."""

import sys

import atheris
import django
from django.conf import settings

with atheris.instrument_imports(include=["broadcast", "producers_api", "stickyboard"]):
    if not settings.configured:
        django.setup()
    from tests.fuzz.targets import TARGETS


def main(name: str, options: list[str]) -> None:
    atheris.Setup([sys.argv[0], *options], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
