"""The distributions of the package, and uv, which builds and installs them."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Distributions:
    """The paths of what was built: `wheel` from the repository, `wheel_of_sdist` from the sdist."""

    wheel: Path
    sdist: Path
    wheel_of_sdist: Path


def uv(*arguments: str | Path) -> None:
    """Run uv, the repository's own where there is one."""
    program = next((path for path in [TOP / ".tools/bin/uv", shutil.which("uv")] if path and Path(path).exists()), None)
    assert program, "uv is missing; run .ci/bootstrap python."
    done = subprocess.run([program, *arguments], cwd=TOP, capture_output=True, text=True)
    assert done.returncode == 0, f"{arguments}\n{done.stdout}{done.stderr}"
