from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TaskApiConfig(AppConfig):
    name = "task_api"
    label = "task_api"
    verbose_name = _("Background tasks")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from task_api import checks  # noqa: F401  registers the system checks
