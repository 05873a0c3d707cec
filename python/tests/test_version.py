import json
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_packages_share_one_version() -> None:
    """The Python distribution has the version that packages/core/package.json states, and so has every npm package."""
    manifests = [json.loads(path.read_text()) for path in sorted(ROOT.glob("packages/*/package.json"))]
    assert manifests
    assert {manifest["version"] for manifest in manifests} == {version("django-task-api")}
