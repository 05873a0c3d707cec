"""Tasks that are found because their app is installed."""

from task_api.tasks import Task
from tests.myapp.background import SumNumbers

# Imported and another module's: found there.
Other = SumNumbers


class Base(Task):
    """Has no name, as a base of others, and is no task."""


class Found(Base):
    name = "found"

    def run(self) -> None:
        pass
