"""The documentation builds without a warning, and its links lead somewhere."""

import re
import subprocess
import sys

import pytest

from tests.docs.pages import DOCS, ROOT, pages

LINK = re.compile(r"\[[^\]]*\]\((?!https?:|#|mailto:)(?P<path>[^)#\s]+)")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("html")
    options = ["--fail-on-warning", "--keep-going", "--nitpicky", "--quiet", "--builder", "html"]
    command = [sys.executable, "-m", "sphinx", *options, "--doctree-dir", folder / "doctrees", DOCS, folder / "html"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "html"


def test_pages_need_no_other_host(built):
    """No script, style, font or image of a page comes from elsewhere."""
    for page in built.rglob("*.html"):
        loads = re.findall(r'(?:<link[^>]*\shref|\ssrc)="(https?:)?//[^"]*"', page.read_text())
        assert loads == [], page


def test_drawing_is_on_its_page(built):
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in (built / "explanation" / "states.html").read_text()


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_to_files_lead_somewhere(page):
    """Sphinx looks after the links in docs/; these are what a reader of the repository follows."""
    text = re.sub(r"^(`{3,}).*?^\1$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    missing = [path for path in LINK.findall(text) if not (page.parent / path).exists()]
    assert missing == []
