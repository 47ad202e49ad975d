"""A producer that numbers events until it is killed; run as `python -m tests.support.killed_producer URL TOKEN FOLDER`.

It records each number before and after it publishes it; a test compares these files with the server. A later
process continues with the next number.
"""

import asyncio
import os
import sys
from pathlib import Path

from stickyboard import Producer


async def main(url: str, token: str, folder: Path) -> None:
    """Publish numbers as fast as possible, from the first one that no earlier process recorded."""
    begun = os.open(folder / "begun", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    done = os.open(folder / "done", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    number = len((folder / "begun").read_text().splitlines())
    async with Producer(url, token, spool=folder / "events.spool", max_events=2_000) as producer:
        print("open", flush=True)
        while True:
            os.write(begun, b"%d\n" % number)
            await producer.publish("log", id=number)
            os.write(done, b"%d\n" % number)
            number += 1
            await asyncio.sleep(0)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
