"""The pages of the documentation, and the code in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
TUTORIAL = DOCS / "tutorial" / "getting-started.md"

FENCE = re.compile(r"^(?P<fence>`{3,})(?P<info>[^`\n]*)\n(?P<body>.*?)^(?P=fence)$", re.MULTILINE | re.DOTALL)
OPTION = re.compile(r":(?P<name>[\w-]+):\s*(?P<value>.*)")
# `% compile` or `% compile: why it cannot be run here`, or the same in an HTML comment.
MARK = re.compile(r"(?:% |<!-- )(?P<mark>\w+)[^\n]*\n+\Z")


@dataclass(frozen=True)
class Block:
    """A piece of code on a page.

    Attributes:
        language: As after the fence, or after `{code-block}`.
        caption: What stands above the code: usually the name of the file that it belongs in.
        mark: What a comment above the block says of it to the tests.
    """

    page: Path
    line: int
    language: str
    caption: str
    code: str
    mark: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def file(self) -> str:
        """The path in the caption, or in a comment at the top of the code; or empty."""
        match = re.match(r"`?([\w./-]+\.\w+)", self.caption) or re.match(r"# ([\w./-]+\.py)\n", self.code)
        return match[1] if match else ""


def pages() -> list[Path]:
    """Return the Markdown pages of the project that its users read."""
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]


def blocks(page: Path) -> Iterator[Block]:
    """Yield the code of a page in its order."""
    text = page.read_text()
    for match in FENCE.finditer(text):
        language, body = match["info"].strip(), match["body"]
        caption = ""
        if language.startswith("{"):
            directive, _, language = language.partition(" ")
            if directive != "{code-block}":
                continue
            options, body = _split_options(body)
            caption = options.get("caption", "")
        before = MARK.search(text[: match.start()])
        line = text.count("\n", 0, match.start()) + 1
        yield Block(page, line, language, caption, body, before["mark"] if before else "")


def _split_options(body: str) -> tuple[dict[str, str], str]:
    options: dict[str, str] = {}
    lines = body.splitlines(keepends=True)
    while lines and (match := OPTION.match(lines[0])):
        options[match["name"]] = match["value"].strip()
        lines.pop(0)
    return options, "".join(lines).lstrip("\n")


def all_blocks(*languages: str) -> list[Block]:
    """Return the blocks in any of some languages, of all pages."""
    return [block for page in pages() for block in blocks(page) if block.language in languages]
