from rest_framework.routers import SimpleRouter

from task_api.views import TaskInfoViewSet

# No root view: the project's own page may be there.
router = SimpleRouter()
router.register("tasks", TaskInfoViewSet, basename="taskinfo")

urlpatterns = router.urls
