"""The error of a value that a parameter refuses."""

from collections.abc import Iterator
from typing import Any

INVALID = "The value is not valid."


class ParameterNotValidError(ValueError):
    """Say that a value is not valid for its parameter.

    Raise it with one sentence, with a list of sentences, or with a dict or list nested as Django REST framework
    nests its errors: ``ParameterNotValidError({"street": ["This field is required."]})``.
    """

    # Read from `args`, so that a subclass with an `__init__` of its own, and a pickled error, keep their text.

    @property
    def detail(self) -> list[Any] | dict[str, Any]:
        """Return the sentences in REST framework's error shape: a list, or a dict or list that nests them."""
        if len(self.args) > 1:
            return [" ".join(map(_text, self.args))]
        return _shape(self.args[0] if self.args else INVALID)

    @property
    def messages(self) -> list[str]:
        """Return the sentences as one flat list, each with the way to its value in front."""
        return [" ".join(map(_text, self.args))] if len(self.args) > 1 else list(_flat(*self.args or (INVALID,)))

    def __str__(self) -> str:
        return " ".join(self.messages)


def _shape(detail: object) -> list[Any] | dict[str, Any]:
    if isinstance(detail, dict):
        return {_text(key): _shape(value) for key, value in detail.items()}
    if isinstance(detail, (list, tuple)):
        return [_shape(value) if isinstance(value, (dict, list, tuple)) else _text(value) for value in detail]
    return [_text(detail)]


def _text(value: object) -> str:
    # A lone surrogate, as in a key that the caller sent, would break the encoding of the answer that shows it.
    return str(value).encode("utf-8", "backslashreplace").decode()


def _flat(detail: object) -> Iterator[str]:
    if isinstance(detail, dict):
        for key, value in detail.items():
            # REST framework's lists name their bad items by index.
            place = item_name(key) if isinstance(key, int) else _text(key)
            yield from (f"{place}: {message}" for message in _flat(value))
    elif isinstance(detail, (list, tuple)):
        for index, value in enumerate(detail):
            if isinstance(value, (dict, list, tuple)):
                yield from (f"{item_name(index)}: {message}" for message in _flat(value))
            else:
                yield _text(value)
    else:
        yield _text(detail)


def item_name(index: int) -> str:
    """Return what people call the item of an index: they count from 1."""
    return f"Item {index + 1}"
