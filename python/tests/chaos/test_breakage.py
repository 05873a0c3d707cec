"""The guards that `make chaos BREAK=…` takes out are really out: else a run would pass, and prove nothing."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from task_api import maintenance, outbox, transitions
from task_api.models import TaskInfo
from task_api.transitions import Claim, Report
from tests.chaos.__main__ import BREAKAGES
from tests.chaos.project import breakage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mended() -> Iterator[None]:
    """Put back at the end what a test breaks."""
    monkeypatch = pytest.MonkeyPatch()
    for module, name in [(transitions, "_held"), (transitions, "_tasks"), (transitions, "claim")]:
        monkeypatch.setattr(module, name, getattr(module, name))
    monkeypatch.setattr(maintenance, "relay", maintenance.relay)
    yield
    monkeypatch.undo()
    breakage.forget_statements()


def running() -> TaskInfo:
    info = transitions.create(task="sum", max_attempts=1)
    claimed = transitions.claim(info.uuid, tasks=["sum"])
    assert claimed is not None
    return claimed[0]


def test_without_fencing_a_stranger_ends_a_task() -> None:
    stranger = Claim(running().uuid, uuid4())
    assert transitions.succeed(stranger, {}, Report()) is None
    breakage.BREAKAGES["fencing"]()
    assert transitions.succeed(stranger, {}, Report()) is not None


def test_without_its_guard_a_claim_takes_a_running_task() -> None:
    info = running()
    assert transitions.claim(info.uuid, tasks=["sum"]) is None
    breakage.BREAKAGES["claim"]()
    assert transitions.claim(info.uuid, tasks=["other"]) is None
    assert transitions.claim(info.uuid, tasks=["sum"]) is not None


def test_without_the_relay_nothing_is_sent_again(recorded: list[tuple[str, str]]) -> None:
    info = transitions.create(task="sum", inputs={"numbers": []})
    outbox.undispatch(info.uuid)
    breakage.BREAKAGES["relay"]()
    assert maintenance.relay() == 0
    assert recorded == []


def test_command_line_names_the_breakages() -> None:
    assert set(BREAKAGES) <= set(breakage.BREAKAGES)
