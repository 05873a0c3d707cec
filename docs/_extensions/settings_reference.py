"""The directive `setting`: what `task_api.conf` says of one setting."""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from task_api.conf import AppSettings, Setting


class SettingDirective(SphinxDirective):
    """Show a setting's description, default and allowed values, read from its definition."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        setting = find(self.arguments[0])
        return self.parse_text_to_nodes(
            f"{setting.description}\n\nDefault\n: `{setting.default!r}`\n\nMust be\n: {setting.allowed}\n"
        )


def find(name: str) -> Setting[Any]:
    for setting in AppSettings():
        if setting.name == name:
            return setting
    raise ValueError(f"{name} is no setting of task_api.")


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("setting", SettingDirective)
    return {"parallel_read_safe": True}
