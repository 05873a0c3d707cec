from datetime import timedelta
from http.client import HTTPConnection
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connections, transaction
from django.test import Client, override_settings

from task_api import streams, transitions
from task_api.models import TaskInfo
from task_api.transitions import Claim, Failure, Report
from tests.streaming.conftest import Server

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True, params=["memory", "database"])
def bus(request: pytest.FixtureRequest, settings: Any) -> str:
    settings.TASK_API_EVENT_BUS = request.param
    return str(request.param)


def running(**values: Any) -> tuple[TaskInfo, Claim]:
    info = transitions.create(task="sum", **values)
    claimed = transitions.claim(info.uuid, tasks=["sum"])
    assert claimed is not None
    return claimed


def test_stream_tells_what_is_there_and_what_comes(server: Server) -> None:
    info, claim = running(inputs={"numbers": [1]})
    stream = server.stream(info.uuid)
    frames = stream.frames()
    first = next(frames)
    assert stream.response.status == 200
    assert stream.response.headers["Content-Type"] == "text/event-stream"
    assert stream.response.headers["X-Accel-Buffering"] == "no"
    assert stream.response.headers["Cache-Control"] == "no-cache, no-transform"
    assert (first.event, first.id) == ("task", f"{info.uuid}:2")
    assert first.data["status"] == "running"
    assert "inputs" not in first.data
    transitions.beat(claim, Report(3, 10, ("hello",)))
    second = next(frames)
    assert (second.data["progress"], second.data["target"], second.data["version"]) == (3, 10, 3)
    assert (second.data["messages"], second.data["seq"]) == (["hello"], 1)
    transitions.succeed(claim, {"sum": 1}, Report(10, 10, ("bye",), told=1))
    third = next(frames)
    assert (third.data["status"], third.data["outputs"], third.data["seq"]) == ("succeeded", {"sum": 1}, 2)
    end = next(frames)
    assert (end.event, end.data) == ("end", {"reason": "finished"})
    assert next(frames, None) is None


def test_ended_task_is_told_once_and_the_stream_ends(server: Server) -> None:
    info, claim = running()
    transitions.fail(claim, Failure("bad_csv", "No header row."), Report(messages=("a", "b")))
    frames = list(server.stream(info.uuid).frames())
    assert [frame.event for frame in frames] == ["task", "end"]
    assert frames[0].data["error"] == {"code": "bad_csv", "message": "No header row."}
    assert (frames[0].data["messages"], frames[0].data["seq"]) == (["a", "b"], 2)


def test_task_that_is_started_again_is_followed_to_its_end(server: Server) -> None:
    first, claim = running()
    other, other_claim = running()
    frames = server.stream(first.uuid, other.uuid).frames()
    next(frames), next(frames)
    transitions.fail(claim, Failure("error", "It failed."), Report())
    assert next(frames).data["status"] == "failed"
    transitions.retry(first.uuid, attempts=1)
    assert next(frames).data["status"] == "pending"
    transitions.succeed(other_claim, {}, Report())
    assert next(frames).data["uuid"] == str(other.uuid)
    transitions.cancel(first.uuid)
    assert next(frames).data["status"] == "cancelled"
    assert [frame.event for frame in frames] == ["end"]


def test_resumed_stream_tells_only_what_is_newer(server: Server) -> None:
    info, claim = running()
    frames = server.stream(f"{info.uuid}:2").frames()
    transitions.beat(claim, Report(1, 2))
    transitions.succeed(claim, {}, Report(2, 2))
    versions = [frame.data["version"] for frame in frames if frame.event == "task"]
    assert versions[-1] == 4
    assert versions == sorted(set(versions))
    assert min(versions) > 2


def test_last_event_id_of_a_browser_resumes(server: Server) -> None:
    info, claim = running()
    transitions.succeed(claim, {}, Report())
    # The headers of an `EventSource`.
    stream = server.stream(info.uuid, last_event_id=f"{info.uuid}:3", accept="text/event-stream")
    assert [frame.event for frame in stream.frames()] == ["end"]


def test_task_that_is_not_there_is_gone_and_others_go_on(server: Server) -> None:
    info, claim = running()
    missing = uuid4()
    frames = server.stream(missing, info.uuid).frames()
    assert next(frames).data["uuid"] in {str(missing), str(info.uuid)}
    transitions.succeed(claim, {}, Report())
    rest = list(frames)
    assert rest[-1].event == "end"
    assert {"task", "gone"} >= {frame.event for frame in rest[:-1]}
    assert rest[-2].data["status"] == "succeeded"


def test_task_of_somebody_else_is_gone(server: Server) -> None:
    owner = User.objects.create_user("ada")
    info = transitions.create(task="sum", owner=str(owner.pk))
    assert [frame.event for frame in server.stream(info.uuid).frames()] == ["gone", "end"]


def test_event_of_somebody_elses_task_is_not_told_before_it_is_gone(
    server: Server, bus: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stream hears of its tasks before it knows which of them its user may see."""
    if bus == "database":
        pytest.skip("This bus carries no events.")
    info, claim = running(owner=str(User.objects.create_user("ada").pk))
    visible_to = streams.visible_to

    def busy(*args: Any) -> Any:
        transitions.beat(claim, Report(1, 2, ("secret",)))
        return visible_to(*args)

    monkeypatch.setattr(streams, "visible_to", busy)
    assert [frame.event for frame in server.stream(info.uuid).frames()] == ["gone", "end"]


def test_owner_of_a_session_sees_the_own_task(server: Server) -> None:
    owner = User.objects.create_user("ada")
    browser = Client()
    browser.force_login(owner)
    info = transitions.create(task="sum", owner=str(owner.pk), status="succeeded")
    cookie = f"sessionid={browser.cookies['sessionid'].value}"
    assert [frame.event for frame in server.stream(info.uuid, cookie=cookie).frames()] == ["task", "end"]


def test_large_outputs_are_announced_alone(server: Server) -> None:
    info, claim = running()
    transitions.succeed(claim, {"text": "x" * 70_000}, Report())
    frames = list(server.stream(info.uuid).frames())
    assert frames[0].data == {"uuid": str(info.uuid), "version": 3}
    assert frames[1].event == "end"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "This field is required."),
        ("uuid=", "may not be blank"),
        ("uuid=x", "'x' is not a uuid."),
        (f"uuid={uuid4()}:x", "'x' is no version, must be a whole number."),
        (f"uuid={uuid4()}:-1", "'-1' is no version"),
        (f"uuid={','.join(str(uuid4()) for _ in range(101))}", "101 tasks are asked for, must be 1 to 100."),
        ("uuid=%00", "Null characters are not allowed."),
    ],
)
def test_bad_query_is_refused(server: Server, query: str, message: str) -> None:
    stream = server.open(f"/tasks/events/?{query}")
    assert stream.response.status == 400
    assert message in stream.response.read().decode()


@pytest.mark.parametrize(("method", "status"), [("OPTIONS", 200), ("HEAD", 405)])
def test_other_methods_open_no_stream(server: Server, method: str, status: int) -> None:
    info, _ = running()
    connection = HTTPConnection("127.0.0.1", server.port, timeout=5)
    try:
        for _ in range(2):
            connection.request(method, f"/tasks/events/?uuid={info.uuid}")
            response = connection.getresponse()
            response.read()
            assert response.status == status
    finally:
        connection.close()


def test_permissions_of_the_api_hold(server: Server, settings: Any) -> None:
    settings.TASK_API_PERMISSIONS_CLASSES = ["rest_framework.permissions.IsAuthenticated"]
    assert server.stream(uuid4()).response.status == 403


def test_wsgi_says_to_poll(client: Client) -> None:
    response = client.get(f"/tasks/events/?uuid={uuid4()}")
    assert response.status_code == 406
    assert "Poll instead" in response.json()["detail"]


@override_settings(TASK_API_STREAMS_PER_USER=2)
def test_streams_of_one_holder_are_limited(server: Server) -> None:
    info, _ = running()
    open_streams = [server.stream(info.uuid) for _ in range(2)]
    for stream in open_streams:
        next(stream.frames())
    refused = server.stream(info.uuid)
    assert refused.response.status == 429
    assert refused.response.headers["Retry-After"]
    assert "2 streams are open already" in refused.response.read().decode()


def test_rolled_back_change_is_not_told(server: Server) -> None:
    info, claim = running()
    frames = server.stream(info.uuid).frames()
    next(frames)
    with transaction.atomic():
        transitions.succeed(claim, {"sum": 1}, Report())
        transaction.set_rollback(True)
    transitions.succeed(claim, {"sum": 2}, Report())
    assert next(frames).data["outputs"] == {"sum": 2}


def test_atomic_requests_do_not_forbid_streams(server: Server, settings: Any) -> None:
    info, claim = running()
    transitions.succeed(claim, {}, Report())
    connections["default"].settings_dict["ATOMIC_REQUESTS"] = True
    try:
        assert [frame.event for frame in server.stream(info.uuid).frames()] == ["task", "end"]
    finally:
        connections["default"].settings_dict["ATOMIC_REQUESTS"] = False


def test_delayed_task_is_watched_from_the_start(server: Server) -> None:
    info = transitions.create(task="sum", run_after=timedelta(hours=1))
    frames = server.stream(info.uuid).frames()
    assert next(frames).data["status"] == "pending"
    transitions.cancel(info.uuid)
    assert next(frames).data["status"] == "cancelled"


def test_bus_that_is_not_set_up_is_said_in_an_answer(server: Server, settings: Any) -> None:
    settings.TASK_API_EVENT_BUS = "redis"
    settings.TASK_API_REDIS_URL = "redis://host:port/0"
    response = server.stream(uuid4()).response
    assert (response.status, response.headers["Content-Type"]) == (503, "application/json")
    assert "event bus is not set up" in response.read().decode()


def test_database_that_fails_ends_the_stream_in_good_order(server: Server, monkeypatch: Any) -> None:
    def fail(user: Any, rows: Any) -> Any:
        raise OperationalError("The database is away.")

    monkeypatch.setattr("task_api.streams.visible_to", fail)
    assert list(server.stream(uuid4()).frames()) == []
