from django.urls import include, path

from project import limits

urlpatterns = [
    path("", include("task_api.urls")),
    path("limit/submit/", limits.submit),
    path("limit/start/", limits.start),
    path("limit/status/<str:task_id>/", limits.status),
    path("limit/events/<str:channel>/", limits.events),
]
