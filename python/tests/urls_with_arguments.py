from django.urls import include, path

urlpatterns = [
    path("tenant/<slug:tenant>/", include("task_api.urls")),
    path("places/<int:place>/named/", include(("task_api.urls", "task_api"), namespace="places")),
    path("extra/", include("task_api.urls"), {"extra": "yes"}),
    path("versions/<version>/", include("task_api.urls")),
]
