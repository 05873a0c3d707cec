"""Tasks on Celery: a message carries the uuid alone, and the row decides what becomes of it."""

import logging
import os
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any
from uuid import UUID
from weakref import WeakKeyDictionary

from celery import Task as CeleryTask
from celery import shared_task
from kombu import pools

from task_api import registry
from task_api.backends.base import TaskBackend, execute_task
from task_api.backends.connection import keeper
from task_api.models import TaskInfo

if TYPE_CHECKING:
    from celery import Celery

logger = logging.getLogger("task_api")

# The relay sends again what could not be sent, and a request must not wait for a broker that is away or silent.
PUBLISH_TIMEOUT = 1.0
POOL_TIMEOUT = 0.25
PUBLISH_OPTIONS = {
    "interval_start": 0,
    "interval_step": 0,
    # Redis; other transports pass over what they do not know.
    "socket_connect_timeout": PUBLISH_TIMEOUT,
    "socket_timeout": PUBLISH_TIMEOUT,
    # RabbitMQ.
    "read_timeout": PUBLISH_TIMEOUT,
    "write_timeout": PUBLISH_TIMEOUT,
}


# The pulse ends an attempt when its time is over. A prefork child that does not stop by itself then is killed.
KILL_AFTER = 5.0


class CeleryBackend(TaskBackend):
    def run_task(self, info: TaskInfo, class_str: str) -> None:
        options: dict[str, Any] = {"queue": info.queue or None, "priority": info.priority}
        task = registry.known().get(info.task)
        if task is not None and (limit := task.time_limit_seconds()) is not None:
            options["time_limit"] = limit + KILL_AFTER
        with producers(execute.app).acquire(block=True, timeout=POOL_TIMEOUT) as producer:
            execute.apply_async(
                args=(str(info.uuid),),
                producer=producer,
                retry=False,
                **{name: value for name, value in options.items() if value is not None},
            )

    def terminate(self, info: TaskInfo) -> None:
        # Other pools than prefork cannot, and log that.
        with producers(execute.app).acquire(block=True, timeout=POOL_TIMEOUT) as producer:
            execute.app.control.revoke(
                info.message_id,
                destination=[info.worker],
                terminate=True,
                signal="SIGKILL",
                connection=producer.connection,
            )


def producers(app: "Celery") -> Any:
    """Return the pool of those that publish to the broker of an app, in little time or not at all.

    Celery's own pool is not used: its connections try for several seconds to reach a broker that refuses them, and wait
    without end for one that does not answer. What the project sets in `broker_transport_options` comes first.
    """
    # What tells one pool from another takes longer to put together than a message takes to send.
    if app not in _producers:
        _producers[app] = pools.producers[_impatient_connection(app)]
    return _producers[app]


def _impatient_connection(app: "Celery") -> Any:
    # Celery sets the limit of all pools once its own is asked for.
    _ = app.pool
    timeout = min(PUBLISH_TIMEOUT, app.conf.broker_connection_timeout or PUBLISH_TIMEOUT)
    connection = app.connection_for_write(connect_timeout=timeout)
    # One try for each of the hosts between which the project fails over.
    tries = {"max_retries": max(len(connection.alt) - 1, 0)}
    connection.transport_options = {**tries, **PUBLISH_OPTIONS, **app.conf.broker_transport_options}
    return connection


_producers: "WeakKeyDictionary[Celery, Any]" = WeakKeyDictionary()
if hasattr(os, "register_at_fork"):
    # Celery clears its pools in a child, where nobody may use what the parent is connected with.
    os.register_at_fork(after_in_child=_producers.clear)


# Early acknowledgement and no result: the row knows both better. A message that is lost after it was acknowledged is
# rescued through the row's lease; one that is delivered twice finds nothing to claim.
@shared_task(bind=True, name="task_api.backends.celery.execute", acks_late=False, ignore_result=True, max_retries=0)
def execute(self: "CeleryTask[Any, Any]", *args: Any, **kwargs: Any) -> None:
    """Run the task of a uuid, the only argument."""
    try:
        (text,) = args
        uuid = UUID(text)
        if kwargs:
            raise ValueError("There are no named arguments.")
    except (AttributeError, TypeError, ValueError):
        # Version 1 sent a primary key and a class; its rows ended when the database was migrated.
        logger.warning("A message that names no task by its uuid is dropped: %.200r %.200r", args, kwargs)
        return
    # Run inside of `start()`, it is on the connection of who called that.
    with nullcontext() if self.request.is_eager else keeper.lending():
        execute_task(uuid, worker=self.request.hostname or "", message_id=self.request.id or "")
