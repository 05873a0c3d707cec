import os
import sys

import pytest

from tests.wheel.build import Distributions, uv

# Nothing here asks which database the tests run on: once is enough.
collect_ignore_glob = ["*"] if os.environ.get("DEVSTACK_DB") == "postgres" else []


@pytest.fixture(scope="session")
def distributions(tmp_path_factory) -> Distributions:
    """Build what would be published, once."""
    # With the build backend of this environment, whose version is locked, instead of one from the network.
    options = ["--no-build-isolation", "--python", sys.executable, "--out-dir"]
    direct, through_sdist = (tmp_path_factory.mktemp(name) for name in ("direct", "through-sdist"))
    uv("build", "--wheel", *options, direct)
    uv("build", *options, through_sdist)
    (wheel,) = direct.glob("*.whl")
    (sdist,) = through_sdist.glob("*.tar.gz")
    (wheel_of_sdist,) = through_sdist.glob("*.whl")
    return Distributions(wheel, sdist, wheel_of_sdist)
