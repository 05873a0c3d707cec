"""What type annotations say: resolved, unwrapped, and shown to a reader."""

import dataclasses
import inspect
import re
import types
import typing
from collections.abc import Mapping
from typing import Any

# TypedDict's `ReadOnly` is younger than the oldest Python supported.
QUALIFIERS = {typing.Required, typing.NotRequired, getattr(typing, "ReadOnly", typing.Required)}

# Modules that everybody knows the names of.
OBVIOUS = {"builtins", "typing"}


def resolved(obj: Any, **names: Any) -> dict[str, Any]:
    """Return the annotations of a class or a function with text and forward references evaluated.

    Args:
        obj: The class or the function.
        **names: What the annotations may name besides what is in the module of `obj`.

    Raises:
        NameError: An annotation names something that there is not.
    """
    return typing.get_type_hints(obj, localns=names or None, include_extras=True)


def without_alias(annotation: Any) -> Any:
    """Return the type that a `NewType` or a `type` statement gives another name to."""
    while True:
        if isinstance(annotation, typing.NewType):
            annotation = annotation.__supertype__
        elif type(annotation).__name__ == "TypeAliasType":
            annotation = annotation.__value__
        else:
            return annotation


def without_qualifiers(annotation: Any) -> Any:
    """Return the type of a TypedDict's field without `Required`, `NotRequired` and `ReadOnly`."""
    while typing.get_origin(annotation) in QUALIFIERS:
        (annotation,) = typing.get_args(annotation)
    return annotation


def required_keys(cls: Any, annotations: Mapping[str, Any]) -> set[str]:
    """Return the keys that a TypedDict needs."""
    required = set(cls.__required_keys__)
    for name, annotation in annotations.items():
        while (origin := typing.get_origin(annotation)) in QUALIFIERS:
            # Python does not look into annotations that are text, as all of them are with `from __future__`.
            if origin is typing.Required:
                required.add(name)
            elif origin is typing.NotRequired:
                required.discard(name)
            (annotation,) = typing.get_args(annotation)
    return required


def is_typed_dict(cls: type[Any]) -> bool:
    """Tell whether a class is a TypedDict, of `typing` or of `typing_extensions`."""
    return issubclass(cls, dict) and hasattr(cls, "__total__") and hasattr(cls, "__required_keys__")


def description(cls: type[Any]) -> str:
    """Return a class's own docstring; empty where there is none, or Python made it up."""
    text = inspect.cleandoc(cls.__dict__.get("__doc__") or "")
    made_up = dataclasses.is_dataclass(cls) and text.startswith(f"{cls.__name__}(")
    return "" if made_up else text


def entries(text: str, section: str) -> dict[str, str]:
    """Return what a section of a docstring, such as "Args" in Google's style, says of each name."""
    found = re.search(rf"^{section}:\n((?:[ \t]+.*\n?|\n)+)", text, re.MULTILINE)
    body = inspect.cleandoc("\n" + found[1]) if found else ""
    pairs = re.findall(r"^\*{0,2}(\w+)(?: ?\(.*?\))?:((?:.*)(?:\n[ \t]+.*)*)", body, re.MULTILINE)
    return {name: " ".join(said.split()) for name, said in pairs}


def shown(annotation: Any) -> str:
    """Return an annotation as its author may have written it."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation.__qualname__ if annotation.__module__ in OBVIOUS else _path(annotation)
    return annotation if isinstance(annotation, str) else repr(annotation).removeprefix("typing.")


def _path(cls: type[Any]) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
