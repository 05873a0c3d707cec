"""Text, and text of a known form: addresses and UUIDs."""

import numbers
import uuid
from collections.abc import Iterable
from typing import Any, Unpack

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.utils.functional import Promise

from task_api.params.base import ParameterOptions, TypedParameter
from task_api.params.bounds import refuse_sizes
from task_api.params.errors import ParameterNotValidError
from task_api.params.excerpt import excerpt
from task_api.params.storable import ensure_sound

SCHEMES = "^([hH][tT][tT][pP]|[fF][tT][pP])[sS]?://"


class StringParameter(TypedParameter):
    """Take text, or a number, which becomes its text.

    As an output, any Python object but null, bytes and collections becomes its text.

    Args:
        required: See `Parameter`.
        min_length: The fewest characters allowed.
        max_length: The most characters allowed.
        **options: See `Parameter`.
    """

    def __init__(
        self,
        required: bool = True,
        *,
        min_length: int | None = None,
        max_length: int | None = None,
        **options: Unpack[ParameterOptions],
    ) -> None:
        refuse_sizes(self, ("min_length", min_length), ("max_length", max_length))
        self.min_length = min_length
        self.max_length = max_length
        super().__init__(required, **options)

    def to_json(self, value: Any) -> Any:
        # The text of a collection or a generator is never what a task meant to return.
        plain = value is None or isinstance(value, (numbers.Number, Iterable))
        return super().to_json(value if plain else str(value))

    def json_schema(self) -> dict[str, Any]:
        return self.describe(self._typed_schema())

    def _typed_schema(self) -> dict[str, Any]:
        sizes = {"minLength": self.min_length, "maxLength": self.max_length}
        return {"type": "string", **{key: size for key, size in sizes.items() if size is not None}}

    def _convert(self, value: Any) -> str:
        if isinstance(value, str):
            # A member of a `str` enum is its value, as in JSON, not what its `str()` shows.
            text = str.__str__(value)
        elif isinstance(value, (numbers.Number, Promise)):
            ensure_sound(value)
            text = str(value)
        else:
            raise ParameterNotValidError(f"{excerpt(value)} is not text.")
        ensure_sound(text)
        return text

    def _check(self, value: str) -> None:
        size = len(value)
        if self.min_length is not None and size < self.min_length:
            raise ParameterNotValidError(
                f"{excerpt(value)} has {size} characters; at least {self.min_length} are needed."
            )
        if self.max_length is not None and size > self.max_length:
            raise ParameterNotValidError(
                f"{excerpt(value)} has {size} characters; at most {self.max_length} are allowed."
            )


class EmailParameter(StringParameter):
    """Take the text of an email address, as Django's `validate_email` knows them."""

    def json_schema(self) -> dict[str, Any]:
        return self.describe({**self._typed_schema(), "format": "email"})

    def _check(self, value: str) -> None:
        super()._check(value)
        try:
            validate_email(value)
        except ValidationError:
            raise ParameterNotValidError(
                f"{excerpt(value)} is not an email address, such as name@example.com."
            ) from None


class URLParameter(StringParameter):
    """Take the text of an absolute http, https, ftp or ftps URL, as Django's `URLValidator` knows them."""

    def json_schema(self) -> dict[str, Any]:
        # The schemes that Django's validator knows; it takes them in any case.
        return self.describe({**self._typed_schema(), "format": "uri", "pattern": SCHEMES})

    def _check(self, value: str) -> None:
        super()._check(value)
        try:
            URLValidator()(value)
        except ValidationError:
            raise ParameterNotValidError(f"{excerpt(value)} is not a URL, such as https://example.com/path.") from None


class UUIDParameter(TypedParameter):
    """Take the text of a UUID, with or without hyphens, and give a `uuid.UUID`."""

    def json_schema(self) -> dict[str, Any]:
        return self.describe({"type": "string", "format": "uuid"})

    def _convert(self, value: Any) -> uuid.UUID:
        if isinstance(value, uuid.UUID):
            return value
        try:
            return uuid.UUID(value)
        except (ValueError, TypeError, AttributeError):
            raise ParameterNotValidError(
                f"{excerpt(value)} is not a UUID, such as 123e4567-e89b-12d3-a456-426614174000."
            ) from None

    def _render(self, value: uuid.UUID) -> str:
        return str(value)
