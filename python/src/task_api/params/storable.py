"""What every supported database can keep in a JSON column."""

import math
from typing import Any

from task_api.params.errors import ParameterNotValidError
from task_api.params.excerpt import excerpt

MAX_DEPTH = 64
MAX_WAY = 80


def ensure_storable(value: object) -> None:
    """Refuse a value which is not JSON, or which a database cannot store as JSON.

    Refused are NaN and the infinities, integers beyond a double's range, text with U+0000 or a lone surrogate, keys
    that are not text, every type that JSON lacks (a set, a date), and nesting deeper than 64 levels, which a value
    that contains itself has too.

    Raises:
        ParameterNotValidError: With the place of the first such value and what is wrong with it.
    """
    _ensure(value, strict=True)


def ensure_sound(value: object) -> None:
    """Refuse what `ensure_storable` refuses, but let pass types and keys that JSON lacks, for a parameter to judge.

    Raises:
        ParameterNotValidError: With the place of the first such value and what is wrong with it.
    """
    _ensure(value, strict=False)


class _Fault(Exception):  # noqa: N818 - never leaves this module
    """Carry what is wrong up to the root, and collect the way to it, last step first."""

    def __init__(self, subject: str, complaint: str) -> None:
        self.subject = subject
        self.complaint = complaint
        self.steps: list[object] = []

    def sentence(self) -> str:
        way = "".join(
            f".{step}" if isinstance(step, str) and step.isidentifier() else f"[{excerpt(step)}]"
            for step in reversed(self.steps)
        ).removeprefix(".")
        if not way:
            return f"{self.subject} {self.complaint}"
        shown = way if len(way) <= MAX_WAY else f"{way[:MAX_WAY]}..."
        return f"{self.subject} at {shown} {self.complaint}"


def _ensure(value: object, *, strict: bool) -> None:
    try:
        _visit(value, 0, strict)
    except _Fault as fault:
        raise ParameterNotValidError(fault.sentence()) from None


def _visit(value: Any, depth: int, strict: bool) -> None:
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        _visit_text("The text", value)
    elif isinstance(value, (int, float)):
        _visit_number(value)
    elif isinstance(value, dict):
        _refuse_depth(depth)
        for key, item in value.items():
            if isinstance(key, str):
                _visit_text("The key", key)
            elif strict:
                raise _Fault(f"The key {excerpt(key)}", "is not text, and JSON has no other keys.")
            _step(key, item, depth, strict)
    elif isinstance(value, (list, tuple)):
        _refuse_depth(depth)
        for index, item in enumerate(value):
            _step(index, item, depth, strict)
    elif strict:
        raise _Fault(
            f"A value of type {type(value).__name__}",
            "cannot be stored; use null, true or false, a number, text, a list or a dict.",
        )


def _step(step: object, item: object, depth: int, strict: bool) -> None:
    try:
        _visit(item, depth + 1, strict)
    except _Fault as fault:
        fault.steps.append(step)
        raise


def _refuse_depth(depth: int) -> None:
    # This bounds the recursion too, and is where a value that contains itself ends.
    if depth >= MAX_DEPTH:
        raise _Fault("The value", f"is nested deeper than {MAX_DEPTH} levels, or contains itself.")


def _visit_text(subject: str, text: str) -> None:
    if "\0" in text:
        raise _Fault(f"{subject} {excerpt(text)}", "contains U+0000, which databases cannot store.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _Fault(f"{subject} {excerpt(text)}", "contains a lone surrogate, which is no character.") from None


def _visit_number(number: int | float) -> None:
    try:
        finite = math.isfinite(number)
    except OverflowError:
        raise _Fault(excerpt(number), "is too large; a number must stay under 1.8e308.") from None
    if not finite:
        raise _Fault(excerpt(number), "is not a finite number.")
