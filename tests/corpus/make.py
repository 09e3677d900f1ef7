"""Make frozen vault files: `python -m tests.corpus.make NEWEST`, once for each released format.

Files of a released format are never made anew: they are what owners have. The folder is named after
the header's format and NEWEST, the last migration that the files have seen.
"""

import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

from desktop.domain.keys import KeyDetails
from desktop.services.compose import Surroundings, build_services
from desktop.services.storage import derivation, header, schema, slots

HERE = Path(__file__).parent
PASSPHRASE = "frozen corpus passphrase"
SECRET = "sk_test_frozen_corpus_secret"
NAME = "Frozen key"


def main(newest):
    known = tuple(step for step in schema.released() if step.number <= newest)
    schema.released = lambda: known
    derivation.tuned_cost = derivation.Argon2Cost
    folder = HERE / f"format-{slots.FORMAT}-schema-{newest}"
    folder.mkdir()
    outside = Surroundings(
        lambda: datetime(2026, 11, 23, tzinfo=UTC), iter("abcdef").__next__, None
    )
    services = build_services(
        folder / "work", folder / "work", syncs_by_itself=False, surroundings=outside
    )
    services.workspace.create(PASSPHRASE)
    services.api_keys.add_key(KeyDetails(NAME, "a note", tags=("tag",)), SECRET)
    code = services.keeping.new_recovery_code()
    services.keeping.confirm_recovery_code(code)
    services.close()
    (folder / "recovery-code.txt").write_text(code + "\n", encoding="ascii")
    for name in ("vault.db", header.FILE, header.TWIN):
        shutil.move(folder / "work" / name, folder / name)
    shutil.rmtree(folder / "work")


if __name__ == "__main__":
    main(int(sys.argv[1]))
