"""The rows: a task, its messages, and its attempts that did not succeed."""

import json
from typing import Any
from uuid import uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _

from task_api.database import DatabaseNow, ExactCharField
from task_api.states import Status


class TaskInfo(models.Model):
    """A task from its creation to its end, and for as long as it is kept.

    The row is the truth: brokers and buses carry hints of it. Only `task_api.transitions` changes it, a few columns
    at a time; saving a whole instance would write back what others changed since.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    task = models.CharField(max_length=256)
    # Users without a row may have primary keys that differ in case alone.
    owner = ExactCharField(max_length=255, blank=True, default="", help_text=_("Primary key of who started it."))
    backend_data = models.TextField(null=True, blank=True, help_text=_("Free for backends of your own."))
    queue = models.CharField(max_length=255, blank=True, default="")
    priority = models.SmallIntegerField(null=True, blank=True)

    status = models.CharField(max_length=16, choices=Status.choices, default=Status.PENDING)
    version = models.PositiveBigIntegerField(default=1, help_text=_("Grows with each change of the row."))
    attempt = models.PositiveIntegerField(default=0, help_text=_("Attempts begun so far."))
    max_attempts = models.PositiveIntegerField(default=1)

    inputs = models.JSONField(default=dict)
    outputs = models.JSONField(default=dict)
    progress = models.BigIntegerField(null=True, blank=True)
    target = models.BigIntegerField(null=True, blank=True)
    message_count = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=64, blank=True, default="")
    error_message = models.TextField(blank=True, default="")
    traceback = models.TextField(blank=True, default="")

    created = models.DateTimeField(db_default=DatabaseNow())
    started = models.DateTimeField(null=True, blank=True)
    finished = models.DateTimeField(null=True, blank=True)
    run_after = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    dispatched_at = models.DateTimeField(null=True, blank=True, help_text=_("When its message was last sent."))
    cancel_requested_at = models.DateTimeField(null=True, blank=True)

    claim_token = models.UUIDField(null=True, blank=True, help_text=_("Fences off runs that lost the task."))
    lease_expires = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=255, blank=True, default="", help_text=_("Host name of its last worker."))
    message_id = models.CharField(max_length=255, blank=True, default="", help_text=_("Celery's id of its run."))

    unique_key = models.CharField(max_length=255, null=True, blank=True, unique=True)
    idempotency_digest = models.CharField(max_length=64, null=True, blank=True, unique=True)
    request_hash = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        indexes = (
            # Own tasks, newest first.
            models.Index(fields=["owner", "id"], name="task_api_owner_id"),
            # The sweeper's looks: few rows are active, and ended ones are pruned oldest first.
            models.Index(fields=["status", "created"], name="task_api_status_created"),
        )

    def __str__(self) -> str:
        return f"{self.task} {self.uuid}"

    def inputs_by_name(self) -> dict[str, Any]:
        # Code written for version 1 stores JSON text itself: `TaskInfo.objects.create(inputs=json.dumps(…))`.
        inputs: dict[str, Any] = json.loads(self.inputs) if isinstance(self.inputs, str) else self.inputs
        return inputs


class TaskMessage(models.Model):
    """One message of a task; `seq` counts from 1 within the task, over all of its attempts."""

    task = models.ForeignKey(TaskInfo, on_delete=models.CASCADE, related_name="messages")
    seq = models.PositiveIntegerField()
    message = models.JSONField()
    created = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ("seq",)
        constraints = (models.UniqueConstraint(fields=["task", "seq"], name="task_api_message_seq"),)

    def __str__(self) -> str:
        return str(self.message)


class Attempt(models.Model):
    """An attempt of a task that ended without success; the one that runs or has succeeded is the task's row itself."""

    task = models.ForeignKey(TaskInfo, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    started = models.DateTimeField(null=True)
    finished = models.DateTimeField(db_default=DatabaseNow())
    worker = models.CharField(max_length=255, blank=True, default="")
    error_code = models.CharField(max_length=64, blank=True, default="", help_text=_("Empty if it was cancelled."))
    error_message = models.TextField(blank=True, default="")
    traceback = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=["task", "number"], name="task_api_attempt_number"),)

    def __str__(self) -> str:
        return f"{self.number}"
