"""How TypeScript writes literals, names of properties and comments."""

import json
import re
from collections.abc import Iterable
from typing import Any

IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
STEP = "  "
# Characters that a union may have on one line, and a default in a comment.
WIDTH = 80
# Line ends to JavaScript, though not to JSON, and the marks that let text show in another order than it is read.
UNSEEN = {code: f"\\u{code:04x}" for code in (0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))}
CONTROLS = dict.fromkeys((*range(0x20), 0x7F), " ")


def literal(value: Any) -> str:
    """Return the literal, and the literal type, of a JSON value."""
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, dict):
        return "{ " + "; ".join(f"{property_name(key)}: {literal(item)}" for key, item in value.items()) + " }"
    # Of what is not JSON, as a primary key in a default, its text.
    return json.dumps(value, default=str)


def property_name(name: str) -> str:
    return name if IDENTIFIER.fullmatch(name) else _string(name)


def comment(lines: Iterable[str], indent: str) -> str:
    """Return a TSDoc comment with its line end; nothing for no text."""
    shown = [_harmless(line) for line in lines]
    while shown and not shown[-1]:
        shown.pop()
    if not shown:
        return ""
    if len(shown) == 1:
        return f"{indent}/** {shown[0]} */\n"
    body = "".join(f"{indent} * {line}".rstrip() + "\n" for line in shown)
    return f"{indent}/**\n{body}{indent} */\n"


def _harmless(line: str) -> str:
    return line.translate(CONTROLS).translate(UNSEEN).rstrip().replace("*/", "*\\/")


def _string(text: str) -> str:
    escaped = json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"'{escaped.translate(UNSEEN)}'"
