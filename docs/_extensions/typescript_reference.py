"""The directive `typescript-members`: the members of an interface or class of the client, with their TSDoc."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

SOURCE = Path(__file__).parents[2] / "packages" / "core" / "src"

INTERFACE = r"^export (?:interface|class) {name}\b[^{{]*{{\n(?P<body>.*?)^}}"
MEMBER = re.compile(
    r"^  /\*\*(?P<comment>.*?)\*/\n  (?:declare )?(?:readonly )?(?P<name>\w+)\??(?P<type>[:(<].*?)$",
    re.MULTILINE | re.DOTALL,
)
TAG = re.compile(r"@(?P<tag>\w+) (?P<text>.*)", re.DOTALL)


@dataclass(frozen=True)
class Member:
    """One member of an interface; `default` is empty where the source states none."""

    name: str
    text: str
    default: str

    def shown_default(self) -> str:
        if not self.default:
            return ""
        # Some defaults are a value, others are told in words.
        return f" Default: {self.default}." if " " in self.default else f" Default: `{self.default}`."


class MembersDirective(SphinxDirective):
    """List the members of an interface or class: the file in packages/core/src, and the interface's name."""

    required_arguments = 2

    def run(self) -> list[nodes.Node]:
        file, name = self.arguments
        self.env.note_dependency(str(SOURCE / file))
        lines = []
        for member in members(file, name):
            lines.append(f"`{member.name}`\n: {member.text}{member.shown_default()}\n")
        return self.parse_text_to_nodes("\n".join(lines))


def members(file: str, name: str) -> list[Member]:
    """Return the documented members of an interface."""
    interface = re.search(INTERFACE.format(name=name), (SOURCE / file).read_text(), re.MULTILINE | re.DOTALL)
    if interface is None:
        raise ValueError(f"{file} has no interface {name}.")
    return [member(match) for match in MEMBER.finditer(interface["body"])]


def member(match: re.Match[str]) -> Member:
    text = re.sub(r"\n\s*\* ?", "\n", match["comment"]).strip(" *\n")
    text = re.sub(r"\{@link (?:\w+\.)?(\w+)\}", r"`\1`", text)
    text, *tags = re.split(r"\n(?=@\w+ )", f"\n{text}")
    values = {tag["tag"]: tag["text"] for tag in map(TAG.match, tags) if tag}
    default = values.get("defaultValue", "")
    name = match["name"] + ("()" if match["type"].startswith("(") else "")
    return Member(name, " ".join(text.split()), "" if default == "undefined" else default)


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("typescript-members", MembersDirective)
    return {"parallel_read_safe": True}
