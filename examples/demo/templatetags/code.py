import inspect
import re
from functools import cache
from pathlib import Path
from threading import Lock

from django import template
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.html import escape, format_html
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

WORDS = (
    "async|await|catch|class|const|def|else|except|export|finally|for|from|function|if|import|in|not|raise|return|try"
)
TOKENS = re.compile(
    r"(?P<comment>(?:#|//) .*)"
    r"|(?P<string>f?\"[^\"\n]*\"|'[^'\n]*'|`[^`]*`)"
    rf"|(?P<word>\b(?:{WORDS})\b)"
    r"|(?P<name>(?<=\bdef )\w+|(?<=\bclass )\w+|\bTaskAPI\b)"
    r"|(?P<number>\b\d[\d_.]*\b)"
    r"|(?P<other>.|\n)"
)

# `inspect` parses the module to find a class, and CPython's parser may break down where two threads meet in it:
# "AST constructor recursion depth mismatch", python/cpython#106905.
parsing = Lock()


def highlighted(source: str) -> SafeString:
    """Mark up Python or JavaScript, enough for the short samples of this site."""
    pieces = []
    for match in TOKENS.finditer(source):
        text = escape(match.group())
        pieces.append(text if match.lastgroup == "other" else f'<span class="{match.lastgroup}">{text}</span>')
    return mark_safe("".join(pieces).strip())  # noqa: S308 - each piece is escaped above


def figure(caption: str, source: str) -> SafeString:
    return format_html(
        '<figure class="code"><figcaption>{}</figcaption><pre><code>{}</code></pre></figure>',
        caption,
        highlighted(source),
    )


@register.simple_tag
@cache
def task_source(path: str) -> SafeString:
    """Show the source of the task class at a dotted path."""
    task = import_string(path)
    with parsing:
        source = inspect.getsource(task)
    return figure(f"{task.__module__.replace('.', '/')}.py", source)


@register.simple_tag
def script_source(path: str) -> SafeString:
    """Show the source of a static script."""
    return figure(path, Path(str(finders.find(path))).read_text())


@register.simple_block_tag
def card(content: str, name: str, **options: str | bool) -> str:
    """Show what a visitor sees of a task (the content goes into its form) beside the code behind it.

    Args:
        content: HTML of the form's inputs.
        name: The task's name.
        **options: `title`; `task`, the dotted path of its class; `cancel=True` for a Cancel button;
            `resume=True` to watch it again after the page is reloaded.
    """
    script = f"demo/tasks/{name}.js"
    return render_to_string("demo/card.html", {"content": content, "name": name, "script": script, **options})
