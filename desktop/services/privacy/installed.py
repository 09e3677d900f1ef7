"""The libraries the program runs on: which are installed, and whether their files are as then."""

import base64
import hashlib
import re
from collections.abc import Iterator
from importlib import metadata
from typing import Final

DISTRIBUTION: Final = "usageflow-desktop"
NAME: Final = re.compile(r"[A-Za-z0-9._-]+")
LARGEST: Final = 4 * 2**20
"""Larger files, such as those of Qt, would take longer than all others together."""


def runtime_distributions() -> list[metadata.Distribution]:
    """What the program needs and what that needs, as far as it is installed; each once."""
    found: dict[str, metadata.Distribution] = {}
    waiting = [DISTRIBUTION]
    while waiting:
        name = waiting.pop()
        for required in _required(name):
            if required not in found and (installed := _installed(required)) is not None:
                found[required] = installed
                waiting.append(required)
    return list(found.values())


def altered_files(distribution: metadata.Distribution) -> Iterator[str]:
    """Files that do not have the checksum of their installation, or are gone; large ones unread."""
    for file in distribution.files or ():
        if file.hash is None or file.hash.mode != "sha256" or (file.size or 0) > LARGEST:
            continue
        try:
            digest = hashlib.sha256(file.read_binary()).digest()
        except OSError:
            yield str(file)
            continue
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != file.hash.value:
            yield str(file)


def is_older(version: str, than: str) -> bool:
    """Whether a version of numbers and dots comes before another."""
    return _numbers(version) < _numbers(than)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version.partition("+")[0]))


def _required(name: str) -> Iterator[str]:
    installed = _installed(name)
    for requirement in (installed.requires if installed else None) or ():
        if found := NAME.match(requirement):
            yield found[0].casefold().replace("_", "-")


def _installed(name: str) -> metadata.Distribution | None:
    try:
        return metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return None
