"""Every script in the documentation can be parsed: node says so."""

import json
import re
import shutil
import subprocess

import pytest
from django.template import Engine

from tests.docs.pages import all_blocks

SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<code>.*?)</script>", re.DOTALL)
# What calls such as run(name, inputs?) describe is no code, and says so in its mark.
BLOCKS = [block for block in all_blocks("js", "ts") if block.mark != "signature"]
TEMPLATES = all_blocks("html+django", "html")

PARSE = """
const { Script, SourceTextModule } = require('node:vm')
for (const { name, code, isModule } of JSON.parse(require('node:fs').readFileSync(0))) {
  try {
    isModule ? new SourceTextModule(code) : new Script(code)
  } catch (error) {
    console.log(`${name}: ${error}`)
  }
}
"""


def parse(scripts):
    """Return what node has to say against scripts."""
    node = shutil.which("node")
    assert node, "node is missing; run .ci/bootstrap node."
    command = [node, "--experimental-vm-modules", "--no-warnings", "-e", PARSE]
    return subprocess.run(command, input=json.dumps(scripts), capture_output=True, text=True, check=True).stdout


def script(block, code, *, is_module=True):
    return {"name": str(block), "code": code, "isModule": is_module}


def test_javascript_blocks_parse():
    blocks = [block for block in BLOCKS if block.language == "js"]
    assert blocks
    assert parse([script(block, block.code) for block in blocks]) == ""


def test_scripts_in_templates_parse():
    found = [(block, match) for block in TEMPLATES for match in SCRIPT.finditer(block.code) if match["code"].strip()]
    assert found
    maps = [match["code"] for _, match in found if "importmap" in match["attributes"]]
    scripts = [
        script(block, match["code"], is_module="module" in match["attributes"])
        for block, match in found
        if "importmap" not in match["attributes"]
    ]
    assert parse(scripts) == ""
    assert all(json.loads(text).keys() == {"imports"} for text in maps)


def test_broken_scripts_are_noticed():
    assert "SyntaxError" in parse([{"name": "broken", "code": "const = 1", "isModule": True}])


@pytest.mark.parametrize("block", TEMPLATES, ids=str)
def test_templates_compile(block):
    engine = Engine(libraries={"static": "django.templatetags.static"})
    engine.from_string(f"{{% load static %}}{block.code}")
