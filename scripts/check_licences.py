"""Refuse run-time dependencies that can only be had under a GPL.

Usage: `python scripts/check_licences.py requirements.lock`. The LGPL is accepted: its libraries
stay replaceable, because they are installed as packages of their own. Of several licences offered
to choose from ("A OR B") one acceptable one is enough.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

GPL: Final = re.compile(
    r"(?<!L)\bA?GPL|(?<!Lesser )(?<!Library or Lesser )General Public License", re.IGNORECASE
)
TEXT_LIMIT: Final = 200
"""Longer `License` fields hold a whole licence text, whose words say nothing about the licence."""


def locked_names(lock: Path) -> Iterator[str]:
    for line in lock.read_text(encoding="utf-8").splitlines():
        if match := re.match(r"([A-Za-z0-9._-]+)==", line):
            yield match.group(1)


def offered(found: Distribution) -> list[str]:
    """The licences a distribution offers to choose from, as it names them."""
    metadata = found.metadata
    classifiers = metadata.get_all("Classifier") or []
    named = [c.rpartition(" :: ")[2] for c in classifiers if c.startswith("License :: OSI")]
    stated = metadata.get_all("License-Expression") or metadata.get_all("License") or []
    short = [text for text in stated if len(text) <= TEXT_LIMIT]
    return [part for text in named or short for part in re.split(r"\s+OR\s+", text.strip("()"))]


def main(arguments: Sequence[str]) -> int:
    refused = []
    for name in sorted(set(locked_names(Path(arguments[0])))):
        try:
            licences = offered(distribution(name))
        except PackageNotFoundError:  # locked for another system or Python
            continue
        if licences and all(GPL.search(licence) for licence in licences):
            refused.append(f"{name}: {' or '.join(licences)}")
    print("\n".join(refused), file=sys.stderr, end="\n" * bool(refused))
    return 1 if refused else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
