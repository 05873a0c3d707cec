"""The transitions, in any order and with claims of any age, do to the rows what a model of them says."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pytest_django import Settings

from task_api import outbox, transitions
from task_api.database import DatabaseNow, from_now
from task_api.models import TaskInfo
from task_api.transitions import Claim, Failure, Report
from tests.state_model import KeyTakenError, Model, Row

# Far more than a run of the machine takes, and than the relay waits for a message.
TIMES = {None: None, "past": timedelta(hours=-3), "ahead": timedelta(hours=3)}
COLUMNS = {"lease": "lease_expires", "run_after": "run_after", "expiry": "expires_at", "dispatched": "dispatched_at"}
WAITS: dict[str | None, timedelta | None] = {None: None, "past": timedelta(0), "ahead": timedelta(hours=3)}
TASKS = 4

tasks = Bundle("tasks")
# Of claims: 0 is the latest.
ages = st.sampled_from([0, 0, 0, 1, 2, 5])
times = st.sampled_from([None, "past", "ahead"])
keys = st.sampled_from([None, "a", "b"])
progress = st.tuples(st.none() | st.integers(0, 2**62), st.none() | st.integers(0, 2**62))
messages = st.lists(st.sampled_from(["m", "ü", 1, None, {"a": [1]}]), max_size=2)
failures = st.sampled_from([("error", "It failed.", "Traceback"), ("bad_csv", "No header.", "")])


def observe(info: TaskInfo) -> Row:
    """Return what the model would say of a row that was read with the database's time."""

    def when(column: str) -> str | None:
        moment = getattr(info, column)
        return None if moment is None else "past" if moment <= info.now else "ahead"

    dispatched = None
    if info.dispatched_at is not None:
        dispatched = "past" if info.dispatched_at < info.now - timedelta(hours=1) else "ahead"
    return Row(
        **{name: getattr(info, name) for name in ("status", "version", "attempt", "max_attempts", "claim_token")},
        **{name: getattr(info, name) for name in ("unique_key", "worker", "outputs")},
        **{name: when(column) for name, column in COLUMNS.items() if name != "dispatched"},
        dispatched=dispatched,
        cancel_wanted=info.cancel_requested_at is not None,
        started=info.started is not None,
        finished=info.finished is not None,
        error=(info.error_code, info.error_message, info.traceback),
        progress=(info.progress, info.target),
        messages=[message.message for message in info.messages.all()],
        attempts=[
            (attempt.number, (attempt.error_code, attempt.error_message, attempt.traceback), attempt.worker)
            for attempt in info.attempts.all()
        ],
    )


def columns(info: TaskInfo) -> dict[str, Any]:
    return {field.attname: getattr(info, field.attname) for field in TaskInfo._meta.concrete_fields}


class Transitions(RuleBasedStateMachine):
    """Does the same to the rows and to the model."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        # With their rows as the claimers saw them: the sweeper rescues what it has read before.
        self.claims: list[tuple[TaskInfo, Claim]] = []
        self.block = transaction.atomic()
        self.block.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    def check(self, expected: bool, returned: TaskInfo | None) -> None:
        assert (returned is not None) == expected
        if returned is not None:
            assert columns(returned) == columns(TaskInfo.objects.get(pk=returned.pk))

    def report(self, claim: Claim, progress: Any, messages: list[Any]) -> tuple[Report, dict[str, Any]]:
        before = self.model.rows[claim.uuid].messages
        return Report(*progress, messages, told=len(before)), {"progress": progress, "messages": before + messages}

    @invariant()
    def rows_are_as_the_model_says(self) -> None:
        read = TaskInfo.objects.annotate(now=DatabaseNow()).prefetch_related("messages", "attempts")
        assert {info.uuid: observe(info) for info in read} == self.model.rows

    @precondition(lambda self: len(self.model.rows) < TASKS)
    @rule(target=tasks, key=keys, limit=st.integers(1, 3), run_after=times, expiry=times)
    def create(
        self, key: str | None, limit: int, run_after: str | None, expiry: str | None
    ) -> UUID | MultipleResults[UUID]:
        uuid = uuid4()
        options: dict[str, Any] = {"run_after": TIMES[run_after], "expires_after": TIMES[expiry]}
        dispatched = "ahead" if run_after is None else None
        row = Row(max_attempts=limit, unique_key=key, run_after=run_after, expiry=expiry, dispatched=dispatched)
        try:
            self.model.create(uuid, row)
        except KeyTakenError:
            with pytest.raises(IntegrityError), transaction.atomic():
                transitions.create(task="sum", uuid=uuid, max_attempts=limit, unique_key=key, **options)
            return multiple()
        transitions.create(task="sum", uuid=uuid, max_attempts=limit, unique_key=key, **options)
        return uuid

    @initialize(target=tasks, key=keys, limit=st.integers(1, 3))
    def begin_with_a_run(self, key: str | None, limit: int) -> Any:
        uuid = self.create(key, limit, None, None)
        self.claim(uuid, True, True)
        return uuid

    # Most claims shall succeed, so that there are runs.
    @rule(uuid=tasks, known=st.sampled_from([True, True, True, False]), wait=st.booleans())
    def claim(self, uuid: UUID, known: bool, wait: bool) -> None:
        worker = f"host {len(self.claims)}"
        claimed = transitions.claim(uuid, tasks=["sum" if known else "other"], worker=worker, wait_for_due=wait)
        info, held = claimed or (None, None)
        expected = self.model.claim(uuid, held and held.token, known=known, wait_for_due=wait, worker=worker)
        self.check(expected, info)
        if claimed is not None:
            self.claims.append(claimed)

    @precondition(lambda self: self.claims)
    @rule(uuid=tasks, age=ages)
    def take_the_claim_of_another_task(self, uuid: UUID, age: int) -> None:
        token = self.claimed(age)[1].token
        self.claims.append((TaskInfo(uuid=uuid, claim_token=token), Claim(uuid, token)))

    def claimed(self, age: int) -> tuple[TaskInfo, Claim]:
        return self.claims[max(-1 - age, -len(self.claims))]

    @precondition(lambda self: self.claims)
    @rule(act=st.sampled_from(["beat", "succeed", "stop"]), age=ages, progress=progress, messages=messages)
    def run(self, act: str, age: int, progress: Any, messages: list[Any]) -> None:
        held = self.claimed(age)[1]
        arguments = [{"sum": 1}] if act == "succeed" else []
        report, told = self.report(held, progress, messages)
        expected = getattr(self.model, act)(held.uuid, held.token, *arguments, **told)
        self.check(expected, getattr(transitions, act)(held, *arguments, report))

    @precondition(lambda self: self.claims)
    @rule(age=ages, error=failures, retry=times, progress=progress, messages=messages)
    def fail(self, age: int, error: Any, retry: str | None, progress: Any, messages: list[Any]) -> None:
        held = self.claimed(age)[1]
        report, told = self.report(held, progress, messages)
        expected = self.model.fail(held.uuid, held.token, error, retry, **told)
        self.check(expected, transitions.fail(held, Failure(*error, retry_in=WAITS[retry]), report))

    @precondition(lambda self: self.claims)
    @rule(age=ages, retry=times, died=st.booleans(), late=st.booleans())
    def rescue(self, age: int, retry: str | None, died: bool, late: bool) -> None:
        info = self.claimed(age)[0]
        if late:
            self.let_pass(info.uuid, "lease")
        expected = self.model.rescue(info.uuid, info.claim_token, died=died, retry=retry)
        self.check(expected, transitions.rescue(info, retry_in=WAITS[retry], died=died))

    @rule(uuid=tasks, act=st.sampled_from(["cancel", "terminate", "expire"]))
    def end(self, uuid: UUID, act: str) -> None:
        self.check(getattr(self.model, act)(uuid), getattr(transitions, act)(uuid))

    @rule(uuid=tasks, attempts=st.integers(1, 3), expiry=times, key=keys)
    def retry(self, uuid: UUID, attempts: int, expiry: str | None, key: str | None) -> None:
        def retry() -> TaskInfo | None:
            return transitions.retry(uuid, attempts=attempts, expires_after=TIMES[expiry], unique_key=key)

        try:
            expected = self.model.retry(uuid, attempts=attempts, expiry=expiry, key=key)
        except KeyTakenError:
            with pytest.raises(IntegrityError), transaction.atomic():
                retry()
        else:
            self.check(expected, retry())

    @rule(uuid=tasks, act=st.sampled_from(["dispatch", "undispatch", "undispatch_all"]))
    def send(self, uuid: UUID, act: str) -> None:
        assert set(outbox.unsent().values_list("uuid", flat=True)) == self.model.unsent()
        if act == "dispatch":
            assert outbox.dispatch(uuid) == self.model.dispatch(uuid)
        elif act == "undispatch":
            outbox.undispatch(uuid)
            self.model.undispatch(uuid)
        else:
            assert outbox.undispatch_all() == sum([self.model.undispatch(uuid) for uuid in self.model.rows])

    @rule()
    def runs_learn_of_cancels(self) -> None:
        wanted = {row.claim_token for row in self.model.rows.values() if row.cancel_wanted and row.claim_token}
        assert transitions.cancels_wanted(held for _, held in self.claims) == wanted

    @rule(uuid=tasks, name=st.sampled_from(sorted(COLUMNS)))
    def let_pass(self, uuid: UUID, name: str) -> None:
        if getattr(self.model.rows[uuid], name) is not None:
            setattr(self.model.rows[uuid], name, "past")
            TaskInfo.objects.filter(uuid=uuid).update(**{COLUMNS[name]: from_now(timedelta(hours=-3))})


@pytest.mark.django_db
def test_transitions_do_what_the_model_says(settings_of_django: None) -> None:
    run_state_machine_as_test(
        Transitions,
        settings=settings(
            max_examples=60,
            stateful_step_count=40,
            deadline=None,
            # The same each time: a change that breaks something shall fail, and no other.
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture
def settings_of_django(settings: Settings) -> None:
    # No run of a slow machine may lose its lease by itself.
    settings.TASK_API_LEASE = 3600
