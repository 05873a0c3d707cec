"""One attempt of a task: what happens between its claim and its end."""

import inspect
import logging
import random
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, nullcontext
from time import sleep
from typing import TYPE_CHECKING, Any

from asgiref.sync import async_to_sync
from django.db import DatabaseError, InterfaceError, OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from task_api import failures, transitions
from task_api.awaiting import await_run
from task_api.database import answers
from task_api.exceptions import OutputsNotValidError, TaskCancelled, TaskFailed
from task_api.forks import ending_forks
from task_api.models import TaskInfo
from task_api.progress import Run, pulse
from task_api.transactions import closing_transactions
from task_api.transitions import Claim, Failure, Report

if TYPE_CHECKING:
    from task_api.tasks import Task

logger = logging.getLogger("task_api")

# A database that is away gets this long to come back before a run's end is left to the rescue.
END_ATTEMPTS = 60
END_REFUSALS = 5


class _LostError(Exception):
    """Roll back the transaction of a run whose claim is void."""


def execute(
    task: "Task | type[Task]", info: TaskInfo, claim: Claim, *, eager: bool = False, announced: bool = True
) -> TaskInfo | None:
    """Run a claimed task to its end.

    Args:
        task: The task's class, or a fresh instance of it.
        info: The row as the claim left it.
        claim: What the run may write with.
        eager: Write each progress call at once instead of leaving it to the pulse.
        announced: Watchers know that it is claimed; else the pulse tells them, unless the run has ended by then.

    Returns:
        The row after the end of this attempt, None if the claim was void by then and nothing was written.
    """
    # Where the claim is part of a transaction, as in a TestCase, the pulse's own connection could not see it.
    eager = eager or connections[transitions.database()].in_atomic_block
    run = Run(claim, info, eager=eager, announced=announced)
    with nullcontext() if eager else _watched(run):
        ended = _attempt(task, run)
    if ended is None:
        logger.warning("Task %s %s lost its claim; its result is discarded.", info.task, info.uuid)
    else:
        logger.info("Task %s %s: %s (attempt %s)", info.task, info.uuid, ended.status, ended.attempt)
    return ended


def _attempt(task: "Task | type[Task]", run: Run) -> TaskInfo | None:
    try:
        # Here and not earlier: an `__init__` that raises is a failure of the task as any other.
        if isinstance(task, type):
            task = task()
        task.bind(run)
        _limit(task, run)
        return _succeed(task, run)
    except TaskCancelled:
        if run.lost:
            return None
        _clean_up(task, run)
        return _end(run, transitions.stop)
    except _LostError:
        return None
    except Exception as error:
        return _fail(task, run, error)
    except BaseException as error:
        # The process is told to go; the row must not wait for its lease.
        _fail(task, run, error)
        raise
    finally:
        if not isinstance(task, type):
            task.unbind()


@contextmanager
def _watched(run: Run) -> Iterator[None]:
    pulse.add(run)
    try:
        yield
    finally:
        pulse.discard(run)


def _succeed(task: "Task", run: Run) -> TaskInfo | None:
    """Run the task and write its success, both in one transaction for an `atomic` one."""
    with _transaction(task, run):
        outputs = _call(task, run)
        if not task.atomic:
            return _end(run, lambda claim, report: transitions.succeed(claim, outputs, report))
        ended = _write_end(run, lambda claim, report: transitions.succeed(claim, outputs, report))
        if ended is None:
            raise _LostError
        return ended


@contextmanager
def _transaction(task: "Task", run: Run) -> Iterator[None]:
    connection = connections[transitions.database()]
    try:
        if task.atomic:
            with closing_transactions(), transaction.atomic(using=connection.alias):
                yield
        elif connection.in_atomic_block:
            with _mended_transaction(connection):
                yield
        else:
            yield
    except BaseException:
        run.retell()
        raise


@contextmanager
def _mended_transaction(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Keep the transaction around a run fit for the run's end, whatever the run broke: a TestCase has no other one."""
    # None on a database without savepoints, which the other two take as well. `transaction`'s own are renamed in 6.1.
    savepoint: Any = connection.savepoint()
    try:
        yield
    except BaseException as error:
        if connection.needs_rollback or isinstance(error, DatabaseError):
            connection.needs_rollback = False
            connection.savepoint_rollback(savepoint)
        raise
    connection.savepoint_commit(savepoint)


def _call(task: "Task", run: Run) -> dict[str, Any]:
    interface = task.interface()
    inputs = interface.load(run.info.inputs_by_name())
    # Asked before the first line of it: a cancel may have come between the claim and now.
    task.raise_if_cancelled()
    with closing_transactions(), ending_forks():
        returned = task.run(**inputs)
        # What it returned tells, not how it was defined: an async run() may be behind a decorator that is not.
        if inspect.isawaitable(returned):
            returned = await_run(run, returned)
    if inspect.isgenerator(returned) or inspect.isasyncgen(returned):
        raise OutputsNotValidError(f"Task {task.name!r} yields in run(), which must return its outputs instead.")
    return interface.dump(returned)


def _clean_up(task: "Task | type[Task]", run: Run) -> None:
    try:
        # What makes a class an instance may have been cancelled itself.
        if not isinstance(task, type):
            with closing_transactions():
                cleaned = task.on_cancel()
                if inspect.isawaitable(cleaned):
                    async_to_sync(_await)(cleaned)
    except (Exception, TaskCancelled):
        logger.exception("Task %s %s: on_cancel() failed.", run.info.task, run.info.uuid)


async def _await(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


def _limit(task: "Task", run: Run) -> None:
    """Have the pulse end the run if it takes longer than it may."""
    limit = task.time_limit_seconds()
    if limit is None:
        return
    thread = threading.get_ident()

    def end(report: Report) -> None:
        failure = failures.overdue(task, run, thread)
        if transitions.fail(run.claim, failure, report) is not None:
            logger.error("Task %s %s took longer than %g seconds.", run.info.task, run.info.uuid, limit)

    run.limit(limit, end)


def _fail(task: "Task | type[Task]", run: Run, error: BaseException) -> TaskInfo | None:
    if run.lost:
        return None
    level = logging.INFO if isinstance(error, TaskFailed) else logging.ERROR
    logger.log(
        level, "Task %s %s failed: %s", run.info.task, run.info.uuid, error, exc_info=level == logging.ERROR and error
    )
    failure = failures.describe(task, run, error)
    try:
        return _end(run, lambda claim, report: transitions.fail(claim, failure, report))
    except DatabaseError:
        # Whatever of it the database refuses, the row has to end.
        logger.exception("Task %s %s: its failure could not be written whole.", run.info.task, run.info.uuid)
        run.messages.clear()
        bare = Failure(failure.code, failure.message[:500], retry_in=failure.retry_in)
        return _end(run, lambda claim, report: transitions.fail(claim, bare, Report(told=report.told)))


def _write_end(run: Run, write: Callable[[Claim, Report], TaskInfo | None]) -> TaskInfo | None:
    # Messages stay with the run: a transaction around this may be rolled back, and its failure then tells them.
    pulse.discard(run)
    return write(run.claim, run.report())


def _end(run: Run, write: Callable[[Claim, Report], TaskInfo | None]) -> TaskInfo | None:
    """Write a run's end, again and again while the database is away: its lease may outlive the outage."""
    connection = connections[transitions.database()]
    for attempt in range(END_ATTEMPTS):
        try:
            return _write_end(run, write)
        except (OperationalError, InterfaceError):
            # A server that answers and still refuses, time and again, is not away.
            patience = END_REFUSALS if answers(connection) else END_ATTEMPTS
            if connection.in_atomic_block or attempt + 1 >= patience:
                raise
            logger.warning("Task %s could not write its end and tries again.", run.info.uuid, exc_info=True)
            connection.close()
            sleep(random.uniform(0, min(0.1 * 2**attempt, 10)))  # noqa: S311  jitter, not a secret
    raise AssertionError("unreachable")
