"""A value of one of several types."""

from collections.abc import Callable, Sequence
from typing import Any, Unpack

from task_api.params.base import Parameter, ParameterOptions, TypedParameter
from task_api.params.drf import Convertible
from task_api.params.errors import ParameterNotValidError
from task_api.params.excerpt import excerpt
from task_api.params.tuples import parameters_of

Conversion = Callable[[Parameter, Any], Any]


class UnionParameter(TypedParameter):
    """Take a value that one of several parameters takes.

    The first one that leaves the value as it is converts it, else the first one that takes it at all: of a number and
    a text, ``"6"`` stays the text. A number whose value would change, as 5.2 for an integer, is left to the others.

    Args:
        members: The parameters to try, in order: each a `Parameter`, or a REST framework serializer or field.
        required: See `Parameter`.
        **options: See `Parameter`.
    """

    def __init__(
        self, members: Sequence[Convertible], required: bool = True, **options: Unpack[ParameterOptions]
    ) -> None:
        self.members = parameters_of(members)
        if not self.members:
            raise ValueError("A UnionParameter needs at least one type.")
        if any(member.allow_null for member in self.members):
            options["allow_null"] = True
        super().__init__(required, **options)

    def to_json(self, value: Any) -> Any:
        return None if value is None and self.allow_null else self._first(value, _encode, _load)

    def json_schema(self) -> dict[str, Any]:
        return self.describe({"anyOf": [member.json_schema() for member in self.members]})

    def output_schema(self) -> dict[str, Any]:
        return self.describe({"anyOf": [member.output_schema() for member in self.members]})

    def _convert(self, value: Any) -> Any:
        return self._first(value, _load, _encode)

    def _first(self, value: Any, there: Conversion, back: Conversion) -> Any:
        candidates = []
        messages: list[str] = []
        for member in self.members:
            try:
                converted = there(member, value)
                if _same(converted, value) or _same(back(member, converted), value):
                    return converted
            except ParameterNotValidError as exc:
                messages += exc.messages
                continue
            if not (_is_number(value) and _is_number(converted)):
                candidates.append(converted)
        if candidates:
            return candidates[0]
        raise ParameterNotValidError(f"{excerpt(value)} is of none of the types allowed. {' '.join(messages)}".strip())


def _load(member: Parameter, value: Any) -> Any:
    return member.load(value)


def _encode(member: Parameter, value: Any) -> Any:
    return member._encode(value)


def _same(one: Any, other: Any) -> bool:
    same_type = type(one) is type(other) or (_is_number(one) and _is_number(other))
    return same_type and bool(one == other)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
