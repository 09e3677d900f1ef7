"""Refuse tracked files that name a place of one machine or the host of a package index.

A clone works anywhere only while nothing in it points at its author's folders, and an index named
in a lock or a script would overrule the reader's own settings.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

HOSTS: Final = r"(?<![\w.-])pypi\.org|pythonhosted\.org|registry\.npmjs\.org|deb\.debian\.org"
OPTIONS: Final = r"--(?:extra-)?index-url[= ]\S|--find-links[= ]\S"
HOMES: Final = r"(?<![\w.~/-])/(?:home|Users)/\w+"
SHARED_FOLDERS: Final = frozenset(map(Path, ("/", "/home", "/opt", "/srv", "/usr", "/var")))
"""Folders that every machine has: naming them says nothing about this one."""


def forbidden_text(root: Path) -> re.Pattern[str]:
    """What no file may hold, including the places where this very checkout lies."""
    here = {root, root.parent, Path.home()} - SHARED_FOLDERS - {Path(tempfile.gettempdir())}
    places = [rf"(?<![\w.~/-]){re.escape(str(place))}(?![\w.-])" for place in sorted(here)]
    return re.compile("|".join([HOSTS, OPTIONS, HOMES, *places]))


def tracked_files(root: Path) -> Iterator[Path]:
    """Yield the files git knows; in an unpacked archive without git, all but hidden folders."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=root, capture_output=True, check=False,
    )  # fmt: skip
    if listed.returncode == 0:
        yield from (root / name for name in listed.stdout.decode().split("\0") if name)
    else:
        yield from (p for p in root.rglob("*") if not p.relative_to(root).parts[0].startswith("."))


def violations(path: Path, forbidden: re.Pattern[str]) -> Iterator[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return
    for number, line in enumerate(text.splitlines(), 1):
        if match := forbidden.search(line):
            yield f"{path}:{number}: names {match.group()}"


def main() -> int:
    root = Path(__file__).resolve().parent.parent
    forbidden = forbidden_text(root)
    files = [path for path in tracked_files(root) if path.is_file()]
    found = [line for path in files for line in violations(path, forbidden)]
    print("\n".join(found), file=sys.stderr, end="\n" * bool(found))
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
