"""Events as a stream's bytes, made once for however many streams send them.

The format is that of the HTML standard, section "Server-sent events".
"""

import json
from dataclasses import dataclass
from uuid import UUID

from task_api.events import Event

# A comment, as a sign of life.
HEARTBEAT = b":\n\n"


@dataclass(frozen=True, slots=True)
class Frame:
    """What a stream sends of a changed row.

    Attributes:
        uuid: The task.
        version: The row's version after the change.
        terminal: The task has ended.
        text: The bytes to send.
    """

    uuid: UUID
    version: int
    terminal: bool
    text: bytes

    def announcement(self) -> "Frame":
        """Return the frame without its data, which the client then reads."""
        return frame_of(Event(self.uuid, self.version, self.terminal, None))


def frame_of(event: Event) -> Frame:
    data = event.data or json.dumps({"uuid": str(event.uuid), "version": event.version}, separators=(",", ":"))
    text = b"id: %b:%d\n%b" % (str(event.uuid).encode(), event.version, encode("task", data))
    return Frame(event.uuid, event.version, event.terminal, text)


def encode(kind: str, data: str) -> bytes:
    # JSON has no line breaks of its own.
    return f"event: {kind}\ndata: {data}\n\n".encode()
