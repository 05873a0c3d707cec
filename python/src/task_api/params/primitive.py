"""The JSON of what REST framework's serializers take and give."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.utils.duration import duration_string
from rest_framework.utils.encoders import JSONEncoder


def primitive(value: Any) -> Any:
    """Return the JSON of a value that may hold dates, decimals, model instances and the like.

    Raises:
        TypeError: If something in it has no JSON.
        ValueError: If it contains itself.
        RecursionError: If it is nested too deep.
    """
    return json.loads(json.dumps(value, cls=_Encoder))


class _Encoder(JSONEncoder):
    """Write exactly what REST framework's fields read, where its own encoder rounds."""

    def default(self, obj: Any) -> Any:
        if isinstance(obj, Decimal):
            return str(obj)
        if isinstance(obj, timedelta):
            return duration_string(obj)
        if isinstance(obj, Model):
            return obj.pk
        return super().default(obj)
