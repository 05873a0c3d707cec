"""The bounds of a parameter: from where to where its values go, and how long they may be."""

import math
from typing import Any, ClassVar, Unpack

from task_api.params.base import ParameterOptions, TypedParameter
from task_api.params.errors import ParameterNotValidError
from task_api.params.excerpt import excerpt


class RangeParameter(TypedParameter):
    """Take values from `min` to `max`, both included.

    Args:
        required: See `Parameter`.
        min: The least value allowed.
        max: The greatest value allowed.
        **options: See `Parameter`.
    """

    bound_types: ClassVar[tuple[type, ...]]

    def __init__(
        self,
        required: bool = True,
        *,
        min: Any = None,  # noqa: A002 - the word that users know from HTML and JSON Schema
        max: Any = None,  # noqa: A002
        **options: Unpack[ParameterOptions],
    ) -> None:
        self._refuse_bound("min", min)
        self._refuse_bound("max", max)
        if min is not None and max is not None and min > max:
            raise ValueError(f"{type(self).__name__} has min={min} above max={max}, which no value can satisfy.")
        self.min = min
        self.max = max
        super().__init__(required, **options)

    def _refuse_bound(self, name: str, bound: object) -> None:
        if bound is None:
            return
        if not isinstance(bound, self.bound_types):
            allowed = " or ".join(bound_type.__name__ for bound_type in self.bound_types)
            raise TypeError(f"{type(self).__name__} has {name}={excerpt(bound)}; it must be of type {allowed}.")
        if isinstance(bound, float) and not math.isfinite(bound):
            raise ValueError(f"{type(self).__name__} has {name}={excerpt(bound)}; it must be finite.")

    def _check(self, value: Any) -> None:
        if self.min is not None and value < self.min:
            raise ParameterNotValidError(f"{excerpt(value)} is too small; the minimum is {self.min}.")
        if self.max is not None and value > self.max:
            raise ParameterNotValidError(f"{excerpt(value)} is too large; the maximum is {self.max}.")


def refuse_sizes(parameter: object, least: tuple[str, Any], most: tuple[str, Any]) -> None:
    """Refuse, at definition, a pair of named sizes that is no range of whole numbers from 0 up.

    Raises:
        ValueError: If a size is negative or no whole number, or the least is above the most.
    """
    kind = type(parameter).__name__
    for name, size in (least, most):
        if size is not None and (not isinstance(size, int) or isinstance(size, bool) or size < 0):
            raise ValueError(f"{kind} has {name}={excerpt(size)}; it must be a whole number from 0 up.")
    if least[1] is not None and most[1] is not None and least[1] > most[1]:
        raise ValueError(f"{kind} has {least[0]}={least[1]} above {most[0]}={most[1]}, which no value can satisfy.")
