import asyncio
from uuid import UUID, uuid4

from task_api.events import Event
from task_api.hub import BACKLOG, Watcher

TASK = UUID(int=1)


def event(version: int, uuid: UUID = TASK, *, terminal: bool = False) -> Event:
    return Event(uuid, version, terminal, f'{{"version":{version}}}')


def taken(watcher: Watcher) -> list[Event]:
    return asyncio.run(watcher.take(0))


def test_watcher_takes_what_is_newer_in_order() -> None:
    watcher = Watcher({TASK: 2})
    for version in (2, 3, 1, 3, 5, 4):
        watcher.offer(event(version))
    assert [event.version for event in taken(watcher)] == [3, 5]
    assert taken(watcher) == []


def test_watcher_ignores_what_it_does_not_watch() -> None:
    watcher = Watcher({TASK: 0})
    watcher.offer(event(1, uuid4()))
    assert taken(watcher) == []


def test_watcher_that_falls_behind_gets_announcements() -> None:
    """Nothing is lost: the client reads what it is told of without data."""
    watcher = Watcher({TASK: 0, UUID(int=2): 0})
    watcher.offer(event(1, UUID(int=2), terminal=True))
    for version in range(1, BACKLOG + 2):
        watcher.offer(event(version))
    events = taken(watcher)
    assert [(event.uuid.int, event.version, event.terminal, event.data is None) for event in events[:2]] == [
        (2, 1, True, True),
        (1, BACKLOG - 1, False, True),
    ]
    assert events[-1].version == BACKLOG + 1


def test_sleeping_watcher_is_woken() -> None:
    watcher = Watcher({TASK: 0})

    async def wait() -> list[Event]:
        waiting = asyncio.create_task(watcher.take(60))
        await asyncio.sleep(0)
        watcher.offer(event(1))
        return await waiting

    assert [event.version for event in asyncio.run(wait())] == [1]
