"""Words of a task's life: its statuses and the codes of its errors."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Status(TextChoices):
    PENDING = "pending", _("Pending")
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


ACTIVE = frozenset({Status.PENDING, Status.RUNNING})
TERMINAL = frozenset(Status) - ACTIVE
RETRYABLE = frozenset({Status.FAILED, Status.CANCELLED})


class ErrorCode(StrEnum):
    """Codes that the library itself gives; `TaskFailed(code=…)` may give any other."""

    ERROR = "error"
    EXPIRED = "expired"
    INVALID_INPUT = "invalid_input"
    INVALID_OUTPUT = "invalid_output"
    LOST = "lost"
    TIME_LIMIT = "time_limit"
    UPGRADED = "upgraded"


# What the caller reads, in English whatever the language of the worker that stores it: a page has the code to translate
# by. Details that only the developers may see stay in the row's traceback.
ERROR_MESSAGES = {
    ErrorCode.ERROR: "The task failed because of an unexpected error.",
    ErrorCode.EXPIRED: "The task did not start in time.",
    ErrorCode.LOST: "The worker that ran the task was lost.",
    ErrorCode.TIME_LIMIT: "The task took longer than it may.",
    ErrorCode.UPGRADED: "The task had not finished when the server was upgraded. It can be started again.",
}
