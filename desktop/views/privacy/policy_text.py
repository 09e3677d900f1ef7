"""The privacy policy as it ships: dated versions, drawn letter by letter."""

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QWidget

from desktop.views.text import PlainLabel
from desktop.views.theme import RESOURCES

FOLDER: Final = RESOURCES / "privacy_policy"
ROLES: Final = {"# ": "heading", "## ": "muted"}
BULLET: Final = "* "


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One version; its file is named by the day from which it holds."""

    effective: date
    sha256: str
    """Of the file, so that an accepted version can be told from a changed one."""
    lines: tuple[str, ...]


def policy_versions() -> tuple[PolicyVersion, ...]:
    """Every version that ships, newest first."""
    files = sorted(FOLDER.glob("*.txt"), reverse=True)
    return tuple(_read(path) for path in files)


def policy_labels(lines: tuple[str, ...]) -> list[QWidget]:
    """A text as labels, one for each line."""
    return [_label(line) for line in lines]


def _read(path: Path) -> PolicyVersion:
    content = path.read_bytes()
    lines = tuple(content.decode("utf-8").splitlines())
    return PolicyVersion(date.fromisoformat(path.stem), hashlib.sha256(content).hexdigest(), lines)


def _label(line: str) -> PlainLabel:
    for mark, role in ROLES.items():
        if line.startswith(mark):
            return PlainLabel(line.removeprefix(mark), role=role, wrap=True)
    if line.startswith(BULLET):
        label = PlainLabel(f"•  {line.removeprefix(BULLET)}", wrap=True)
        label.setIndent(12)
        return label
    return PlainLabel(line, wrap=True)
