from django.urls import path
from rest_framework.routers import SimpleRouter

from task_api.streams import events
from task_api.views import TaskInfoViewSet

# No root view: the project's own page may be there.
router = SimpleRouter()
router.register("tasks", TaskInfoViewSet, basename="taskinfo")

urlpatterns = [path("tasks/events/", events, name="taskinfo-events"), *router.urls]
