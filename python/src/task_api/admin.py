"""Tasks in the admin: to look at, with the tracebacks that callers do not see, and to cancel or start again."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from task_api import control
from task_api.exceptions import TaskConflict, TaskNotRegistered
from task_api.models import Attempt, TaskInfo, TaskMessage

if TYPE_CHECKING:
    BaseAdmin = admin.options.BaseModelAdmin[Any]
    TaskAdmin = admin.ModelAdmin[TaskInfo]
    Table = admin.TabularInline[Any, TaskInfo]
else:
    # Django's admin classes take type arguments in their stubs alone.
    BaseAdmin, TaskAdmin, Table = admin.options.BaseModelAdmin, admin.ModelAdmin, admin.TabularInline


class _ReadOnly(BaseAdmin):
    # The state machine writes rows; a form that saves a whole row would undo what a worker wrote since.
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Asked without an object for the actions on the list.
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class _Part(_ReadOnly, Table):
    extra = 0
    can_delete = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields


class MessageInline(_Part):
    model = TaskMessage
    fields = ("seq", "message", "created")


class AttemptInline(_Part):
    model = Attempt
    fields = ("number", "started", "finished", "worker", "error_code", "error_message", "traceback")
    verbose_name_plural = _("attempts that did not succeed")


@admin.register(TaskInfo)
class TaskInfoAdmin(_ReadOnly, TaskAdmin):
    list_display = ("task", "uuid", "status", "owner", "progress", "target", "attempt", "created", "finished")
    list_filter = ("status", "task")
    search_fields = ("uuid", "task", "owner")
    inlines = (MessageInline, AttemptInline)
    actions = ("cancel", "stop_now", "start_again")
    show_full_result_count = False

    def get_readonly_fields(self, request: HttpRequest, obj: TaskInfo | None = None) -> list[str]:
        return [field.name for field in TaskInfo._meta.fields]

    @admin.action(description=_("Cancel selected tasks"), permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[TaskInfo]) -> None:
        self._cancel(request, queryset)

    @admin.action(description=_("Stop selected tasks at once"), permissions=["change"])
    def stop_now(self, request: HttpRequest, queryset: QuerySet[TaskInfo]) -> None:
        self._cancel(request, queryset, terminate=True)

    def _cancel(self, request: HttpRequest, queryset: QuerySet[TaskInfo], **options: Any) -> None:
        count = 0
        for info in queryset:
            with suppress(TaskConflict):
                control.cancel(info.uuid, **options)
                count += 1
        text = ngettext("Asked %(count)d task to stop.", "Asked %(count)d tasks to stop.", count)
        self.message_user(request, text % {"count": count})

    @admin.action(description=_("Start selected tasks again"), permissions=["change"])
    def start_again(self, request: HttpRequest, queryset: QuerySet[TaskInfo]) -> None:
        count = 0
        for info in queryset:
            try:
                control.retry(info.uuid)
                count += 1
            except (TaskConflict, TaskNotRegistered) as error:
                self.message_user(request, f"{info}: {error}", messages.WARNING)
        text = ngettext("Started %(count)d task again.", "Started %(count)d tasks again.", count)
        self.message_user(request, text % {"count": count})
