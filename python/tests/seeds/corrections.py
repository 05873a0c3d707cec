"""What the code blocks of version 1's documentation need before they run: every slip, and every ellipsis filled.

A block that is not listed here runs as it was published.
"""

from dataclasses import dataclass

NO_SELF = "A method needs self."
LIST_FOR_DICT = "Names with values make a dict, not a list."
URL_REMOVED = "Django 4 removed django.conf.urls.url; re_path is the same."
ELLIPSIS = "Stands for the caller's own arguments."
ONE_OF_TWO = "Two ways of which a file uses one."
UNKNOWN_INPUT = "The guide's MyTask takes `name` and has no input `text`."

MY_TASK_CALL = "'my-task', {name: 'Hi'}, null, function(json) { console.log(json.outputs.output) }"


@dataclass(frozen=True)
class Correction:
    """One change of one block, wherever the block has the published text.

    A block with alternatives is corrected once for each, as `block:alternative`.
    """

    block: str
    published: str
    corrected: str
    reason: str


CORRECTIONS = (
    Correction("sum-task", "<script src", "{% load static %}\n<script src", "The page lacks the tag's library."),
    Correction("wait-task", "run(seconds=10)", "run(self, seconds=10)", NO_SELF),
    Correction("wait-task", "set_target(10)", "set_target(seconds)", "The task counts to its input, not always to 10."),
    Correction("api-urls", "from django.conf.urls import url", "from django.urls import re_path", URL_REMOVED),
    Correction("api-urls", " url(", " re_path(", URL_REMOVED),
    Correction("template-urls", "from django.conf.urls import url", "from django.urls import re_path", URL_REMOVED),
    Correction("template-urls", " url(", " re_path(", URL_REMOVED),
    Correction("template-urls", "url_patterns", "urlpatterns", "Django reads urlpatterns."),
    Correction("project-urls", "from django.conf.urls import url", "from django.urls import re_path", URL_REMOVED),
    Correction("project-urls", " url(", " re_path(", URL_REMOVED),
    Correction("my-task", "run(name", "run(self, name", NO_SELF),
    Correction(
        "my-task-outline",
        "inputs = { ... }",
        "inputs = {'name': StringParameter(), 'count': IntParameter(required=False)}",
        ELLIPSIS,
    ),
    Correction("my-task-outline", "outputs = { ... }", "outputs = {'output': StringParameter()}", ELLIPSIS),
    Correction("my-task-run", "run(name", "run(self, name", NO_SELF),
    Correction("my-task-run", "...", "return f'{name} {count}'", ELLIPSIS),
    Correction("list-input", "[\n", "{\n", LIST_FOR_DICT),
    Correction("list-input", "\n]", "\n}", LIST_FOR_DICT),
    Correction("optional-input", "[\n", "{\n", LIST_FOR_DICT),
    Correction("optional-input", "\n]", "\n}", LIST_FOR_DICT),
    Correction("optional-input", "    ...", "    return f'{must_have} {nice_to_have}'", ELLIPSIS),
    Correction("one-output", "[\n", "{\n", LIST_FOR_DICT),
    Correction("one-output", "\n]", "\n}", LIST_FOR_DICT),
    Correction("several-outputs", "[\n", "{\n", LIST_FOR_DICT),
    Correction("several-outputs", "\n]", "\n}", LIST_FOR_DICT),
    Correction("several-outputs", "StringParameter()\n", "StringParameter(),\n", "A comma is missing."),
    Correction("several-outputs", "'Foo,", "'Foo',", "A quote is missing."),
    Correction(
        "progress",
        "for line in f:",
        "for line in iter(f.readline, ''):",
        "Python refuses tell() of a text file that a for loop reads.",
    ),
    Correction("global", "/* ... */", MY_TASK_CALL, ELLIPSIS),
    Correction("import-or-require:import", "// Or\nvar tasks = require('django-task-api')\n", "", ONE_OF_TWO),
    Correction("import-or-require:import", "/* ... */", MY_TASK_CALL, ELLIPSIS),
    Correction("import-or-require:require", "import tasks from 'django-task-api'\n// Or\n", "", ONE_OF_TWO),
    Correction("import-or-require:require", "/* ... */", MY_TASK_CALL, ELLIPSIS),
    Correction("progress-callback", "text:", "name:", UNKNOWN_INPUT),
    Correction("promise-or-callbacks", "text:", "name:", UNKNOWN_INPUT),
    Correction("task-api-urls", " url(", " re_path(", URL_REMOVED),
    Correction("base-url", "/* ... */", MY_TASK_CALL, ELLIPSIS),
    Correction("csrf-names", "/* ... */", MY_TASK_CALL, ELLIPSIS),
)
