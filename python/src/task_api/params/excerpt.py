"""A short text that shows any value whatever in an error."""

import datetime
import enum
import math
import reprlib
import uuid
from decimal import Decimal

MAX_CHARACTERS = 80
# Python refuses to write out integers of more than 4,300 digits; far shorter ones already say nothing to a reader.
MAX_BITS = 200


def excerpt(value: object) -> str:
    """Return `value` as JSON would show it, shortened to 80 characters, whatever it is and however deep."""
    text = _Excerpt().repr(value)
    return text if len(text) <= MAX_CHARACTERS else f"{text[: MAX_CHARACTERS - 3]}..."


class _Excerpt(reprlib.Repr):
    """Find the method for a value by its type's name, as `reprlib` does."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 3
        self.maxlist = self.maxdict = self.maxtuple = 4
        self.maxstring = 60

    def repr_NoneType(self, x: None, level: int) -> str:  # noqa: N802 - named for the type
        return "null"

    def repr_bool(self, x: bool, level: int) -> str:
        return "true" if x else "false"

    def repr_float(self, x: float, level: int) -> str:
        if math.isnan(x):
            return "NaN"
        if math.isinf(x):
            return "Infinity" if x > 0 else "-Infinity"
        return repr(x)

    def repr_int(self, x: int, level: int) -> str:
        if x.bit_length() > MAX_BITS:
            return f"a number of about {math.ceil(x.bit_length() * math.log10(2))} digits"
        return repr(x)

    def repr_instance(self, x: object, level: int) -> str:
        if isinstance(x, enum.Enum):
            return f"{type(x).__name__}.{x.name}"
        if isinstance(x, str):
            return self.repr_str(str.__str__(x), level)
        if isinstance(x, (datetime.date, datetime.time, datetime.timedelta, Decimal, uuid.UUID)):
            return str(x)
        if isinstance(x, type):
            return f"the class {x.__name__}"
        # Its own text could query a database or show what the caller may not see.
        return f"an object of type {type(x).__name__}"
