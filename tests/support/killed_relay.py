"""Relays the outbox until it kills itself; run as `… killed_relay STEP`, with the step after which that happens."""

import os
import signal
import sys
from typing import Any

import django

ROWS_AT_ONCE = 10


def main(step: str) -> None:
    django.setup()
    from django.core.management import call_command

    from broadcast.publishing import outbox

    apply, number, calls = outbox.apply, outbox._number, []

    def die_at(name: str) -> None:
        if step == name and len(calls) == 2:
            os.kill(os.getpid(), signal.SIGKILL)

    def numbered(using: str | None) -> str:
        producer = number(using)
        calls.append(producer)
        die_at("numbered")
        return producer

    def applied(*args: Any) -> Any:
        failed = apply(*args)
        die_at("applied")
        return failed

    outbox._number, outbox.apply, outbox.ROWS_AT_ONCE, outbox.LEASE_S = numbered, applied, ROWS_AT_ONCE, 0.01
    call_command("relay_outbox", "--every", "0.01")


if __name__ == "__main__":
    main(sys.argv[1])
