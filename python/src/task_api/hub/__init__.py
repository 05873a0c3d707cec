"""The fan-out of a process: whatever watches tasks in an event loop shares one listener and one look at the rows."""

from task_api.hub.fanout import Hub, get_hub, rows
from task_api.hub.frames import HEARTBEAT, Frame, encode, frame_of
from task_api.hub.watcher import Watcher

__all__ = ["HEARTBEAT", "Frame", "Hub", "Watcher", "encode", "frame_of", "get_hub", "rows"]
