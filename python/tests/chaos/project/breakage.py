"""Ways to take a guard out of the library, for this project alone: a run of the suite must then fail.

`CHAOS_BREAK` in the environment of all processes of a run names one of `BREAKAGES`; `make chaos BREAK=…` sets it.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import QuerySet

from task_api import maintenance, transitions
from task_api.models import TaskInfo
from task_api.statements import CompiledUpdate, Slots


def without_fencing() -> None:
    """Let a run write its task whoever holds it by now, and whether or not it has ended."""

    def held(slot: Slots) -> QuerySet[TaskInfo]:
        return TaskInfo._default_manager.filter(uuid=slot("uuid"))

    transitions._held = held
    forget_statements()


def without_claim_guard() -> None:
    """Let a message start a run of its task whatever the task's state."""
    dropping = threading.local()
    claim = transitions.claim

    class Unguarded(QuerySet[TaskInfo]):
        def filter(self, *args: Any, **conditions: Any) -> Any:
            if getattr(dropping, "on", False):
                conditions = {name: value for name, value in conditions.items() if name in {"uuid", "task__in"}}
            return super().filter(*args, **conditions)

    @contextmanager
    def dropped() -> Iterator[None]:
        dropping.on = True
        try:
            yield
        finally:
            dropping.on = False

    def unguarded(*args: Any, **kwargs: Any) -> Any:
        with dropped():
            return claim(*args, **kwargs)

    transitions._tasks = lambda: Unguarded(TaskInfo, using=transitions.database())
    transitions.claim = unguarded
    forget_statements()


def without_relay() -> None:
    """Send each task once, by who starts it."""
    maintenance.relay = lambda: 0


def without_hold() -> None:
    """Let a sweeper that has just come back rescue at once whatever it finds."""
    maintenance.Sweeper.hold_rescues = lambda sweeper: setattr(sweeper, "_rescue_from", 0.0)
    maintenance.Silence.lasts = lambda silence, info: True


def forget_statements() -> None:
    """Have all statements compiled anew, from what now makes them."""
    for update in vars(transitions).values():
        if isinstance(update, CompiledUpdate):
            update._forget()


BREAKAGES: dict[str, Callable[[], None]] = {
    "fencing": without_fencing,
    "claim": without_claim_guard,
    "relay": without_relay,
    "hold": without_hold,
}
