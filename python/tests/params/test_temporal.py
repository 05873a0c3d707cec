import datetime
import re

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from task_api.params import DateParameter, DateTimeParameter, DurationParameter, TimeParameter
from task_api.params.temporal import DURATION_PATTERN

from .refused import refusal

UTC = datetime.UTC


class TestDateParameter:
    @pytest.mark.parametrize("value", ["2026-01-31", "2026-1-31", "20260131", datetime.date(2026, 1, 31)])
    def test_gives_a_date_and_keeps_iso_8601(self, value):
        assert DateParameter().to_python(value) == datetime.date(2026, 1, 31)
        assert DateParameter().clean(value) == "2026-01-31"

    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            ("2026-02-30", "'2026-02-30'"),
            ("31.1.2026", "'31.1.2026'"),
            ("2026-01-31T10:00", "'2026-01-31T10:00'"),
            (5, "5"),
            (None, "null"),
            (datetime.datetime(2026, 1, 31, 10, tzinfo=UTC), "2026-01-31 10:00:00+00:00"),
        ],
    )
    def test_refuses_anything_else(self, value, shown):
        assert refusal(DateParameter(), value) == [f"{shown} is not a date, such as 2026-01-31."]

    def test_bounds(self):
        parameter = DateParameter(min=datetime.date(2026, 1, 1), max=datetime.date(2026, 12, 31))

        assert parameter.clean("2026-12-31") == "2026-12-31"
        assert refusal(parameter, "2025-12-31") == ["2025-12-31 is too small; the minimum is 2026-01-01."]
        assert refusal(parameter, "2027-01-01") == ["2027-01-01 is too large; the maximum is 2026-12-31."]

    @pytest.mark.parametrize("bound", ["2026-01-01", 5])
    def test_bound_of_another_type_is_refused_at_definition(self, bound):
        with pytest.raises(TypeError, match=r"it must be of type date\.$"):
            DateParameter(min=bound)

    def test_bound_with_a_time_is_refused_at_definition(self):
        with pytest.raises(TypeError, match=r"it must be a date without a time\.$"):
            DateParameter(min=datetime.datetime(2026, 1, 1, tzinfo=UTC))

    def test_schema(self):
        schema = DateParameter(default=datetime.date(2026, 1, 1)).json_schema()

        assert schema == {"type": "string", "format": "date", "default": "2026-01-01"}


class TestDateTimeParameter:
    @pytest.mark.parametrize(
        ("value", "stored"),
        [
            ("2026-01-31T13:45:00Z", "2026-01-31T13:45:00Z"),
            ("2026-01-31T13:45:00+02:00", "2026-01-31T11:45:00Z"),
            ("2026-01-31 13:45", "2026-01-31T13:45:00Z"),
            ("2026-01-31", "2026-01-31T00:00:00Z"),
            ("2026-01-31T13:45:00.123456Z", "2026-01-31T13:45:00.123456Z"),
            (datetime.datetime(2026, 1, 31, 13, 45, tzinfo=UTC), "2026-01-31T13:45:00Z"),
            (datetime.date(2026, 1, 31), "2026-01-31T00:00:00Z"),
        ],
    )
    def test_gives_a_datetime_in_utc(self, value, stored):
        parameter = DateTimeParameter()

        assert parameter.clean(value) == stored
        assert parameter.to_python(stored) == parameter.to_python(value) == datetime.datetime.fromisoformat(stored)
        assert parameter.to_python(value).tzinfo is UTC

    def test_naive_value_is_in_the_current_time_zone(self):
        with timezone.override("Europe/Berlin"):
            assert DateTimeParameter().clean("2026-07-01T12:00:00") == "2026-07-01T10:00:00Z"

    def test_time_that_the_current_time_zone_lacks_is_refused(self):
        with timezone.override("Europe/Berlin"):
            [message] = refusal(DateTimeParameter(), "2026-03-29T02:30:00")

        assert "be interpreted in time zone Europe/Berlin" in message

    def test_without_use_tz_no_offset_is_kept(self, settings):
        settings.USE_TZ = False
        settings.TIME_ZONE = "Europe/Berlin"

        assert DateTimeParameter().clean("2026-07-01T12:00:00") == "2026-07-01T12:00:00"
        assert DateTimeParameter().clean("2026-07-01T12:00:00Z") == "2026-07-01T14:00:00"
        pattern = DateTimeParameter().json_schema()["pattern"]
        assert re.search(pattern, "2026-01-31T13:45:00.5")
        assert not re.search(pattern, "2026-01-31T13:45:00Z")

    @pytest.mark.parametrize("value", ["", "x", "2026-02-30T10:00", "2026-01-31T25:00", 5, None, [], "10:00"])
    def test_refuses_anything_else(self, value):
        [message] = refusal(DateTimeParameter(), value)

        assert message.endswith("is not a date and time, such as 2026-01-31T13:45:00Z.")

    @pytest.mark.parametrize("value", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
    def test_refuses_what_is_out_of_range_in_utc(self, value):
        [message] = refusal(DateTimeParameter(), value)

        assert message.endswith("is out of range in this time zone.")

    def test_bounds_without_an_offset_are_in_the_current_time_zone(self):
        parameter = DateTimeParameter(
            min=datetime.datetime(2026, 1, 1),  # noqa: DTZ001
            max=datetime.datetime(2026, 12, 31, tzinfo=UTC).replace(tzinfo=None),
        )

        assert parameter.clean("2026-01-01T00:00:00Z") == "2026-01-01T00:00:00Z"
        assert refusal(parameter, "2025-12-31T23:00:00Z") == [
            "2025-12-31 23:00:00+00:00 is too early; the earliest is 2026-01-01 00:00:00."
        ]
        assert refusal(parameter, "2026-12-31T00:00:01Z") == [
            "2026-12-31 00:00:01+00:00 is too late; the latest is 2026-12-31 00:00:00."
        ]

    def test_schema(self):
        assert DateTimeParameter().json_schema() == {"type": "string", "format": "date-time"}


class TestDurationParameter:
    @pytest.mark.parametrize(
        ("value", "stored"),
        [
            ("PT1H30M", "P0DT01H30M00S"),
            ("P3DT4H5M6S", "P3DT04H05M06S"),
            ("3 days, 4:05:06", "P3DT04H05M06S"),
            ("3 04:05:06", "P3DT04H05M06S"),
            ("01:30:00", "P0DT01H30M00S"),
            ("-PT1S", "-P0DT00H00M01S"),
            (90, "P0DT00H01M30S"),
            (1.5, "P0DT00H00M01.500000S"),
            (datetime.timedelta(minutes=90), "P0DT01H30M00S"),
        ],
    )
    def test_gives_a_timedelta_and_keeps_iso_8601(self, value, stored):
        parameter = DurationParameter()

        assert parameter.clean(value) == stored
        assert parameter.to_python(stored) == parameter.to_python(value)

    @pytest.mark.parametrize("value", ["", "P", "-PT", "x", "1 year", True, None, []])
    def test_refuses_anything_else(self, value):
        [message] = refusal(DurationParameter(), value)

        assert message.endswith("is not a duration, such as PT1H30M or 01:30:00.")

    @pytest.mark.parametrize("value", ["P99999999999D", 1e300, "9" * 400, 10**15])
    def test_refuses_what_no_timedelta_holds(self, value):
        [message] = refusal(DurationParameter(), value)

        assert message.endswith("is too long for a duration.")

    def test_bounds(self):
        parameter = DurationParameter(min=datetime.timedelta(0), max=datetime.timedelta(hours=1))

        assert refusal(parameter, "-1") == ["-1 day, 23:59:59 is too small; the minimum is 0:00:00."]
        assert refusal(parameter, "01:00:01") == ["1:00:01 is too large; the maximum is 1:00:00."]

    @settings(deadline=None)
    @given(st.timedeltas())
    def test_every_timedelta_comes_back_as_it_was(self, value):
        parameter = DurationParameter()

        assert parameter.to_python(parameter.clean(value)) == value

    def test_schema(self):
        assert DurationParameter().json_schema() == {"type": "string", "pattern": DURATION_PATTERN}

    @pytest.mark.parametrize("text", ["P1D", "PT1H30M", "-P1DT2S", "PT0.5S", "P0DT00H00M01S"])
    def test_pattern_is_of_the_iso_8601_that_is_taken(self, text):
        assert re.search(DURATION_PATTERN, text)
        assert DurationParameter().to_python(text)

    @pytest.mark.parametrize("text", ["P", "PT", "P1DT", "P1Y", "P1W", "-PT", "1D", "PT1.S"])
    def test_pattern_is_not_of_what_is_refused(self, text):
        assert not re.search(DURATION_PATTERN, text)


class TestTimeParameter:
    @pytest.mark.parametrize(
        ("value", "stored"),
        [
            ("13:45", "13:45:00"),
            ("13:45:30.5", "13:45:30.500000"),
            ("13:45:00+01:00", "13:45:00"),
            (datetime.time(1, 2, 3), "01:02:03"),
            (datetime.time(1, 2, tzinfo=datetime.UTC), "01:02:00"),
        ],
    )
    def test_takes_times_of_day(self, value, stored):
        parameter = TimeParameter()

        assert parameter.clean(value) == stored
        assert parameter.to_python(stored) == datetime.time.fromisoformat(stored)

    @pytest.mark.parametrize("value", ["noon", "25:00", "", 5, None, True, ["13:45"], datetime.date(2026, 1, 1)])
    def test_refuses_anything_else(self, value):
        assert "is not a time of day, such as 13:45:00." in refusal(TimeParameter(), value)[0]

    def test_bounds(self):
        parameter = TimeParameter(min=datetime.time(9), max=datetime.time(17))

        assert refusal(parameter, "08:59") == ["08:59:00 is too early; the earliest is 09:00:00."]
        assert refusal(parameter, "17:01") == ["17:01:00 is too late; the latest is 17:00:00."]
        assert parameter.clean("09:00") == "09:00:00"

    def test_bound_with_an_offset_is_refused(self):
        with pytest.raises(ValueError, match=r"^TimeParameter has min=.*; it must be without an offset\.$"):
            TimeParameter(min=datetime.time(9, tzinfo=datetime.UTC))
