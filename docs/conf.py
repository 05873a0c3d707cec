"""Sphinx's settings for this documentation; `make docs` builds it."""

import sys
from importlib.metadata import version as installed_version
from pathlib import Path

import django
from django.conf import settings

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_extensions"))

# The reference is made from the code itself, which needs a project around it.
settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "task_api"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    USE_TZ=True,
    TIME_ZONE="UTC",
)
django.setup()

project = "Django Task API"
author = "Django Task API contributors"
release = installed_version("django-task-api")
version = release
language = "en"
root_doc = "index"
exclude_patterns = ["_build"]

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "attributes_reference",
    "parameter_reference",
    "settings_reference",
    "typescript_reference",
]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

# Docstrings write code in single backticks.
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
add_module_names = False
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True

# Quotes in what programs print must stay as they are.
smartquotes_action = "D"

nitpicky = True
# Names of other projects, whose documentation is not at hand where this one is built.
nitpick_ignore_regex = [
    (r"py:.*", r"(django|rest_framework|datetime|collections|uuid|enum|typing|logging|decimal|contextlib)\b.*"),
    # Type variables, and the type of the keyword arguments that the page on parameters explains by itself.
    (r"py:.*", r"task_api\.(tasks\.T|params\.base\.ParameterOptions)"),
    (r"py:.*", r"(UUID|Mapping|Sequence|Iterable|Iterator|Callable|Any|Collection|timedelta|TypeVar|T|Enum)"),
]

html_theme = "furo"
html_title = f"{project} {release}"
html_static_path = ["_static"]
html_css_files = ["docs.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_theme_options = {"navigation_with_keys": True}
