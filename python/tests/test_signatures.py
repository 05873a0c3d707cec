"""Inputs and outputs that are read off the annotations of `run()`."""

import enum
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import wraps
from typing import Annotated, Any, Literal, NoReturn, NotRequired, TypedDict
from uuid import UUID

import jsonschema
import pytest
from django.contrib.auth.models import Group
from django.db.models import TextChoices
from pytest_django import Settings
from rest_framework import serializers

from task_api.exceptions import InputsNotValidError, OutputsNotValidError
from task_api.params import IntParameter, ListParameter, ModelParameter, NumberParameter, StringParameter
from task_api.signatures import SignatureNotValidError
from task_api.tasks import Task
from task_api.testing import registered, run_task
from tests import annotated_late
from tests.clients import client_of


class Size(TextChoices):
    SMALL = "s", "Small"
    LARGE = "l", "Large"


class Level(enum.Enum):
    LOW = 1
    HIGH = 2


class Stats(TypedDict):
    """What was counted."""

    words: int
    longest: NotRequired[str]


@dataclass
class Point:
    x: float
    y: float = 0.0


@dataclass
class Line:
    """From here to there."""

    start: Point
    ends: list[Point]
    names: list[str] = field(default_factory=list)
    length: float = field(init=False, default=0.0)


def task(run: Callable[..., Any], **attributes: Any) -> type[Task]:
    return type("Sample", (Task,), {"name": "sample", "run": run, **attributes})


def schemas(run: Callable[..., Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    interface = task(run).interface()
    for schema in (interface.inputs_schema(), interface.outputs_schema()):
        jsonschema.Draft202012Validator.check_schema(schema)
    return interface.inputs_schema(), interface.outputs_schema()


def returned(run: Callable[..., Any], inputs: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the outputs of a run with inputs as they come from the API."""
    interface = task(run).interface()
    instance = task(run)()
    return interface.dump(instance.run(**interface.load(interface.clean(inputs or {}))))


# What is read


def test_inputs_and_the_output_are_read_off_run() -> None:
    def run(self: Task, numbers: list[float], factor: int = 2, note: str | None = None) -> float:
        """Add."""
        return sum(numbers) * factor

    inputs, outputs = schemas(run)
    assert inputs == {
        "type": "object",
        "properties": {
            "numbers": {"type": "array", "items": {"type": "number"}},
            "factor": {"type": "integer", "default": 2},
            "note": {"type": ["string", "null"], "default": None},
        },
        "required": ["numbers"],
        "additionalProperties": False,
    }
    assert outputs["properties"] == {"result": {"type": "number"}}
    assert outputs["required"] == ["result"]
    assert returned(run, {"numbers": ["1.5", 2]}) == {"result": 7.0}
    with pytest.raises(InputsNotValidError, match=r"numbers: \['This input is required\.'\]"):
        returned(run)


def test_run_gets_the_annotated_types() -> None:
    def run(
        self: Task,
        *,
        day: date,
        wait: timedelta,
        price: Decimal,
        key: UUID,
        size: Size,
        level: Level,
        mode: Literal["a", 1, None],
        point: Point,
        stats: Stats,
        pair: tuple[int, str],
        tags: set[str],
        by_id: dict[int, Point],
        either: int | str,
        anything: Any,
    ) -> Any:
        nonlocal got
        got = [day, wait, price, key, size, level, mode, point, stats, pair, tags, by_id, either, anything]

    got: list[Any] = []
    text = "123e4567-e89b-12d3-a456-426614174000"
    returned(
        run,
        {
            "day": "2026-01-31",
            "wait": "PT1H",
            "price": "19.90",
            "key": text,
            "size": "s",
            "level": 2,
            "mode": "a",
            "point": {"x": 1},
            "stats": {"words": "3"},
            "pair": ["1", "one"],
            "tags": ["b", "a", "b"],
            "by_id": {"7": {"x": 1, "y": 2}},
            "either": "6",
            "anything": [1, {"a": None}],
        },
    )
    assert got[:6] == [date(2026, 1, 31), timedelta(hours=1), Decimal("19.90"), UUID(text), Size.SMALL, Level.HIGH]
    assert got[6:] == [
        "a",
        Point(1.0, 0.0),
        {"words": 3},
        (1, "one"),
        {"a", "b"},
        {7: Point(1.0, 2.0)},
        "6",
        [1, {"a": None}],
    ]


def test_typed_dict_is_an_output_for_each_key() -> None:
    def run(self: Task, text: str = "") -> Stats:
        return {"words": 2}

    outputs = schemas(run)[1]
    assert outputs["properties"] == {"words": {"type": "integer"}, "longest": {"type": "string"}}
    assert outputs["required"] == ["words"]
    assert returned(run) == {"words": 2}


def test_dataclass_is_an_output_for_each_field() -> None:
    def run(self: Task, line: Line) -> Line:
        line.length = 5
        return line

    inputs, outputs = schemas(run)
    point = {"type": "object", "properties": {"x": {"type": "number"}, "y": {"type": "number"}}}
    sent = point | {"required": ["x"], "additionalProperties": False}
    sent["properties"] = {"x": {"type": "number"}, "y": {"type": "number", "default": 0.0}}
    assert inputs["properties"]["line"] == {
        "type": "object",
        "properties": {
            "start": sent,
            "ends": {"type": "array", "items": sent},
            "names": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["start", "ends"],
        "additionalProperties": False,
        "description": "From here to there.",
    }
    assert outputs["required"] == ["start", "ends", "names", "length"]
    assert outputs["properties"]["start"] == point | {"required": ["x", "y"], "additionalProperties": False}
    assert returned(run, {"line": {"start": {"x": 1}, "ends": [{"x": 2, "y": 3}]}}) == {
        "start": {"x": 1.0, "y": 0.0},
        "ends": [{"x": 2.0, "y": 3.0}],
        "names": [],
        "length": 5.0,
    }


def test_nullable_record_is_one_output() -> None:
    def run(self: Task, x: int) -> Point | None:
        return Point(x) if x else None

    assert returned(run, {"x": 0}) == {"result": None}
    assert returned(run, {"x": 1}) == {"result": {"x": 1.0, "y": 0.0}}


def test_dict_with_the_key_result_is_returned_whole() -> None:
    def run(self: Task) -> dict[str, int]:
        return {"result": 5}

    assert returned(run) == {"result": {"result": 5}}


@pytest.mark.parametrize("annotation", [None, NoReturn])
def test_none_is_no_output(annotation: Any) -> None:
    def run(self: Task, number: int): ...  # type: ignore[no-untyped-def]

    run.__annotations__["return"] = annotation
    assert schemas(run)[1]["properties"] == {}


@pytest.mark.parametrize("annotation", [Awaitable[int], "Awaitable[int]"])
def test_what_is_awaited_is_the_output(annotation: Any) -> None:
    def run(self: Task): ...  # type: ignore[no-untyped-def]

    run.__annotations__["return"] = annotation
    assert schemas(run)[1]["properties"] == {"result": {"type": "integer"}}


def test_parameter_in_an_annotation_is_the_input() -> None:
    Many = Annotated[int, IntParameter(min=1, help_text="How many.")]  # noqa: N806

    def run(self: Task, one: Many, few: Many = 3, none: Many | None = None, other: Annotated[int, "x"] = 5) -> None: ...

    run.__annotations__ |= {"one": Many, "few": Many, "none": Many | None, "other": Annotated[int, "x"]}
    many = {"type": "integer", "minimum": 1, "description": "How many."}
    assert schemas(run)[0]["properties"] == {
        "one": many,
        "few": many | {"default": 3},
        "none": many | {"type": ["integer", "null"], "default": None},
        "other": {"type": "integer", "default": 5},
    }
    assert schemas(run)[0]["required"] == ["one"]


def test_docstring_of_run_describes_its_inputs() -> None:
    def run(self: Task, numbers: list[int], line: Line, factor: Any = 2, plain: int = 5) -> int:
        """Add.

        Args:
            numbers: What to add, in
                any order.
            line (Line): Where: along it.
            factor: Not this one.

        Returns:
            plain: The sum.
        """
        return 5

    run.__annotations__["factor"] = Annotated[int, IntParameter(help_text="What to multiply by.")]
    properties = schemas(run)[0]["properties"]
    assert {name: schema.get("description") for name, schema in properties.items()} == {
        "numbers": "What to add, in any order.",
        "line": "Where: along it.",
        "factor": "What to multiply by.",
        "plain": None,
    }


def test_serializer_in_an_annotation_is_the_input() -> None:
    class PlaceSerializer(serializers.Serializer[Any]):
        name = serializers.CharField()
        id = serializers.IntegerField(read_only=True)

    Place = Annotated[dict[str, Any], PlaceSerializer()]  # noqa: N806

    def run(self: Task, place: Any = None) -> Any:
        return place | {"id": 7}

    run.__annotations__ |= {"place": Place | None, "return": Place}
    inputs, outputs = schemas(run)
    assert "id" not in inputs["properties"]["place"]["properties"]
    assert inputs["properties"]["place"]["type"] == ["object", "null"]
    assert outputs["properties"]["result"]["required"] == ["name", "id"]
    assert returned(run, {"place": {"name": " here "}}) == {"result": {"name": "here", "id": 7}}
    assert task(run).interface().clean({}) == {"place": None}


@pytest.mark.django_db
def test_model_in_an_annotation_needs_its_rows() -> None:
    def run(self: Task, group: Any) -> str:
        return str(group.name)

    run.__annotations__["group"] = Annotated[Group, ModelParameter(Group.objects.all())]
    group = Group.objects.create(name="g")
    assert returned(run, {"group": group.pk}) == {"result": "g"}


def test_annotations_that_are_text_are_resolved() -> None:
    interface = annotated_late.Late.interface()
    assert interface.inputs_schema()["properties"]["node"]["required"] == ["size"]
    assert interface.inputs_schema()["properties"]["own"] == {"type": "integer", "default": 1}
    assert interface.outputs_schema()["required"] == ["size"]


def test_declared_ones_win_each_by_itself() -> None:
    def run(self: Task, numbers: list[float]) -> float:
        return sum(numbers)

    inputs = task(run, inputs={"numbers": ListParameter(NumberParameter(), max_items=2)}).interface()
    assert inputs.inputs_schema()["properties"]["numbers"]["maxItems"] == 2
    assert list(inputs.outputs) == ["result"]
    outputs = task(run, outputs={"sum": NumberParameter()}).interface()
    assert list(outputs.inputs) == ["numbers"]
    assert outputs.dump(5) == {"sum": 5}
    assert list(task(run, outputs={}).interface().outputs) == []


def test_task_of_version_1_without_annotations_takes_and_gives_what_it_declares() -> None:
    def run(self, *args, depth=3, **kwargs):  # type: ignore[no-untyped-def]
        return 5

    assert list(task(run).interface().inputs) == list(task(run).interface().outputs) == []


def test_declared_outputs_are_read_off_a_dataclass() -> None:
    def run(self: Task) -> Any:
        return Point(1, 2)

    assert task(run, outputs={"x": IntParameter(), "y": IntParameter()}).interface().dump(Point(1, 2)) == {
        "x": 1,
        "y": 2,
    }


def test_decorated_run_keeps_its_annotations() -> None:
    def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        return wrapper

    @decorated
    def run(self: Task, number: int) -> int:
        return number

    assert returned(run, {"number": "5"}) == {"result": 5}


def test_static_run_has_no_instance() -> None:
    def run(number: int) -> int:
        return number

    assert list(task(staticmethod(run)).interface().inputs) == ["number"]


# What is refused


def _no_default(value: int = "x") -> None: ...  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("annotation", "reason"),
    [
        (complex, "complex is no type of a parameter. Allowed are str, int, float, bool, "),
        (bytes, "bytes is no type of a parameter. Allowed are str, "),
        (Iterator[int], "collections.abc.Iterator[int] is no type of a parameter. Allowed are str, "),
        (list[complex], "complex is no type of a parameter. Allowed are str, "),
        (dict[float, int], "float is no type of a key. Allowed are str, int, UUID, date, datetime and choices."),
        (Group, "Group is a model. Say which of its rows may be chosen: Annotated[Group, ModelParameter(Group."),
        (serializers.CharField, "CharField is no type of a value. Write Annotated[dict, CharField()]."),
        (Annotated[int, IntParameter], "IntParameter is a class; a parameter is an instance, such as IntParameter()."),
        ("Missing", "It cannot be resolved: name 'Missing' is not defined. What it names must be in its module"),
        ("1 +", "It cannot be resolved: Forward reference must be an expression"),
        (None, "NoneType is no type of a parameter. Allowed are str, "),
        (5, "5 is no type of a parameter. Allowed are str, "),
        (Literal[b"x"], "(b'x',) gives no choice: "),
        (annotated_late.Tree, "Field 'branches' of Tree: Tree contains itself, which a parameter cannot."),
        (annotated_late.Broken, "The annotations of Broken cannot be resolved: name 'Nowhere' is not defined."),
        (annotated_late.Odd, "Field 'number' of Odd: complex is no type of a parameter. Allowed are "),
    ],
)
def test_annotation_that_is_no_type_of_an_input(annotation: Any, reason: str) -> None:
    def run(self: Task, value: Any) -> None: ...

    run.__annotations__["value"] = annotation
    with pytest.raises(SignatureNotValidError) as caught:
        task(run).interface()
    (fault,) = caught.value.faults
    assert fault.startswith("Task 'sample': Sample.run() takes 'value: ")
    assert reason in fault
    assert fault.endswith(" Or declare `inputs` on the class.")


def test_every_argument_that_cannot_be_an_input_is_named() -> None:
    def run(
        self: Task, only: int, /, plain, *args: int, wrong: int = "x", called: Any = print, **rest: str
    ) -> bytes: ...  # type: ignore[no-untyped-def]

    with pytest.raises(SignatureNotValidError) as caught:
        task(run).interface()
    starts = [fault.partition(" Allowed")[0] for fault in caught.value.faults]
    run_of = "Task 'sample': Sample.run() takes"
    declare = " Or declare `inputs` on the class."
    assert starts == [
        f"{run_of} 'only: int'. An input is given by name, and this is not.{declare}",
        f"{run_of} 'plain'. It has no annotation, and others have.",
        f"{run_of} '*args: int'. An input has a name of its own, and this stands for any number of them.{declare}",
        f"{run_of} 'wrong: int'. The default of a IntParameter is not valid. 'x' is not a number.{declare}",
        f"{run_of} 'called: Any'. Its default can be called, and would be.{declare}",
        f"{run_of} '**rest: str'. An input has a name of its own, and this stands for any number of them.{declare}",
    ]


def test_annotation_that_is_no_type_of_an_output() -> None:
    def run(self: Task) -> Iterator[int]: ...

    with pytest.raises(SignatureNotValidError) as caught:
        task(run).interface()
    assert str(caught.value).startswith("Task 'sample': Sample.run() returns 'collections.abc.Iterator[int]'. ")
    assert str(caught.value).endswith(" Or declare `outputs` on the class.")


class Fine(Task):
    name = "fine"

    def run(self, numbers: list[int]) -> int:
        return sum(numbers)


class Wrong(Task):
    name = "wrong"

    def run(self, number: complex) -> int:
        return 5


class Asynchronous(Task):
    name = "asynchronous"

    async def run(self, point: Point) -> Stats:
        return {"words": int(point.x)}


class Liar(Task):
    name = "liar"

    def run(self) -> int:
        return "five"  # type: ignore[return-value]


@pytest.mark.django_db
class TestTask:
    def test_runs(self) -> None:
        assert run_task(Fine, numbers=[1, "2"]).outputs == {"result": 3}
        assert run_task(Asynchronous, point={"x": 3}).outputs == {"words": 3}
        assert run_task(Asynchronous, point=Point(4)).outputs == {"words": 4}

    def test_wrong_output_fails_it(self) -> None:
        info = run_task(Liar)
        assert (info.status, info.error_code) == ("failed", "invalid_output")
        assert info.error_message == "Output 'result' of task 'liar' is not valid: 'five' is not a number."

    def test_bad_input_is_named_in_a_400(self) -> None:
        with registered(Fine, Asynchronous):
            client = client_of()
            body = {"task": "fine", "inputs": {"numbers": [1, "x", 2]}}
            response = client.post("/tasks/", body, content_type="application/json")
            assert (response.status_code, response.json()) == (
                400,
                {"inputs": {"numbers": ["Item 2: 'x' is not a number."]}},
            )
            body = {"task": "asynchronous", "inputs": {"point": {"z": 1}}}
            response = client.post("/tasks/", body, content_type="application/json")
            assert response.status_code == 400
            assert response.json()["inputs"]["point"]["x"] == ["This field is required."]

    def test_task_that_is_not_well_defined_is_no_500(self, caplog: pytest.LogCaptureFixture) -> None:
        with registered(Wrong, Fine):
            client = client_of()
            names = [entry["name"] for entry in client.get("/tasks/catalog/").json()]
            assert "fine" in names
            assert "wrong" not in names
            response = client.post("/tasks/", {"task": "wrong", "inputs": {}}, content_type="application/json")
            assert (response.status_code, response.json()) == (
                400,
                {"task": ["The task 'wrong' is not well defined: `manage.py check` tells why."]},
            )
        assert "The task 'wrong' is not offered: Task 'wrong': Wrong.run() takes 'number: complex'." in caplog.text

    def test_task_that_is_not_well_defined_says_so_from_python(self) -> None:
        with pytest.raises(SignatureNotValidError, match=r"^Task 'wrong': Wrong\.run\(\) takes 'number: complex'\. "):
            run_task(Wrong, number=5)

    def test_output_of_the_wrong_shape_is_refused(self) -> None:
        with pytest.raises(OutputsNotValidError, match=r"^Task 'fine' did not return its output 'result'\.$"):
            Fine.interface().dump(None)


def test_system_check_tells_each_fault(settings: Settings) -> None:
    from django.core.checks import run_checks

    settings.TASK_API_BACKGROUND_TASKS = [Wrong, Fine]
    messages = [(message.id, message.msg) for message in run_checks(tags=["task_api"], databases=())]
    assert [identifier for identifier, _ in messages] == ["task_api.E012"]
    assert messages[0][1].startswith("Task 'wrong': Wrong.run() takes 'number: complex'. complex is no type of a ")


def test_default_of_a_declared_input_is_its_own() -> None:
    def run(self: Task, name: str = "x") -> None: ...

    assert task(run, inputs={"name": StringParameter(default="y")}).interface().clean({}) == {"name": "y"}
