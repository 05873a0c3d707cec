import json
from pathlib import Path

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.safestring import SafeString

from demo.templatetags.code import figure

register = template.Library()

SUFFIXES = {"React": "tsx", "Vue": "vue"}


@register.simple_tag
def bundle(framework: str) -> str:
    """Return the address of a framework's script, or nothing if it is not built.

    Vite's manifest tells: https://vite.dev/guide/backend-integration
    """
    manifest = finders.find("frontend/manifest.json")
    if manifest is None:
        return ""
    chunks = json.loads(Path(manifest).read_text()).values()
    return next(static(f"frontend/{chunk['file']}") for chunk in chunks if chunk["name"] == framework.lower())


@register.simple_tag(takes_context=True)
def component_source(context: template.Context, name: str) -> SafeString:
    """Show the source of a component of the page's framework."""
    framework = context["framework"]
    path = f"{framework.lower()}/{name}.{SUFFIXES[framework]}"
    return figure(path, (settings.BASE_DIR / "frontend" / "src" / path).read_text())


@register.simple_block_tag(takes_context=True)
def island(context: template.Context, content: str, component: str, title: str, task: str) -> str:
    """Have the page's framework draw a component into a card, beside the code behind it.

    Args:
        context: Names the `framework`, React or Vue.
        content: What the card says above the component, as HTML.
        component: The component's name.
        title: The card's title.
        task: The dotted path of the task's class.
    """
    values = {"content": content, "component": component, "title": title, "task": task}
    return render_to_string("demo/island.html", context.flatten() | values)
