"""An account is deleted in the real service, its vault and everything beside both."""

import time
from contextlib import suppress
from datetime import UTC, datetime

import httpx
import pytest

from desktop import paths
from desktop.domain.errors import AccountDeleted, ServiceUnreachable
from desktop.domain.privacy.account_deletion import DeletionState
from desktop.services.privacy.erasing.certificate import verified
from tests.contract.test_real_service import (
    Home,
    home,  # noqa: F401 - a fixture
)
from tests.fakes import no_report
from tests.hosted.service import ANSWER_LIMIT_S

IDENTITY = "jane@example.org"


def dump(services):
    with services.vault.reading() as db:
        tables = [n for (n,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return "\n".join(repr(db.execute(f'SELECT * FROM "{n}"').fetchall()) for n in tables)  # noqa: S608


def files_of(*folders):
    found = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return "\n".join(path.read_bytes().decode("latin-1") for path in found)


def sync_on(desktop):
    """Sync on and on: the service lets go of everything before it says for good that it is gone."""
    ends = time.monotonic() + ANSWER_LIMIT_S
    while time.monotonic() < ends:
        with suppress(ServiceUnreachable):  # while its port is bound anew
            desktop.sync()


def test_fresh_look_finds_nothing_of_the_account_but_what_the_certificate_lists(
    home: Home,  # noqa: F811
    tmp_path,
):
    other = home.second_desktop()
    home.services.archives.folder.mkdir(parents=True)
    (home.services.archives.folder / "archive.ufsa").write_text(home.sdk_key)
    home.call("GET", "/x", IDENTITY)
    services, ending = home.services, home.services.account_end
    remote = other.account_end
    remote.ask(datetime.now(UTC).date(), "UTC")
    assert remote.go_on(no_report).state is DeletionState.DONE
    with pytest.raises(AccountDeleted):
        sync_on(home)
    assert ending.status().is_deleted_elsewhere
    ending.ask(datetime.now(UTC).date(), "UTC")
    done = ending.go_on(no_report)
    assert done.state is DeletionState.DONE, done.steps
    with other.vault.reading() as db:
        usage = db.execute(
            "SELECT sum(quantity_micro) FROM account_books WHERE kind = 'usage'"
        ).fetchone()
    assert usage == (1_000_000,)  # the call came after the last sync: the books have it
    left = (
        dump(services)
        + dump(other)
        + files_of(tmp_path / "a", tmp_path / "b", tmp_path / "service", paths.home())
    )
    for word in (IDENTITY, home.sdk_key, home.owner_token, home.application_id, home.url):
        assert word not in left
    assert [path.name for path in (tmp_path / "service").iterdir()] == ["service.lock"]
    ending.write_certificate(str(tmp_path / "account.json"))
    told = verified((tmp_path / "account.json").read_bytes()).certificate
    assert {line.place for line in told.done} >= {"Vault", "This computer"}
    with pytest.raises(httpx.ConnectError):
        httpx.get(home.url, trust_env=False)
