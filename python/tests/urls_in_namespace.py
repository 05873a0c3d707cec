from django.urls import include, path

urlpatterns = [path("api/v2/", include(("task_api.urls", "task_api"), namespace="v2"))]
