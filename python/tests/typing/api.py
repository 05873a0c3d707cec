"""Uses of the public API as a strictly typed project has them; checked by mypy, never run."""

from collections.abc import Iterator
from datetime import timedelta
from typing import assert_type

from django.contrib.auth.models import User

from task_api.exceptions import TaskFailed
from task_api.models import TaskInfo
from task_api.params import IntParameter, ListParameter, NumberParameter, StringParameter
from task_api.tasks import Task
from task_api.testing import immediate_tasks, run_task


class SumNumbers(Task):
    name = "sum"
    inputs = {"numbers": ListParameter(NumberParameter())}
    outputs = {"sum": NumberParameter()}
    max_attempts = 3
    retry_on = (ConnectionError,)
    expires_after = timedelta(minutes=5)

    def run(self, numbers: list[float]) -> float:
        self.set_target(len(numbers))
        total = 0.0
        for number in self.track(numbers):
            assert_type(number, float)
            total += number
        self.add_message("Done.")
        if self.cancelled:
            raise TaskFailed("Too late.", code="late")
        return total


class Greet(Task):
    name = "greet"
    inputs = {"name": StringParameter(), "times": IntParameter(required=False)}

    async def run(self, name: str, times: int = 1) -> None:
        for _ in range(times):
            self.inc_progress()


def start(user: User) -> Iterator[TaskInfo]:
    yield SumNumbers.start(numbers=[1, 2])
    yield SumNumbers().start({"numbers": [1, 2]})
    yield SumNumbers.using(owner=user, run_after=timedelta(hours=1), queue="slow").start(numbers=[1])
    with immediate_tasks():
        yield run_task(SumNumbers, numbers=[1])


async def astart() -> None:
    assert_type(await Greet.astart(name="Ada"), TaskInfo)
