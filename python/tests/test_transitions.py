import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now

from task_api import transitions
from task_api.database import from_now
from task_api.models import TaskInfo, TaskMessage
from task_api.states import Status
from task_api.transitions import Claim, Failure, Report

pytestmark = pytest.mark.django_db

NOTHING = Report()
ERROR = Failure("error", "It failed.", "Traceback")
AGAIN = Failure("error", "It failed.", "Traceback", retry_in=timedelta(0))


def create(**values: Any) -> TaskInfo:
    return transitions.create(task="sum", **values)


def claim(info: TaskInfo, **options: Any) -> tuple[TaskInfo, Claim] | None:
    return transitions.claim(info.uuid, tasks=["sum"], **options)


def running(**values: Any) -> tuple[TaskInfo, Claim]:
    claimed = claim(create(**values))
    assert claimed is not None
    return claimed


def stored(info: TaskInfo) -> TaskInfo:
    return TaskInfo.objects.get(pk=info.pk)


def test_created_task_is_pending_and_counts_as_sent(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        info = create(inputs={"numbers": [1]})
        assert info.created is not None
    row = stored(info)
    assert (row.status, row.version, row.attempt) == (Status.PENDING, 1, 0)
    assert row.dispatched_at == row.created


def test_delayed_task_is_not_sent_and_cannot_be_claimed() -> None:
    info = create(run_after=timedelta(hours=1))
    assert stored(info).dispatched_at is None
    assert info.run_after > info.created + timedelta(minutes=59)
    assert claim(info) is None
    assert claim(info, wait_for_due=False) is not None


def test_claim_begins_an_attempt_with_a_lease(django_assert_num_queries: Any) -> None:
    info = create()
    with django_assert_num_queries(5 if connection.vendor == "mysql" else 1):
        claimed = claim(info, worker="host", message_id="m1")
    assert claimed is not None
    row = stored(info)
    assert claimed[0].claim_token == row.claim_token == claimed[1].token
    assert (row.status, row.attempt, row.version, row.worker, row.message_id) == ("running", 1, 2, "host", "m1")
    assert row.started is not None
    assert row.lease_expires is not None
    assert timedelta(seconds=29) < row.lease_expires - row.started <= timedelta(seconds=31)


def test_claimed_task_is_not_claimed_again() -> None:
    info, _ = running()
    assert claim(info) is None
    assert stored(info).attempt == 1


@pytest.mark.parametrize(
    "values",
    [
        {"status": Status.SUCCEEDED},
        {"attempt": 1},
        {"cancel_requested_at": Now()},
        {"expires_after": timedelta(seconds=-1)},
    ],
    ids=["ended", "no attempt left", "cancel wanted", "expired"],
)
def test_claim_refuses(values: dict[str, Any]) -> None:
    assert claim(create(**values)) is None


def test_claim_refuses_a_task_that_the_process_does_not_know() -> None:
    info = create()
    assert transitions.claim(info.uuid, tasks=["other"]) is None
    assert stored(info).status == Status.PENDING


def test_expiry_does_not_bound_later_attempts() -> None:
    info = create(attempt=1, max_attempts=2, expires_after=timedelta(seconds=-1))
    assert claim(info) is not None


def test_beat_writes_progress_messages_and_the_lease() -> None:
    info, token = running()
    TaskInfo.objects.filter(pk=info.pk).update(lease_expires=from_now(timedelta(seconds=1)))
    row = transitions.beat(token, Report(3, 10, ("a", {"b": 1})))
    assert row is not None
    assert (row.progress, row.target, row.message_count, row.version) == (3, 10, 2, 3)
    assert row.lease_expires is not None
    assert row.started is not None
    assert row.lease_expires - row.started > timedelta(seconds=25)
    transitions.beat(token, Report(4, 10, ("c",), told=2))
    assert list(TaskMessage.objects.filter(task=info).values_list("seq", "message")) == [
        (1, "a"),
        (2, {"b": 1}),
        (3, "c"),
    ]


@pytest.mark.parametrize(
    "write",
    [
        lambda claim: transitions.beat(claim, Report(1, 1, ("late",))),
        lambda claim: transitions.succeed(claim, {"sum": 1}, Report(1, 1, ("late",))),
        lambda claim: transitions.fail(claim, ERROR, Report(1, 1, ("late",))),
        lambda claim: transitions.fail(claim, AGAIN, Report(1, 1, ("late",))),
        lambda claim: transitions.stop(claim, Report(1, 1, ("late",))),
    ],
    ids=["beat", "succeed", "fail", "retry", "stop"],
)
@pytest.mark.parametrize("change", [{"claim_token": uuid4()}, {"status": Status.FAILED}], ids=["token", "status"])
def test_run_that_lost_its_claim_writes_nothing(write: Any, change: dict[str, Any]) -> None:
    info, token = running()
    TaskInfo.objects.filter(pk=info.pk).update(**change)
    before = TaskInfo.objects.filter(pk=info.pk).values().get()
    assert write(token) is None
    assert TaskInfo.objects.filter(pk=info.pk).values().get() == before
    assert not TaskMessage.objects.exists()


def test_success_stores_outputs_with_the_last_progress() -> None:
    info, token = running(unique_key="k")
    row = transitions.succeed(token, {"sum": 3}, Report(5, 5, ("done",)))
    assert row is not None
    assert (row.status, row.outputs, row.progress, row.message_count) == ("succeeded", {"sum": 3}, 5, 1)
    assert (row.claim_token, row.lease_expires, row.unique_key) == (None, None, None)
    assert row.finished is not None
    assert stored(info).outputs == {"sum": 3}


def test_success_happens_once() -> None:
    _, token = running()
    assert transitions.succeed(token, {"sum": 1}, NOTHING) is not None
    assert transitions.succeed(token, {"sum": 2}, NOTHING) is None


def test_final_failure_keeps_its_text_and_traceback() -> None:
    _, token = running(unique_key="k")
    row = transitions.fail(token, ERROR, NOTHING)
    assert row is not None
    assert (row.status, row.error_code, row.error_message, row.traceback) == (
        "failed",
        "error",
        "It failed.",
        "Traceback",
    )
    assert row.finished is not None
    assert row.unique_key is None


def test_retryable_failure_waits_for_the_relay_and_keeps_its_unique_key() -> None:
    _, token = running(max_attempts=2, unique_key="k")
    row = transitions.fail(token, AGAIN, NOTHING)
    assert row is not None
    assert (row.status, row.finished, row.dispatched_at, row.claim_token) == ("pending", None, None, None)
    assert (row.unique_key, row.error_code) == ("k", "error")
    again = claim(row)
    assert again is not None
    assert (again[0].attempt, again[0].error_code) == (2, "")


def test_retryable_failure_of_the_last_attempt_is_final() -> None:
    _, token = running(max_attempts=1)
    row = transitions.fail(token, AGAIN, NOTHING)
    assert row is not None
    assert row.status == Status.FAILED


def test_failure_of_a_run_that_should_stop_is_a_cancel() -> None:
    info, token = running(max_attempts=5)
    transitions.cancel(info.uuid)
    row = transitions.fail(token, AGAIN, NOTHING)
    assert row is not None
    assert (row.status, row.error_code, row.traceback) == ("cancelled", "", "")
    assert row.finished is not None


def test_pending_task_is_cancelled_at_once() -> None:
    info = create(unique_key="k")
    row = transitions.cancel(info.uuid)
    assert row is not None
    assert (row.status, row.unique_key) == ("cancelled", None)
    assert row.finished is not None
    assert claim(info) is None


def test_running_task_is_asked_to_stop_once() -> None:
    info, token = running()
    row = transitions.cancel(info.uuid)
    assert row is not None
    assert (row.status, row.finished) == ("running", None)
    assert row.cancel_requested_at is not None
    assert transitions.cancels_wanted([token]) == {token.token}
    assert transitions.cancel(info.uuid) is None


@pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.FAILED, Status.CANCELLED])
def test_ended_task_is_not_cancelled(status: Status) -> None:
    assert transitions.cancel(create(status=status).uuid) is None


def test_retry_clears_what_the_last_attempt_left() -> None:
    info, token = running()
    transitions.fail(token, ERROR, Report(3, 5, ("kept",)))
    row = transitions.retry(info.uuid, attempts=2)
    assert row is not None
    assert (row.status, row.attempt, row.max_attempts) == ("pending", 1, 3)
    assert (row.progress, row.target, row.error_code, row.traceback, row.finished) == (None, None, "", "", None)
    assert row.message_count == 1


@pytest.mark.parametrize("status", [Status.PENDING, Status.RUNNING, Status.SUCCEEDED])
def test_retry_refuses_a_task_that_did_not_fail(status: Status) -> None:
    assert transitions.retry(create(status=status).uuid, attempts=1) is None


def test_retry_refuses_while_its_unique_key_is_taken() -> None:
    info, token = running(unique_key="k")
    transitions.fail(token, ERROR, NOTHING)
    create(unique_key="k")
    with pytest.raises(IntegrityError), transaction.atomic():
        transitions.retry(info.uuid, attempts=1, unique_key="k")


def test_rescue_leaves_a_run_with_a_lease_alone() -> None:
    info, _ = running()
    assert transitions.rescue(info, retry_in=timedelta(0)) is None


def test_rescue_ends_a_run_whose_lease_ran_out() -> None:
    info, token = running()
    TaskInfo.objects.filter(pk=info.pk).update(lease_expires=from_now(timedelta(seconds=-1)))
    row = transitions.rescue(info, retry_in=timedelta(0))
    assert row is not None
    assert (row.status, row.error_code) == ("failed", "lost")
    assert transitions.succeed(token, {}, NOTHING) is None


def test_rescue_gives_another_attempt_where_one_is_left() -> None:
    info, _ = running(max_attempts=2)
    TaskInfo.objects.filter(pk=info.pk).update(lease_expires=from_now(timedelta(seconds=-1)))
    row = transitions.rescue(info, retry_in=timedelta(0))
    assert row is not None
    assert (row.status, row.dispatched_at) == ("pending", None)


def test_rescue_spares_a_run_that_renewed_since_it_was_seen() -> None:
    info, token = running()
    TaskInfo.objects.filter(pk=info.pk).update(lease_expires=from_now(timedelta(seconds=-1)))
    transitions.beat(token, NOTHING)
    assert transitions.rescue(info, retry_in=timedelta(0)) is None


@pytest.mark.parametrize("died", [False, True])
def test_rescue_spares_the_attempt_after_the_one_that_was_seen(died: bool) -> None:
    info, token = running(max_attempts=2)
    transitions.fail(token, Failure("error", "", retry_in=timedelta(0)), NOTHING)
    assert claim(info) is not None
    TaskInfo.objects.filter(pk=info.pk).update(lease_expires=from_now(timedelta(seconds=-1)))
    assert transitions.rescue(info, retry_in=timedelta(0), died=died) is None
    assert stored(info).status == Status.RUNNING


def test_task_that_did_not_start_in_time_expires() -> None:
    info = create(expires_after=timedelta(seconds=-1), unique_key="k")
    row = transitions.expire(info.uuid)
    assert row is not None
    assert (row.status, row.error_code, row.unique_key) == ("failed", "expired", None)


def test_task_in_time_does_not_expire() -> None:
    assert transitions.expire(create(expires_after=timedelta(hours=1)).uuid) is None
    assert transitions.expire(create().uuid) is None


@pytest.mark.django_db(transaction=True)
def test_threads_that_race_for_a_task_give_it_to_one() -> None:
    info = create()
    barrier = threading.Barrier(8)
    claims: list[Any] = []

    def race() -> None:
        barrier.wait()
        try:
            claims.append(claim(info))
        finally:
            connection.close()

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claims) == 8
    assert sum(claimed is not None for claimed in claims) == 1
    assert stored(info).attempt == 1
