"""Numbers and booleans."""

import decimal
import math
import numbers
from decimal import Decimal
from typing import Any, ClassVar, Unpack

from django.core.exceptions import ValidationError
from django.core.validators import DecimalValidator

from task_api.params.base import ParameterOptions, TypedParameter
from task_api.params.bounds import RangeParameter, refuse_sizes
from task_api.params.errors import ParameterNotValidError
from task_api.params.excerpt import excerpt

# A double's: what is beyond could make a task compute for hours (`int(Decimal("1e999999999"))`).
EXPONENTS = range(-324, 309)
# The same guard, and the same number, as REST framework's number fields have.
MAX_DECIMAL_CHARACTERS = 1000
TRUTHS = {"true": True, "false": False}


class NumberParameter(RangeParameter):
    """Take a number, or text that is one: ``"6"`` becomes 6 and ``"5.5"`` becomes 5.5.

    A boolean counts as 1 or 0, as in Python. Numbers that are not finite, or beyond a double's range, are refused.
    """

    bound_types = (int, float)

    def json_schema(self) -> dict[str, Any]:
        return self.describe(self._typed_schema("number"))

    def _convert(self, value: Any) -> int | float:
        return _number(value)

    def _typed_schema(self, name: str) -> dict[str, Any]:
        bounds = {"minimum": self.min, "maximum": self.max}
        return {"type": name, **{key: bound for key, bound in bounds.items() if bound is not None}}


class IntParameter(NumberParameter):
    """Take a number as `NumberParameter` does, and cut off its fraction: ``"6"`` becomes 6 and 5.2 becomes 5."""

    def json_schema(self) -> dict[str, Any]:
        return self.describe(self._typed_schema("integer"))

    def _convert(self, value: Any) -> int:
        return int(_number(value))


class FloatParameter(NumberParameter):
    """Take a number as `NumberParameter` does, and make it a float."""

    def _convert(self, value: Any) -> float:
        return float(_number(value))


class DecimalParameter(RangeParameter):
    """Take an exact decimal number, as text or as a number, and keep it as text.

    Args:
        required: See `Parameter`.
        max_digits: The most digits allowed, before and after the point together.
        decimal_places: The most digits allowed after the point.
        min: The least value allowed.
        max: The greatest value allowed.
        **options: See `Parameter`.
    """

    bound_types: ClassVar[tuple[type, ...]] = (Decimal, int)

    def __init__(
        self,
        required: bool = True,
        *,
        max_digits: int | None = None,
        decimal_places: int | None = None,
        min: Decimal | int | None = None,  # noqa: A002
        max: Decimal | int | None = None,  # noqa: A002
        **options: Unpack[ParameterOptions],
    ) -> None:
        refuse_sizes(self, ("decimal_places", decimal_places), ("max_digits", max_digits))
        self.max_digits = max_digits
        self.decimal_places = decimal_places
        super().__init__(required, min=min, max=max, **options)

    def json_schema(self) -> dict[str, Any]:
        return self.describe(
            {"type": "string", "format": "decimal", "pattern": decimal_pattern(self.max_digits, self.decimal_places)}
        )

    def _convert(self, value: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
            raise ParameterNotValidError(f"{excerpt(value)} is not a decimal number.")
        try:
            # A float's shortest text is what its writer meant: 0.1, not the 55 digits of its binary value.
            text = str(value).strip()
            number = Decimal(text)
        except (ValueError, decimal.InvalidOperation):
            raise ParameterNotValidError(f"{excerpt(value)} is not a decimal number.") from None
        if not number.is_finite():
            raise ParameterNotValidError(f"{excerpt(value)} is not a finite number.")
        if number.adjusted() not in EXPONENTS or max(len(text), len(f"{number:f}")) > MAX_DECIMAL_CHARACTERS:
            raise ParameterNotValidError(f"{excerpt(value)} has too many digits.")
        return number

    def _check(self, value: Any) -> None:
        super()._check(value)
        try:
            DecimalValidator(self.max_digits, self.decimal_places)(value)
        except ValidationError as exc:
            raise ParameterNotValidError(f"{excerpt(value)} is not valid: {' '.join(exc.messages)}") from exc

    def _render(self, value: Any) -> str:
        return format(value, "f")


class BooleanParameter(TypedParameter):
    """Take true or false, the texts ``"true"`` and ``"false"`` in any case, or the integers 1 and 0.

    As an output, any other Python object becomes its truth.
    """

    def to_json(self, value: Any) -> bool | None:
        if value is None and self.allow_null:
            return None
        return TRUTHS.get(value.lower(), bool(value)) if isinstance(value, str) else bool(value)

    def json_schema(self) -> dict[str, Any]:
        return self.describe({"type": "boolean"})

    def _convert(self, value: Any) -> bool:
        if isinstance(value, str) and value.lower() in TRUTHS:
            return TRUTHS[value.lower()]
        if isinstance(value, int) and value in (0, 1):
            return bool(value)
        raise ParameterNotValidError(f"{excerpt(value)} is not true or false.")


def decimal_pattern(max_digits: int | None, decimal_places: int | None) -> str:
    """Return the pattern of the text of a decimal number.

    Where only `max_digits` is given the pattern says nothing of it.
    """
    whole = "[0-9]+"
    if max_digits is not None and decimal_places is not None:
        most = max_digits - decimal_places
        # Leading zeros do not count, and one of them is always written.
        whole = f"0*[0-9]{{1,{most}}}" if most else "0+"
    if decimal_places == 0:
        return f"^-?{whole}$"
    return rf"^-?{whole}(\.[0-9]{{1,{decimal_places or ''}}})?$"


def _number(value: Any) -> int | float:
    try:
        if isinstance(value, (str, Decimal)):
            number = _number_of_text(str(value))
        elif isinstance(value, numbers.Integral):
            number = int(value)
        elif isinstance(value, numbers.Real):
            number = float(value)
        else:
            raise TypeError
        finite = math.isfinite(number)
    except OverflowError:
        raise ParameterNotValidError(f"{excerpt(value)} is too large; a number must stay under 1.8e308.") from None
    except (TypeError, ValueError):
        raise ParameterNotValidError(f"{excerpt(value)} is not a number.") from None
    if not finite:
        raise ParameterNotValidError(f"{excerpt(value)} is not a finite number.")
    return number


def _number_of_text(text: str) -> int | float:
    try:
        # First, for a float would round integers beyond 2**53.
        return int(text)
    except ValueError:
        number = float(text)
        return int(number) if number.is_integer() else number
