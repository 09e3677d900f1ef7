"""Runs one operation on a service's archive and is cut, as `tests.faults` says.

The directory holds `data`, a service's, and `archive`, one of before.
"""

from pyrage import x25519

from hosted import archive
from hosted.errors import ServiceError
from hosted.keys import KEY_FILE
from hosted.storage import connection
from tests.faults import main, watch

IDENTITY = "identity"
"""File with the identity (age) that opens the archives."""


def back_up(directory):
    data = directory / "data"
    key = bytes.fromhex((data / KEY_FILE).read_text())
    identity = x25519.Identity.from_str((directory / IDENTITY).read_text())
    archive.back_up(data, key, directory / "archive", str(identity.to_public()))


def restore(directory):
    archive.restore(directory / "archive", directory / "new", (directory / IDENTITY).read_text())


OPERATIONS = {"backup": back_up, "restore": restore}


if __name__ == "__main__":
    main(lambda steps: watch(steps, [archive], connection.connect), OPERATIONS, ServiceError)
