"""The body of a request: JSON, bounded in size, and nothing that a database could not store."""

import json
import math
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

from task_api.conf import app_settings

NUMBER_MAX = "a number must stay under 1.8e308"


class BodyTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = _("The body is larger than it may be.")
    default_code = "body_too_large"


class BoundedJSONParser(BaseParser):
    """Parses JSON as RFC 8259 has it, in UTF-8 whatever charset is claimed.

    DRF's own parser reads a body of any size, takes `1e400` for infinity and meets deep nesting with a server error.
    """

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        limit: int | None = app_settings.MAX_BODY_SIZE or settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read() if limit is None else stream.read(limit + 1)
        if limit is not None and len(body) > limit:
            raise BodyTooLarge(f"The body is larger than {limit} bytes.")
        try:
            return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite)
        except UnicodeDecodeError as error:
            raise ParseError(f"The body is not UTF-8: {error.reason} at byte {error.start}.") from None
        except json.JSONDecodeError as error:
            raise ParseError(f"The body is not valid JSON: {error}.") from None
        except ValueError:
            # Python's own limit of the digits of an int.
            raise ParseError(f"A number has too many digits; {NUMBER_MAX}.") from None
        except RecursionError:
            raise ParseError("The JSON is nested too deep.") from None


def _refuse_constant(text: str) -> NoReturn:
    raise ParseError(f"The body is not valid JSON: there is no {text} in JSON.")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ParseError(f"The number {text:.40} is too large; {NUMBER_MAX}.")
    return number
