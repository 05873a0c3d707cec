"""That no block of version 1's documentation goes untested, and that each listed correction corrects something."""

import re
from pathlib import Path

import pytest

from tests.seeds.blocks import corrected, published
from tests.seeds.corrections import CORRECTIONS

TESTS = Path(__file__).resolve().parents[1]
PYTHON_RUNNERS = [*sorted(TESTS.glob("seeds/test_python_*.py")), TESTS / "wheel" / "test_getting_started.py"]
PROJECTS = [TESTS / "seeds" / "getting_started.py", TESTS / "seeds" / "guide.py"]
BROWSER_RUNNER = TESTS.parents[1] / "e2e" / "tests" / "seeds.spec.ts"

# `run_something("block")`, and a test that is run once for each of ["block", "other-block"].
STRING_IN_CALL = re.compile(r"""[(\[,]\s*["']([a-z-]+)["']""")
TEST_TITLE = re.compile(r"""\btest(?:\.describe)?\(["'](.+?)["'],""")


def texts_of(paths):
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def test_every_python_and_shell_block_is_run():
    run = set(STRING_IN_CALL.findall(texts_of([*PYTHON_RUNNERS, *PROJECTS])))

    assert [name for name, block in published().items() if block.language in ("python", "sh") and name not in run] == []


def test_every_html_and_javascript_block_is_run():
    words = set(re.findall(r"[\w-]+", " ".join(TEST_TITLE.findall(texts_of([BROWSER_RUNNER])))))

    assert [name for name, block in published().items() if block.language in ("html", "js") and name not in words] == []


@pytest.mark.parametrize("correction", CORRECTIONS, ids=lambda correction: correction.block)
def test_correction_is_needed_and_explained(correction):
    assert correction.published in published()[correction.block.partition(":")[0]].text
    assert correction.corrected in corrected(correction.block)
    assert re.fullmatch(r"[A-Z].*\.", correction.reason)


@pytest.mark.parametrize("name", [name for name, block in published().items() if block.language == "python"])
def test_python_block_compiles(name):
    compile(corrected(name), name, "exec")
