"""What every event bus is: hints of changed rows, which may be lost at any time without harm."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Event:
    """A changed row on its way to who watches it.

    Attributes:
        uuid: The task.
        version: The row's version after the change.
        terminal: The task has ended.
        data: The row's wire shape as JSON, None where it is too large to send and has to be read.
    """

    uuid: UUID
    version: int
    terminal: bool
    data: str | None

    def encode(self) -> str:
        """Return the event as one line: what the bus needs to know of it stands before the JSON, unparsed."""
        return f"{self.version} {int(self.terminal)} {self.data or ''}"

    @classmethod
    def decode(cls, uuid: UUID, line: str) -> "Event":
        """Return the event of a line.

        Raises:
            ValueError: It is none.
        """
        version, terminal, data = line.split(" ", 2)
        return cls(uuid, int(version), terminal == "1", data or None)


class Listener(ABC):
    """One event loop's ear on a bus. All methods are called in that loop."""

    @property
    def hears(self) -> bool:
        """Whether the bus can be reached; while it cannot, the rows are read more often."""
        return True

    @abstractmethod
    async def add(self, uuid: UUID) -> None:
        """Begin to hear of a task; what is published after this returns is heard, if the bus can be reached.

        Adding a task again is no mistake: it waits for the first to be heard as well.
        """

    @abstractmethod
    async def discard(self, uuid: UUID) -> None:
        """Stop to hear of a task."""

    @abstractmethod
    async def close(self) -> None:
        """Give back what the listener holds."""


class EventBus(ABC):
    """Carries events from where rows change to where they are watched."""

    # Seconds between two looks at the versions of all watched tasks: how long a lost event can go unnoticed.
    reread: ClassVar[float]

    # Whether events are worth making at all.
    publishes: ClassVar[bool] = True

    @abstractmethod
    def publish(self, event: Event) -> None:
        """Send an event. Whatever this raises is logged and forgotten: a bus never fails a task or a request."""

    @abstractmethod
    def listen(self, deliver: Callable[[Event], None], resync: Callable[[], None]) -> Listener:
        """Return a listener of the running event loop.

        Args:
            deliver: Called in the loop with each event of an added task.
            resync: Called in the loop when events may have been lost, as after a reconnect.
        """
