"""The workspaces of this user: each a vault of its own, and perhaps a service on this computer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from desktop.domain.errors import InvalidInput

LONGEST_NAME: Final = 60
UNDO_PERIOD: Final = timedelta(days=7)
"""How long the files of a removed workspace stay, where they are to be deleted at all."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """An entry of the list. Holds no secret."""

    name: str
    directory: str
    """Absolute; where the vault lies. It need not exist yet."""
    service_data: str
    """Data directory of the workspace's embedded service, if it ever gets one."""
    removed_at: datetime | None = None
    """When it was taken off the list; None while it is on it."""
    deletes_files: bool = False
    """Whether the vault's files go once the undo period after the removal is over."""

    @property
    def files_go_at(self) -> datetime | None:
        """When the vault's files are deleted; None: never by the program."""
        if self.removed_at is None or not self.deletes_files:
            return None
        return self.removed_at + UNDO_PERIOD


def checked_name(text: str) -> str:
    """A name that can be typed, shown and told from a folder. Raises: InvalidInput (`name`)."""
    name = text.strip()
    if not name:
        raise InvalidInput("Give the workspace a name.", field="name")
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidInput(
            f"A name has {LONGEST_NAME} characters at most, all on one line. Choose another one.",
            field="name",
        )
    if name[0] in "-.~" or "/" in name or "\\" in name:
        raise InvalidInput(
            "A name does not begin with a dash, a dot or a tilde and holds no slash, so that it "
            "cannot be taken for a folder or an option. Choose another one.",
            field="name",
        )
    return name
