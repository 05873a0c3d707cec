"""The items of a list, each converted or complained about."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from task_api.params.errors import ParameterNotValidError, item_name
from task_api.params.excerpt import excerpt

MAX_ERRORS = 10


def convert_items(conversions: Iterable[tuple[Callable[[Any], Any], Any]]) -> list[Any]:
    """Return what the conversions make of their items.

    Raises:
        ParameterNotValidError: With what is wrong with the first few of the bad items.
    """
    converted = []
    errors: list[str] = []
    for index, (convert, item) in enumerate(conversions):
        try:
            converted.append(convert(item))
        except ParameterNotValidError as exc:
            errors += [f"{item_name(index)}: {message}" for message in exc.messages]
            # A list of a million bad items is answered by the first few of them.
            if len(errors) >= MAX_ERRORS:
                break
    if errors:
        raise ParameterNotValidError(errors[:MAX_ERRORS])
    return converted


def as_items(value: Any) -> Any:
    """Return the items of a list, or of what stands for one: a single value, which is its only item.

    Raises:
        ParameterNotValidError: If it is null, or a collection that is no list.
    """
    if value is None or (isinstance(value, Iterable) and not isinstance(value, (list, tuple, str, Mapping))):
        raise ParameterNotValidError(f"{excerpt(value)} is not a list.")
    return value if isinstance(value, (list, tuple)) else [value]
