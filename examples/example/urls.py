from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView, TemplateView

urlpatterns = [
    path("", include("task_api.urls")),
    path("", TemplateView.as_view(template_name="demo/script_tag.html"), name="script-tag"),
    path(
        "react/",
        TemplateView.as_view(
            template_name="demo/frontend.html", extra_context={"framework": "React", "function": "hook"}
        ),
        name="react",
    ),
    path(
        "vue/",
        TemplateView.as_view(
            template_name="demo/frontend.html", extra_context={"framework": "Vue", "function": "composable"}
        ),
        name="vue",
    ),
    path("my-tasks/", TemplateView.as_view(template_name="demo/my_tasks.html"), name="my-tasks"),
    path("seeds/", TemplateView.as_view(template_name="example.html"), name="seeds"),
    path("login/", LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
    # Asked for by browsers on pages that name no icon, as the tutorial's.
    path("favicon.ico", RedirectView.as_view(url=static("demo/icon.svg"))),
]
