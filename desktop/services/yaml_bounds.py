"""Bounds on YAML from anywhere, checked before anything is made of it."""

from typing import Final

import yaml

LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The fast one where it was built."""


class TooDeep(Exception):
    """Collections within collections, more than a person would write."""


class TooMuch(Exception):
    """More parts or aliases than the file could be about."""


def check_bounds(text: str, *, depth: int, parts: int, aliases: int) -> None:
    """Refuse a file whose parts would take more room or stack than the file.

    Raises: TooDeep, TooMuch, yaml.YAMLError.
    """
    level = found = 0
    for number, event in enumerate(yaml.parse(text, Loader=LOADER)):
        found += isinstance(event, yaml.AliasEvent)
        level += isinstance(event, yaml.CollectionStartEvent)
        level -= isinstance(event, yaml.CollectionEndEvent)
        if level > depth:
            raise TooDeep
        if number > parts or found > aliases:
            raise TooMuch
