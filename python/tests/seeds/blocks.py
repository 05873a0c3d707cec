"""The code blocks of version 1's documentation, by name."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.seeds.corrections import CORRECTIONS

DOCUMENTATION = Path(__file__).with_name("documentation.txt")
FENCED = re.compile(r"^```(?P<language>\w+) (?P<name>[\w-]+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block as it was published."""

    language: str
    text: str


@cache
def published() -> dict[str, Block]:
    """Return every block, in the order of the documentation."""
    documentation = DOCUMENTATION.read_text(encoding="utf-8")
    found = {match["name"]: Block(match["language"], match["text"]) for match in FENCED.finditer(documentation)}
    # A fence that the pattern overlooks would be a block without a test.
    assert 2 * len(found) == sum(line.startswith("```") for line in documentation.splitlines())
    return found


def corrected(name: str) -> str:
    """Return a block that runs; `name` may be `block:alternative` for a block that has such."""
    text = published()[name.partition(":")[0]].text
    for correction in CORRECTIONS:
        if correction.block == name:
            assert correction.published in text, f"{correction} corrects nothing."
            text = text.replace(correction.published, correction.corrected)
    return text


def command(name: str) -> list[str]:
    """Return the arguments of a block with one command at a prompt."""
    (line,) = corrected(name).splitlines()
    assert line.startswith("$ ")
    return line.removeprefix("$ ").split()
