"""Known defects of the libraries the program runs on, held against a list that ships with it.

Nothing is asked of the network. So the list says where it comes from, of which day it is and which
libraries were looked up for it; of any other library the answer is that it was not checked.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from typing import Final

import msgspec

from desktop.domain.privacy.self_audit import AuditFinding, Verdict
from desktop.services.privacy.installed import is_older

CHECK: Final = "known defects"
FRESH: Final = timedelta(days=90)
SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Advisory:
    package: str
    """In lower case, words joined by dashes."""
    id: str
    introduced: str = ""
    """First version with the defect; empty for the first there was."""
    fixed_in: str = ""
    """First version without it; empty while there is none."""

    def concerns(self, version: str) -> bool:
        """Whether a version has the defect."""
        is_reached = not self.introduced or not is_older(version, self.introduced)
        return is_reached and (not self.fixed_in or is_older(version, self.fixed_in))


@dataclass(frozen=True, slots=True)
class Advisories:
    as_of: date
    source: str
    """Who says so; empty for a list that was put together by hand and is not complete."""
    looked_up: tuple[str, ...]
    """Libraries for which the source was asked: all of their defects of that day are listed."""
    advisories: tuple[Advisory, ...]


def shipped() -> Advisories:
    """The list that ships; `scripts/renew_advisories.py` makes it anew."""
    text = (files("resources") / "advisories.json").read_text("utf-8")
    return msgspec.convert(json.loads(text), Advisories)


def finding(known: Advisories, installed: Mapping[str, str], today: date) -> AuditFinding:
    """What the list says of installed libraries, and of which it says nothing.

    Args:
        known: the list.
        installed: versions by name, as `Advisory.package` spells it.
        today: tells how old the list is.
    """
    defects = sorted(
        f"{one.package} {installed[one.package]} ({one.id}, {_mended(one)})"
        for one in known.advisories
        if one.package in installed and one.concerns(installed[one.package])
    )
    unchecked = sorted(installed.keys() - set(known.looked_up))
    age = today - known.as_of
    said = (
        f"{len(installed)} libraries are installed; {len(installed) - len(unchecked)} of them were "
        f"looked up {_where(known)} on {known.as_of}, {max(age.days, 0)} days ago. Nothing was "
        f"asked of the network now. Found: {', '.join(defects) or 'none of the listed defects'}."
    )
    if unchecked:
        said += f" Not checked: {_some(unchecked)}."
    if age > FRESH:
        said += f" The list is older than {FRESH.days} days: update the program."
    is_open = bool(unchecked) or age > FRESH
    verdict = Verdict.BAD if defects else Verdict.LOOK if is_open else Verdict.GOOD
    return AuditFinding(CHECK, verdict, said)


def _mended(one: Advisory) -> str:
    return f"mended in {one.fixed_in}" if one.fixed_in else "not mended in any version"


def _where(known: Advisories) -> str:
    """Where the list comes from, in words."""
    listed = len(known.advisories)
    if not known.source:
        return f"in a list of {listed} defects that was put together by hand and is not complete,"
    return f"at {known.source}, which knows {listed} defects of them,"


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:SHOWN])
    return shown if len(names) <= SHOWN else f"{shown} and {len(names) - SHOWN} more"
