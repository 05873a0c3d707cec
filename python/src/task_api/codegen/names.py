"""The types that a file declares beside its tasks: any JSON, and what schemas refer to by `$ref`."""

from collections.abc import Callable
from typing import Any

from task_api.json_schemas import type_name

# What the key says needs what the value says.
ANY = {
    "JsonValue": (
        "/** Any JSON value. */\nexport type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject\n"
    ),
    "JsonObject": ("/** Any JSON object. */\nexport type JsonObject = { [key: string]: JsonValue | undefined }\n"),
}


class Names:
    """The named types of one file, each declared once."""

    def __init__(self) -> None:
        self._declared: dict[str, tuple[Any, str]] = {}
        self._any_is_used = False

    def any_value(self) -> str:
        self._any_is_used = True
        return "JsonValue"

    def any_object(self) -> str:
        self._any_is_used = True
        return "JsonObject"

    def declare(self, wanted: str, meaning: Any, write: Callable[[str], str]) -> str:
        """Return the name of a type, declared at its first use; others that want the same name get a number.

        Args:
            wanted: What the name should remind of.
            meaning: Whatever tells the type from others; equal ones share a name.
            write: Gives the declaration of a name. It may ask for the name again, as a type that contains itself does.
        """
        name = stem = type_name(wanted)
        number = 1
        while name in ANY or (name in self._declared and self._declared[name][0] != meaning):
            number += 1
            name = f"{stem}{number}"
        if name not in self._declared:
            self._declared[name] = (meaning, "")
            self._declared[name] = (meaning, write(name))
        return name

    def declarations(self) -> str:
        declared = [text for _, (_, text) in sorted(self._declared.items(), key=lambda item: item[0])]
        return "\n".join([*(ANY.values() if self._any_is_used else ()), *declared])
