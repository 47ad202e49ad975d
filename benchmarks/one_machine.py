"""`python -m benchmarks.one_machine`: what a board costs a machine, by how many processes serve it and through what.

The same load each time: producers send numbered values at a rate, browsers are spread evenly over the processes and
acknowledge updates. CPU time is measured by the scheduler; that of the generator is excluded.
"""

import argparse
import asyncio
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from benchmarks.machine import describe
from benchmarks.processes import cpu_s, start, stop
from benchmarks.tables import markdown
from dashboard_project.cluster import nginx_configuration, nginx_program
from stickyboard import Producer
from tests.support.many_browsers import LightBrowser, Texts
from tests.support.redis_server import RedisServer
from tests.support.server import Server, free_port, until

MODELS = ["gbt", "mlp", "cnn", "knn", "gru", "lstm", "bert", "forest"]
WARM_UP_S = 1.0


class Setup(NamedTuple):
    """How a board is served."""

    title: str
    processes: int
    is_on_redis: bool = False
    is_behind_nginx: bool = False


SETUPS = (
    Setup("one process on SQLite", 1),
    Setup("two processes on SQLite", 2),
    Setup("four processes on SQLite", 4),
    Setup("one process on Redis", 1, is_on_redis=True),
    Setup("two processes on Redis", 2, is_on_redis=True),
    Setup("four processes on Redis", 4, is_on_redis=True),
    Setup("four processes on Redis, behind nginx", 4, is_on_redis=True, is_behind_nginx=True),
)


class Run(NamedTuple):
    """What was seen in one run, in shares of one core, and updates a second."""

    processes: float
    redis: float
    nginx: float
    updates_per_s: float

    @property
    def us_per_update(self) -> float:
        return 1e6 * (self.processes + self.redis + self.nginx) / self.updates_per_s


class Machine:
    """The servers of one setup."""

    def __init__(self, stack: ExitStack, setup: Setup) -> None:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self.redis = stack.enter_context(RedisServer("redis", appendonly="yes")) if setup.is_on_redis else None
        environment = {"layer": "redis", "REDIS_URL": self.redis.url} if self.redis else {}
        self.servers = [Server(folder, **environment) for _ in range(setup.processes)]
        stack.enter_context(self.servers[0])
        for server in self.servers[1:]:
            server.token = self.servers[0].token
            stack.callback(server.stop)
            server.start()
        self.nginx = stack.enter_context(nginx_before(folder, self.servers)) if setup.is_behind_nginx else None

    def port_of(self, index: int) -> int:
        return self.nginx[1] if self.nginx else self.servers[index % len(self.servers)].port

    def used_s(self) -> tuple[float, float, float]:
        """Return the CPU seconds of processes, Redis and nginx so far."""
        web = sum(cpu_s(server.process.pid) for server in self.servers if server.process)
        redis = cpu_s(self.redis.process.pid) if self.redis and self.redis.process else 0.0
        return web, redis, cpu_s(self.nginx[0]) if self.nginx else 0.0


@contextmanager
def nginx_before(folder: Path, servers: list[Server]) -> Iterator[tuple[int, int]]:
    """Run nginx as `make cluster` does; yield its process number and its port."""
    port, conf = free_port(), folder / "nginx.conf"
    conf.write_text(nginx_configuration(port, [server.port for server in servers]))
    process = start([str(nginx_program()), "-e", "stderr", "-p", folder, "-c", conf], None)
    try:
        yield process.pid, port
    finally:
        stop(process)


class At(NamedTuple):
    """Where a browser connects."""

    port: int


async def measure(setup: Setup, browsers: int, events_per_s: float, seconds: float) -> Run:
    """Return what one setup took."""
    with ExitStack() as stack:
        machine = Machine(stack, setup)
        texts = Texts()
        watching = [LightBrowser(texts, partial(At, machine.port_of(n))) for n in range(browsers)]
        for browser in watching:
            browser.start()
        await until(lambda: all(browser.is_caught_up for browser in watching), 60, "all browsers are connected")
        rate = events_per_s / setup.processes
        sending = [
            asyncio.create_task(send(f"http://127.0.0.1:{machine.port_of(n)}", machine.servers[0].token, rate))
            for n in range(setup.processes)
        ]
        await asyncio.sleep(WARM_UP_S)
        before, updates = machine.used_s(), sum(browser.updates for browser in watching)
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.sleep(seconds)
        took_s = loop.time() - began
        after, more_updates = machine.used_s(), sum(browser.updates for browser in watching)
        for task in sending:
            task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)
        for browser in watching:
            await browser.leave()
    used = [(now - then) / took_s for now, then in zip(after, before, strict=True)]
    return Run(*used, updates_per_s=(more_updates - updates) / took_s)


async def send(url: str, token: str, events_per_s: float) -> None:
    """Publish scores of the models in turn until cancelled."""
    loop = asyncio.get_running_loop()
    async with Producer(url, token) as producer:
        began, number = loop.time(), 0
        while True:
            await producer.publish("model_metric", model=MODELS[number % len(MODELS)], macro_f1=number % 997 / 997)
            number += 1
            await asyncio.sleep(began + number / events_per_s - loop.time())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--browsers", type=int, default=200)
    parser.add_argument("--events-per-s", type=float, default=500)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each run")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each; the medians are printed")
    parser.add_argument("--setup", default="", help="only setups whose title contains this")
    options = parser.parse_args()
    chosen = [setup for setup in SETUPS if options.setup in setup.title]
    setups = [setup for setup in chosen if nginx_program() or not setup.is_behind_nginx]
    runs: dict[Setup, list[Run]] = {setup: [] for setup in setups}
    for _ in range(options.rounds):
        for setup in setups:
            runs[setup].append(asyncio.run(measure(setup, options.browsers, options.events_per_s, options.seconds)))
    print(f"{options.browsers} browsers, {options.events_per_s:g} events/s, medians of {options.rounds} runs\n")
    heads = ["served by", "updates a second", "processes", "Redis", "nginx", "all", "CPU per update"]
    print(markdown(heads, [[setup.title, *line(found)] for setup, found in runs.items()]))
    print("\n" + ", ".join(f"{name}: {value}" for name, value in describe().items()))


def line(runs: list[Run]) -> list[str]:
    """Return the medians as text, the shares of one core in percent."""
    of = {name: statistics.median(getattr(run, name) for run in runs) for name in Run._fields}
    shares = [of["processes"], of["redis"], of["nginx"], of["processes"] + of["redis"] + of["nginx"]]
    per_update = statistics.median(run.us_per_update for run in runs)
    return [f"{of['updates_per_s']:,.0f}", *(f"{share:.0%}" for share in shares), f"{per_update:.0f} µs"]


if __name__ == "__main__":
    main()
