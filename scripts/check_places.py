"""Refuse files that name a place of one machine or the host of a package index.

A clone works anywhere only while nothing in it points at its author's folders, and an index named
in a lock or a script would overrule the reader's own settings.
"""

import re
import shutil
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


def project_files(root: Path) -> list[Path]:
    """The files git knows or would take; without git, all but hidden and compiled ones."""
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        files = (path.relative_to(root) for path in root.rglob("*") if path.suffix != ".pyc")
        return [root / path for path in files if not path.parts[0].startswith(".")]
    command = [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, check=True)
    return [root / name for name in listed.stdout.decode().split("\0") if name]


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
    files = [path for path in project_files(root) if path.is_file()]
    found = [line for path in files for line in violations(path, forbidden)]
    print("\n".join(found), file=sys.stderr, end="\n" * bool(found))
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
