"""Dates, times and durations."""

import datetime
from typing import Any, ClassVar, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms.utils import from_current_timezone
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime, parse_duration, parse_time
from django.utils.duration import duration_iso_string

from task_api.params.bounds import RangeParameter
from task_api.params.errors import ParameterNotValidError
from task_api.params.excerpt import excerpt

TIME_PATTERN: Final = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?"
# The part of ISO 8601 that Django reads, with signs and fractions, which JSON Schema's own format has not (RFC 3339).
DURATION_PATTERN: Final = (
    r"^-?P(?=T?[0-9])([0-9]{1,9}D)?(T(?=[0-9])([0-9]{1,9}H)?([0-9]{1,9}M)?([0-9]{1,9}(\.[0-9]{1,6})?S)?)?$"
)


class DateParameter(RangeParameter):
    """Take an ISO 8601 date, and give a `datetime.date`."""

    bound_types = (datetime.date,)

    def json_schema(self) -> dict[str, Any]:
        return self.describe({"type": "string", "format": "date"})

    def _convert(self, value: Any) -> datetime.date:
        # A datetime is a date to Python; its time would be lost without a word.
        if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
            return value
        try:
            date = parse_date(value)
        except (ValueError, TypeError):
            date = None
        if date is None:
            raise ParameterNotValidError(f"{excerpt(value)} is not a date, such as 2026-01-31.")
        return date

    def _refuse_bound(self, name: str, bound: object) -> None:
        if isinstance(bound, datetime.datetime):
            raise TypeError(f"{type(self).__name__} has {name}={bound}; it must be a date without a time.")
        super()._refuse_bound(name, bound)

    def _render(self, value: datetime.date) -> str:
        return value.isoformat()


class DateTimeParameter(RangeParameter):
    """Take an ISO 8601 date and time, and give a `datetime.datetime`.

    With `USE_TZ`, a time without an offset is one in the current time zone, and what is kept is in UTC. Without it, a
    time with an offset is converted to the default time zone, and none is kept. A date alone is its midnight.
    """

    bound_types = (datetime.datetime,)

    def json_schema(self) -> dict[str, Any]:
        # The format demands an offset (RFC 3339, 5.6).
        if settings.USE_TZ:
            return self.describe({"type": "string", "format": "date-time"})
        return self.describe({"type": "string", "pattern": f"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{TIME_PATTERN}$"})

    def _convert(self, value: Any) -> datetime.datetime:
        try:
            moment = _moment(value)
        except (ValueError, TypeError):
            moment = None
        if moment is None:
            raise ParameterNotValidError(f"{excerpt(value)} is not a date and time, such as 2026-01-31T13:45:00Z.")
        return _placed(moment)

    def _check(self, value: datetime.datetime) -> None:
        # Settings are not read where a task is defined, so only here are the bounds as aware as the value.
        if self.min is not None and value < _placed(self.min):
            raise ParameterNotValidError(f"{excerpt(value)} is too early; the earliest is {self.min}.")
        if self.max is not None and value > _placed(self.max):
            raise ParameterNotValidError(f"{excerpt(value)} is too late; the latest is {self.max}.")

    def _render(self, value: datetime.datetime) -> str:
        return value.isoformat().replace("+00:00", "Z")


class TimeParameter(RangeParameter):
    """Take an ISO 8601 time of day, such as ``13:45`` or ``13:45:30.5``, and give a `datetime.time` without an offset.

    An offset is cut off: a time without a date is the same moment in no two places.
    """

    bound_types = (datetime.time,)

    def json_schema(self) -> dict[str, Any]:
        return self.describe({"type": "string", "pattern": f"^{TIME_PATTERN}$"})

    def _convert(self, value: Any) -> datetime.time:
        if isinstance(value, datetime.time):
            return value.replace(tzinfo=None)
        try:
            time = parse_time(value)
        except (ValueError, TypeError):
            time = None
        if time is None:
            raise ParameterNotValidError(f"{excerpt(value)} is not a time of day, such as 13:45:00.")
        return time

    def _refuse_bound(self, name: str, bound: object) -> None:
        super()._refuse_bound(name, bound)
        if isinstance(bound, datetime.time) and bound.tzinfo is not None:
            raise ValueError(f"{type(self).__name__} has {name}={bound}; it must be without an offset.")

    def _check(self, value: datetime.time) -> None:
        if self.min is not None and value < self.min:
            raise ParameterNotValidError(f"{excerpt(value)} is too early; the earliest is {self.min}.")
        if self.max is not None and value > self.max:
            raise ParameterNotValidError(f"{excerpt(value)} is too late; the latest is {self.max}.")

    def _render(self, value: datetime.time) -> str:
        return value.isoformat()


class DurationParameter(RangeParameter):
    """Take a duration as ISO 8601, as Django writes it (``3 days, 4:05:06``) or in seconds; give a `timedelta`."""

    bound_types: ClassVar[tuple[type, ...]] = (datetime.timedelta,)

    def json_schema(self) -> dict[str, Any]:
        return self.describe({"type": "string", "pattern": DURATION_PATTERN})

    def _convert(self, value: Any) -> datetime.timedelta:
        if isinstance(value, datetime.timedelta):
            return value
        try:
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                return datetime.timedelta(seconds=value)
            # Django reads the empty text, and a bare "P", as no time at all.
            duration = parse_duration(value) if any(map(str.isdigit, value)) else None
        except OverflowError:
            raise ParameterNotValidError(f"{excerpt(value)} is too long for a duration.") from None
        except (ValueError, TypeError):
            duration = None
        if duration is None:
            raise ParameterNotValidError(f"{excerpt(value)} is not a duration, such as PT1H30M or 01:30:00.")
        return duration

    def _render(self, value: datetime.timedelta) -> str:
        return duration_iso_string(value)


def _moment(value: Any) -> datetime.datetime | None:
    if isinstance(value, datetime.datetime):
        return value
    if isinstance(value, datetime.date):
        return datetime.datetime.combine(value, datetime.time.min)
    return parse_datetime(value)


def _placed(moment: datetime.datetime) -> datetime.datetime:
    """Return the moment in UTC, or without an offset where the project uses none."""
    try:
        if settings.USE_TZ:
            return from_current_timezone(moment).astimezone(datetime.UTC)
        return timezone.make_naive(moment, timezone.get_default_timezone()) if timezone.is_aware(moment) else moment
    except ValidationError as exc:
        raise ParameterNotValidError(exc.messages) from exc
    except (OverflowError, ValueError):
        raise ParameterNotValidError(f"{excerpt(moment)} is out of range in this time zone.") from None
