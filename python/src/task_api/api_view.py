"""What every door of the API checks before it opens: who asks, whether they may, and how often."""

from collections.abc import Sequence
from typing import Any

from django.db import DataError
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from task_api.permissions import authentication_classes, permission_classes
from task_api.submission import owner_of


class TaskAPIView(APIView):
    """A view whose classes are read at each request, so that the settings count which are in force then."""

    renderer_classes = (JSONRenderer,)

    def get_authenticators(self) -> list[Any]:
        return [authentication() for authentication in authentication_classes()]

    def get_permissions(self) -> Sequence[Any]:
        return [permission() for permission in permission_classes()]

    def get_throttles(self) -> list[Any]:
        classes: Sequence[Any] = api_settings.DEFAULT_THROTTLE_CLASSES
        return [throttle() for throttle in classes]

    def perform_authentication(self, request: Request) -> None:
        try:
            super().perform_authentication(request)
        except DataError as error:
            # A user name or a token with NUL, which PostgreSQL cannot even look for.
            raise AuthenticationFailed from error

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        try:
            self.owner = owner_of(request.user)
        except ValueError as error:
            raise PermissionDenied(str(error)) from error
        if request.method == "POST":
            # Parsed here, where a cancel and a retry, which need no body, refuse a form's as well.
            _ = request.data
