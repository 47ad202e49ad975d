"""The events of the example boards, from their own producers."""

import itertools

from examples.machine.producer import Machine, disks


def measured() -> list[tuple[str, dict]]:
    return [
        *Machine().measure(1.0),
        *disks(),
        ("process_event", {"level": "info", "pid": 1, "name": "init", "what": "started"}),
    ]


def trained(epochs: int = 3) -> list[tuple[str, dict]]:
    from examples.training.producer import Run  # scikit-learn takes two seconds to import, in each test process

    return list(Run(seed=1, epochs=epochs, clock=itertools.count().__next__).events())
