"""Hostile test 20: vault files of each released format open, migrate after a backup, stay whole."""

import shutil
from pathlib import Path

import pytest

from desktop.services.calls import no_report
from desktop.services.compose import build_services
from desktop.services.storage import backup, schema
from tests.corpus.make import NAME, PASSPHRASE, SECRET

pytestmark = pytest.mark.real_argon2

CORPUS = Path(__file__).parents[1] / "corpus"
FORMATS = sorted(path.name for path in CORPUS.glob("format-*"))


@pytest.fixture(params=FORMATS)
def frozen(request, tmp_path):
    directory = shutil.copytree(CORPUS / request.param, tmp_path / "vault")
    directory.chmod(0o700)
    for path in directory.iterdir():
        path.chmod(0o600)
    return directory


@pytest.fixture
def services(frozen, tmp_path, monkeypatch):
    monkeypatch.setenv("USAGEFLOW_HOME", str(tmp_path / "home"))
    services = build_services(frozen, frozen / "service", syncs_by_itself=False)
    yield services
    services.close()


def require_whole(services):
    (key,) = services.api_keys.list_keys()
    assert (key.name, key.tags) == (NAME, ("tag",))
    assert services.api_keys.reveal(key.key_id) == SECRET
    services.keeping.verify(no_report)


def test_20_there_is_a_frozen_vault_of_each_format():
    assert FORMATS


def test_20_frozen_vault_opens_and_migrates_after_a_backup(services, frozen, request):
    stored = int(request.node.callspec.params["frozen"].rpartition("-")[2])
    newest = schema.newest()
    services.workspace.unlock(PASSPHRASE)
    assert services.keeping.info().schema_version == newest
    require_whole(services)
    before = backup.listed(services.vault.files.backups)
    assert [made.schema_version for made in before] == [stored] * (stored < newest)


def test_20_frozen_vault_opens_by_its_printed_code(services, frozen):
    services.workspace.unlock_by_recovery_code((frozen / "recovery-code.txt").read_text())
    require_whole(services)
