"""`python -m benchmarks.publishers SPEC`: publish as the JSON text SPEC describes, until standard input ends."""

import asyncio
import json
import sys

from benchmarks.publishers.paced import Paced, answer


async def publish(spec: dict) -> None:
    if spec["protocol"] == "sticky":
        from benchmarks.publishers.sticky import Producer, StickyOutlet

        async with Producer(spec["url"], spec["token"], max_events=50_000) as producer:
            outlet = StickyOutlet(producer, spec["event_types"], spec["size"], spec["entries"])
            answer(kind="open")
            await Paced(outlet).run()
    else:
        from benchmarks.publishers.raw import RawOutlet

        raw = RawOutlet(spec)
        await raw.open()
        answer(kind="open")
        await Paced(raw).run()


asyncio.run(publish(json.loads(sys.argv[1])))
