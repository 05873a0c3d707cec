"""Users who are nothing but a name in a header: what is tested here is not who may do what."""

from dataclasses import dataclass
from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

HEADER = "X-Chaos-User"


@dataclass(frozen=True)
class NamedUser:
    pk: str
    is_authenticated: bool = True
    is_staff: bool = False


class HeaderAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        name = request.headers.get(HEADER)
        return (NamedUser(name), None) if name else None
