"""The memory that a package takes beyond a core that is idle, told by a process of its own.

A package of nobody is made first, so that what is measured are rows and not the code of libraries.
Takes the directory of the vault and prints one line of JSON.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

from benchmarks.privacy_vault import MATCH, REQUEST, opened_vault, package_service
from desktop.services.calls import no_report

STATUS = Path("/proc/self/status")
FORGET_PEAK = "5"
"""Written to `clear_refs`. Source: proc_pid_clear_refs(5)."""


def main(directory: Path) -> None:
    packages = package_service(opened_vault(directory))
    nobody = replace(MATCH, customer_id="cus_0")
    packages.build(no_report, REQUEST, (nobody,), str(directory / "nobody.zip"))
    Path("/proc/self/clear_refs").write_text(FORGET_PEAK, encoding="ascii")
    idle = _resident_mb("VmRSS")
    packages.build(no_report, REQUEST, (MATCH,), str(directory / "memory.zip"))
    print(json.dumps({"above_idle_mb": _resident_mb("VmHWM") - idle}))


def _resident_mb(which: str) -> float:
    lines = STATUS.read_text(encoding="ascii").splitlines()
    (line,) = (line for line in lines if line.startswith(which))
    return int(line.split()[1]) * 1024 / 1e6


if __name__ == "__main__":
    main(Path(sys.argv[1]))
