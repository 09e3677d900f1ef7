"""Children of the benchmarks: fresh interpreters that report on themselves in one JSON line."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
CHILD_S = 120


def environment(home: Path) -> dict[str, str]:
    """Variables of a child that shows no window on a screen and stores everything in `home`.

    It may write byte code, for an installed program has it; compiling takes a tenth of a start.
    """
    return os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "USAGEFLOW_HOME": str(home),
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "",
    }


def run_child(module: str, home: Path, *arguments: str, input_text: str = "") -> Any:  # noqa: ANN401 (JSON)
    """Run a module of this package; return the JSON of its last line.

    Raises: CalledProcessError with the child's own words on standard error.
    """
    completed = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{module}", *arguments],
        stdout=subprocess.PIPE, input=input_text, text=True, check=True, timeout=CHILD_S,
        env=environment(home), cwd=ROOT,
    )  # fmt: skip
    return json.loads(completed.stdout.splitlines()[-1])
