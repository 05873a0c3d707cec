import uuid
from pathlib import PurePosixPath

import pytest
from django.db import models
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from task_api.params import EmailParameter, StringParameter, URLParameter, UUIDParameter

from .refused import refusal


class Size(models.TextChoices):
    SMALL = "s"


class TestStringParameter:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("x", "x"),
            ("", ""),
            (5, "5"),
            (5.5, "5.5"),
            (True, "True"),
            (Size.SMALL, "s"),
            (mark_safe("<b>"), "<b>"),
            (gettext_lazy("Yes"), "Yes"),
        ],
    )
    def test_takes_text_and_the_text_of_numbers(self, value, text):
        for converted in (StringParameter().to_python(value), StringParameter().to_json(value)):
            assert converted == text
            assert type(converted) is str

    @pytest.mark.parametrize(
        ("value", "message"),
        [
            (None, "null is not text."),
            ([], "[] is not text."),
            ({}, "{} is not text."),
            (b"x", "an object of type bytes is not text."),
            ("a\0", "The text 'a\\x00' contains U+0000, which databases cannot store."),
            ("\ud800", "The text '\\ud800' contains a lone surrogate, which is no character."),
            (float("nan"), "NaN is not a finite number."),
            pytest.param(
                10**5000, "a number of about 5001 digits is too large; a number must stay under 1.8e308.", id="huge"
            ),
        ],
    )
    def test_refuses_anything_else(self, value, message):
        assert refusal(StringParameter(), value) == [message]

    @pytest.mark.parametrize("value", [PurePosixPath("a/b"), uuid.UUID(int=1)])
    def test_output_is_the_text_of_any_object(self, value):
        assert StringParameter().dump(value) == str(value)

    @pytest.mark.parametrize("value", [None, [], {1}, b"x", (letter for letter in "ab")])
    def test_output_is_not_the_text_of_nothing_or_a_collection(self, value):
        with pytest.raises(ValueError, match=r"is not text\.$"):
            StringParameter().dump(value)

    def test_length(self):
        parameter = StringParameter(min_length=2, max_length=3)

        assert parameter.clean("ab") == "ab"
        assert parameter.clean("äöü") == "äöü"
        assert refusal(parameter, "a") == ["'a' has 1 characters; at least 2 are needed."]
        assert refusal(parameter, "abcd") == ["'abcd' has 4 characters; at most 3 are allowed."]

    def test_min_length_above_max_length_is_refused_at_definition(self):
        with pytest.raises(ValueError, match=r"^StringParameter has min_length=3 above max_length=2"):
            StringParameter(min_length=3, max_length=2)

    @pytest.mark.parametrize("size", [-1, "5", 1.5, True])
    def test_length_that_is_no_size_is_refused_at_definition(self, size):
        with pytest.raises(ValueError, match="it must be a whole number from 0 up"):
            StringParameter(max_length=size)

    def test_schema(self):
        assert StringParameter(min_length=1, max_length=5).json_schema() == {
            "type": "string",
            "minLength": 1,
            "maxLength": 5,
        }


class TestEmailParameter:
    def test_takes_an_address(self):
        assert EmailParameter().clean("name@example.com") == "name@example.com"

    @pytest.mark.parametrize("value", ["name", "a@b", "", "a b@example.com", "name@example.com\n"])
    def test_refuses_any_other_text(self, value):
        [message] = refusal(EmailParameter(), value)

        assert message.endswith("is not an email address, such as name@example.com.")

    def test_schema(self):
        assert EmailParameter(max_length=9).json_schema() == {"type": "string", "maxLength": 9, "format": "email"}


class TestURLParameter:
    @pytest.mark.parametrize("value", ["https://example.com/a?b=c#d", "http://localhost:8000", "ftp://example.com"])
    def test_takes_an_absolute_url(self, value):
        assert URLParameter().clean(value) == value

    @pytest.mark.parametrize("value", ["example.com", "/path", "javascript:alert(1)", "http://", "http://[::1", ""])
    def test_refuses_any_other_text(self, value):
        [message] = refusal(URLParameter(), value)

        assert message == f"{value!r} is not a URL, such as https://example.com/path."

    def test_schema(self):
        schema = URLParameter().json_schema()

        assert schema == {"type": "string", "format": "uri", "pattern": "^([hH][tT][tT][pP]|[fF][tT][pP])[sS]?://"}


class TestUUIDParameter:
    TEXT = "123e4567-e89b-12d3-a456-426614174000"

    @pytest.mark.parametrize("value", [TEXT, TEXT.upper(), TEXT.replace("-", ""), uuid.UUID(TEXT)])
    def test_gives_a_uuid_and_keeps_its_canonical_text(self, value):
        assert UUIDParameter().to_python(value) == uuid.UUID(self.TEXT)
        assert UUIDParameter().clean(value) == self.TEXT

    @pytest.mark.parametrize("value", ["", "x", TEXT[:-1], 5, None, [], {}, True])
    def test_refuses_anything_else(self, value):
        [message] = refusal(UUIDParameter(), value)

        assert message.endswith("is not a UUID, such as 123e4567-e89b-12d3-a456-426614174000.")

    def test_schema(self):
        assert UUIDParameter().json_schema() == {"type": "string", "format": "uuid"}
