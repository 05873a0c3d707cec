"""One value out of a fixed set."""

import enum
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Unpack

from django.utils.choices import flatten_choices

from task_api.params.base import ParameterOptions, TypedParameter
from task_api.params.errors import ParameterNotValidError
from task_api.params.excerpt import excerpt
from task_api.params.storable import ensure_storable

MAX_NAMED = 20
JSON_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number"}


class ChoiceParameter(TypedParameter):
    """Take one of the given values, and give it; of an enumeration, give the member.

    The text of a number among the choices is taken for the number, for that is what a form's `<select>` sends.

    Args:
        choices: A list of values; Django's choices (pairs of value and label, in groups or not, or a mapping); or an
            enumeration, such as a `TextChoices`. A choice of None allows null.
        required: See `Parameter`.
        **options: See `Parameter`.
    """

    def __init__(
        self,
        choices: Iterable[Any] | Mapping[Any, Any] | type[enum.Enum],
        required: bool = True,
        **options: Unpack[ParameterOptions],
    ) -> None:
        self._enum = choices if isinstance(choices, type) and issubclass(choices, enum.Enum) else None
        pairs = [(member.value, member) for member in self._enum] if self._enum else list(_pairs(choices))
        if any(python is None for _, python in pairs):
            options["allow_null"] = True
            pairs = [pair for pair in pairs if pair[1] is not None]
        if not pairs:
            raise ValueError("A ChoiceParameter needs at least one choice.")
        for value, _ in pairs:
            _refuse_choice(value)
        self._by_value = {_key(value): python for value, python in pairs}
        self._by_text = {str(value): python for value, python in pairs if _is_number(value)}
        #: The JSON values of the choices.
        self.choices = [value for value, _ in pairs]
        super().__init__(required, **options)

    def json_schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"enum": list(self.choices)}
        types = {JSON_TYPES[_scalar_type(value)] for value in self.choices}
        if len(types) == 1:
            schema = {"type": types.pop(), **schema}
        return self.describe(schema)

    def _convert(self, value: Any) -> Any:
        if self._enum and isinstance(value, self._enum):
            return value
        if isinstance(value, tuple(JSON_TYPES)):
            if _key(value) in self._by_value:
                return self._by_value[_key(value)]
            if isinstance(value, str) and value in self._by_text:
                return self._by_text[value]
        raise ParameterNotValidError(f"{excerpt(value)} is not one of {self._named()}.")

    def _render(self, value: Any) -> Any:
        return value.value if self._enum else value

    def _named(self) -> str:
        named = [excerpt(value) for value in self.choices[:MAX_NAMED]]
        if len(self.choices) > MAX_NAMED:
            named.append(f"and {len(self.choices) - MAX_NAMED} more")
        return ", ".join(named)


def _pairs(choices: Iterable[Any] | Mapping[Any, Any]) -> Iterator[tuple[Any, Any]]:
    if isinstance(choices, (str, bytes)) or not isinstance(choices, Iterable):
        raise TypeError(
            f"{excerpt(choices)} is not a set of choices; give a list of values, Django's choices or an Enum class."
        )
    items = choices.items() if isinstance(choices, Mapping) else choices
    pairs: Any = [item if isinstance(item, (list, tuple)) and len(item) == 2 else (item, "") for item in items]
    for value, _ in flatten_choices(pairs):
        yield value, value


def _refuse_choice(value: object) -> None:
    if not isinstance(value, tuple(JSON_TYPES)):
        raise TypeError(f"{excerpt(value)} cannot be a choice; a choice is text, a number or a boolean.")
    ensure_storable(value)


def _key(value: object) -> tuple[bool, object]:
    # To Python 1 and True are one key.
    return isinstance(value, bool), value


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _scalar_type(value: object) -> type:
    return next(kind for kind in JSON_TYPES if isinstance(value, kind))
