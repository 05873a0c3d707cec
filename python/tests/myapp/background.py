"""Tasks of the tests' own project."""

import asyncio
import math
from typing import Any

from django.contrib.auth.models import Group

from task_api.exceptions import TaskFailed
from task_api.params import (
    DictParameter,
    FloatParameter,
    IntParameter,
    ListParameter,
    ModelParameter,
    NumberParameter,
    Parameter,
    StringParameter,
)
from task_api.tasks import Task


class SumNumbers(Task):
    """Add numbers."""

    name = "sum"
    inputs = {"numbers": ListParameter(NumberParameter())}
    outputs = {"sum": NumberParameter()}

    def run(self, numbers: list[float]) -> float:
        return sum(numbers)


class Count(Task):
    name = "count"
    inputs = {"to": IntParameter(required=False)}

    def run(self, to: int = 3) -> None:
        for number in self.track(range(to)):
            self.add_message(f"Counted {number}")


class Divide(Task):
    name = "divide"
    inputs = {"a": IntParameter(), "b": IntParameter()}
    outputs = {"quotient": IntParameter(), "remainder": IntParameter()}

    def run(self, a: int, b: int) -> dict[str, int]:
        quotient, remainder = divmod(a, b)
        return {"quotient": quotient, "remainder": remainder}


class Refuse(Task):
    name = "refuse"

    def run(self) -> None:
        raise TaskFailed("No header row in the file.", code="bad_csv")


class Crash(Task):
    name = "crash"

    def run(self) -> None:
        raise ZeroDivisionError("a secret of the server")


class Anything(Task):
    name = "anything"
    inputs = {"value": Parameter(required=False), "data": DictParameter(required=False)}
    outputs = {"value": Parameter(required=False), "data": DictParameter(required=False)}

    def run(self, **inputs: Any) -> dict[str, Any]:
        return inputs


class NotANumber(Task):
    name = "nan"
    outputs = {"number": FloatParameter()}

    def run(self) -> float:
        return math.nan


class Later(Task):
    name = "later"
    inputs = {"text": StringParameter()}
    outputs = {"text": StringParameter()}

    async def run(self, text: str) -> str:
        self.set_progress(1)
        await asyncio.sleep(0)
        return text.upper()


class MakeGroup(Task):
    name = "make-group"
    atomic = True
    inputs = {"group": StringParameter(), "fails": IntParameter(default=0)}

    def run(self, group: str, fails: int) -> None:
        Group.objects.create(name=group)
        if fails:
            raise TaskFailed("It fails after its write.")


class NameGroup(Task):
    name = "name-group"
    inputs = {"group": ModelParameter(Group)}
    outputs = {"name": StringParameter()}

    def run(self, group: Group) -> str:
        return group.name


class Unique(Task):
    name = "unique"
    unique = True

    def run(self) -> None:
        pass
