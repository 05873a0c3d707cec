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
    invariant,
    multiple,
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
WAITS = {None: None, "past": timedelta(0), "ahead": timedelta(hours=3)}

tasks = Bundle("tasks")
# Claims, with their rows as the claimers saw them: the sweeper rescues what it has read before.
claims = Bundle("claims")

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
        self.tokens: list[Claim] = []
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

    @invariant()
    def all_that_is_to_be_sent_is_found(self) -> None:
        assert set(outbox.unsent().values_list("uuid", flat=True)) == self.model.unsent()

    @invariant()
    def runs_learn_of_cancels(self) -> None:
        wanted = {row.claim_token for row in self.model.rows.values() if row.cancel_wanted and row.claim_token}
        assert transitions.cancels_wanted(self.tokens) == wanted

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

    # Most claims shall succeed, so that there are runs.
    @rule(target=claims, uuid=tasks, known=st.sampled_from([True, True, True, False]), wait=st.booleans())
    def claim(self, uuid: UUID, known: bool, wait: bool) -> Any:
        worker = f"host {len(self.tokens)}"
        claimed = transitions.claim(uuid, tasks=["sum" if known else "other"], worker=worker, wait_for_due=wait)
        token = claimed and claimed[1].token
        self.check(self.model.claim(uuid, token, known=known, wait_for_due=wait, worker=worker), claimed and claimed[0])
        if claimed is None:
            return multiple()
        self.tokens.append(claimed[1])
        return claimed

    @rule(target=claims, uuid=tasks, other=claims)
    def use_the_claim_of_another_task(self, uuid: UUID, other: tuple[TaskInfo, Claim]) -> Any:
        if uuid == other[1].uuid:
            return multiple()
        seen = TaskInfo.objects.get(uuid=uuid)
        seen.claim_token = other[1].token
        return seen, Claim(uuid, other[1].token)

    @rule(claimed=claims, progress=progress, messages=messages)
    def beat(self, claimed: tuple[TaskInfo, Claim], progress: Any, messages: list[Any]) -> None:
        claim = claimed[1]
        report, told = self.report(claim, progress, messages)
        self.check(self.model.beat(claim.uuid, claim.token, **told), transitions.beat(claim, report))

    @rule(claimed=claims, progress=progress, messages=messages)
    def succeed(self, claimed: tuple[TaskInfo, Claim], progress: Any, messages: list[Any]) -> None:
        claim, outputs = claimed[1], {"sum": 1}
        report, told = self.report(claim, progress, messages)
        expected = self.model.succeed(claim.uuid, claim.token, outputs, **told)
        self.check(expected, transitions.succeed(claim, outputs, report))

    @rule(claimed=claims, error=failures, retry=times, progress=progress, messages=messages)
    def fail(self, claimed: Any, error: Any, retry: str | None, progress: Any, messages: list[Any]) -> None:
        claim = claimed[1]
        report, told = self.report(claim, progress, messages)
        expected = self.model.fail(claim.uuid, claim.token, error, retry, **told)
        self.check(expected, transitions.fail(claim, Failure(*error, retry_in=WAITS[retry]), report))

    @rule(claimed=claims, progress=progress, messages=messages)
    def stop(self, claimed: tuple[TaskInfo, Claim], progress: Any, messages: list[Any]) -> None:
        claim = claimed[1]
        report, told = self.report(claim, progress, messages)
        self.check(self.model.stop(claim.uuid, claim.token, **told), transitions.stop(claim, report))

    @rule(claimed=claims, retry=times, died=st.booleans())
    def rescue(self, claimed: tuple[TaskInfo, Claim], retry: str | None, died: bool) -> None:
        info = claimed[0]
        expected = self.model.rescue(info.uuid, info.claim_token, died=died, retry=retry)
        self.check(expected, transitions.rescue(info, retry_in=WAITS[retry], died=died))

    @rule(uuid=tasks)
    def cancel(self, uuid: UUID) -> None:
        self.check(self.model.cancel(uuid), transitions.cancel(uuid))

    @rule(uuid=tasks)
    def terminate(self, uuid: UUID) -> None:
        self.check(self.model.terminate(uuid), transitions.terminate(uuid))

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

    @rule(uuid=tasks)
    def expire(self, uuid: UUID) -> None:
        self.check(self.model.expire(uuid), transitions.expire(uuid))

    @rule(uuid=tasks)
    def dispatch(self, uuid: UUID) -> None:
        assert outbox.dispatch(uuid) == self.model.dispatch(uuid)

    @rule(uuid=tasks)
    def undispatch(self, uuid: UUID) -> None:
        outbox.undispatch(uuid)
        self.model.undispatch(uuid)

    @rule()
    def undispatch_all(self) -> None:
        assert outbox.undispatch_all() == sum([self.model.undispatch(uuid) for uuid in self.model.rows])

    @rule(uuid=tasks, name=st.sampled_from(sorted(COLUMNS)))
    def let_time_pass(self, uuid: UUID, name: str) -> None:
        row, past = self.model.rows[uuid], timedelta(hours=-3)
        if getattr(row, name) is not None:
            setattr(row, name, "past")
            TaskInfo.objects.filter(uuid=uuid).update(**{COLUMNS[name]: from_now(past)})


@pytest.mark.django_db
def test_transitions_do_what_the_model_says(settings_of_django: None) -> None:
    run_state_machine_as_test(
        Transitions,
        settings=settings(
            max_examples=40,
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
