import datetime
import enum
import uuid
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import models

from task_api.params.excerpt import excerpt


class Size(models.TextChoices):
    SMALL = "s"


class Plain(enum.Enum):
    ONE = object()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (5, "5"),
        (1.5, "1.5"),
        (float("nan"), "NaN"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
        ("x", "'x'"),
        ("\0\ud800", "'\\x00\\ud800'"),
        ([1, None, [True]], "[1, null, [true]]"),
        ([[[[[1]]]]], "[[[[...]]]]"),
        ({"a": None}, "{'a': null}"),
        pytest.param(10**5000, "a number of about 5001 digits", id="huge"),
        (datetime.date(2026, 1, 31), "2026-01-31"),
        (datetime.timedelta(hours=1), "1:00:00"),
        (Decimal("1.50"), "1.50"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Size.SMALL, "Size.SMALL"),
        (Plain.ONE, "Plain.ONE"),
        (int, "the class int"),
        (User(username="secret"), "an object of type User"),
    ],
)
def test_excerpt_of_each_type(value, shown):
    assert excerpt(value) == shown


@pytest.mark.parametrize("value", ["x" * 10**6, ["x" * 1000] * 1000, {"x" * 1000: "y" * 1000}, {"k": ["v" * 90] * 9}])
def test_excerpt_of_a_long_value_has_at_most_80_characters(value):
    assert len(excerpt(value)) <= 80
    assert "..." in excerpt(value)


def test_excerpt_of_a_value_too_deep_to_print():
    deep: list = []
    for _ in range(100_000):
        deep = [deep]

    assert excerpt(deep) == "[[[[...]]]]"
