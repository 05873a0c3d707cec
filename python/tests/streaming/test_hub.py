import asyncio
from typing import Any
from uuid import UUID, uuid4

from task_api.events import Event
from task_api.hub import Frame, Watcher, frame_of, get_hub
from task_api.hub.fanout import close_all_streams
from task_api.hub.watcher import BACKLOG

TASK = UUID(int=1)


def frame(version: int, uuid: UUID = TASK, *, terminal: bool = False) -> Frame:
    return frame_of(Event(uuid, version, terminal, f'{{"of":"{uuid}","number":{version}}}'))


def taken(watcher: Watcher) -> list[Frame]:
    return asyncio.run(watcher.take(0))


def test_watcher_takes_what_is_newer_in_order() -> None:
    watcher = Watcher({TASK: 2})
    for version in (2, 3, 1, 3, 5, 4):
        watcher.offer(frame(version))
    assert [frame.version for frame in taken(watcher)] == [3, 5]
    assert taken(watcher) == []


def test_watcher_ignores_what_it_does_not_watch() -> None:
    watcher = Watcher({TASK: 0})
    watcher.offer(frame(1, uuid4()))
    assert taken(watcher) == []


def test_watcher_that_falls_behind_gets_announcements() -> None:
    """Nothing is lost: the client reads what it is told of without data."""
    watcher = Watcher({TASK: 0, UUID(int=2): 0})
    watcher.offer(frame(1, UUID(int=2), terminal=True))
    for version in range(1, BACKLOG + 2):
        watcher.offer(frame(version))
    frames = taken(watcher)
    assert [(frame.uuid.int, frame.version, frame.terminal, b"number" in frame.text) for frame in frames] == [
        (2, 1, True, False),
        (1, BACKLOG - 1, False, False),
        (1, BACKLOG, False, True),
        (1, BACKLOG + 1, False, True),
    ]


def test_sleeping_watcher_is_woken() -> None:
    watcher = Watcher({TASK: 0})

    async def wait() -> list[Frame]:
        waiting = asyncio.create_task(watcher.take(60))
        await asyncio.sleep(0)
        watcher.offer(frame(1))
        return await waiting

    assert [frame.version for frame in asyncio.run(wait())] == [1]


def test_loop_that_is_gone_keeps_no_server_from_its_end(settings: Any) -> None:
    settings.TASK_API_EVENT_BUS = "memory"

    async def watch() -> None:
        get_hub()

    loop = asyncio.new_event_loop()
    loop.run_until_complete(watch())
    loop.close()
    close_all_streams()
