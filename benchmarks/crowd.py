"""Open many streams from a process of its own: crowd.py <port> <path> <count>.

Prints a line when each stream has told its first event, and one when each has told the next.
"""

import asyncio
import resource
import sys

from load import Streams


async def main(port: int, path: str, count: int) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    streams = Streams(port, path)
    await streams.open(count)
    for events in (1, 2):
        while streams.events < count * events:
            await asyncio.sleep(0.02)
        print(streams.events, flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
