"""The daily backup: once a day, with the service's archive beside it, and never in the way."""

import sys
from datetime import timedelta

import pytest

from desktop.domain.errors import EmbeddedServiceFailed
from desktop.services.daily_backup import DailyBackup
from desktop.services.storage import backup
from desktop.services.storage.health import Health
from hosted.keys import find_key
from hosted.secrets import storage_key
from hosted.storage.embedded import EmbeddedStorage


@pytest.fixture
def heard():
    return []


@pytest.fixture
def daily(device, heard):
    health = Health(device.services.vault)
    return DailyBackup(health, lambda: heard.append("beside"), heard.append)


def test_backup_is_made_once_a_day(device, daily, heard):
    assert daily.make_if_due()
    assert not daily.make_if_due()
    device.clock.forward(hours=25)
    assert daily.make_if_due()
    made = backup.listed(device.services.vault.files.backups)
    assert [one.reason for one in made] == ["daily", "daily"]
    assert made[0].made_at - made[1].made_at == timedelta(hours=25)
    assert heard == ["beside", "backup"] * 2


def test_failure_is_logged_and_tried_again(device, heard, caplog):
    def fail():
        raise EmbeddedServiceFailed("The service did not answer.")

    daily = DailyBackup(Health(device.services.vault), fail, heard.append)
    daily.make_if_due()
    assert "The service did not answer" in caplog.text
    assert heard == ["backup"]


@pytest.fixture
def embedded(device, monkeypatch):
    """A vault whose service lies on this computer, with data."""
    from dataclasses import replace

    from desktop.domain.connection import ServiceKind
    from desktop.services.storage import sync_state

    archives = device.services.archives
    data = archives._data
    data.mkdir(parents=True, exist_ok=True)
    key = find_key(data, None, None).key
    storage = EmbeddedStorage(data, storage_key(key), lambda: 1)
    with device.services.vault.reading() as db:
        stored = sync_state.connection(db)
    monkeypatch.setattr(
        archives._link, "connection", lambda: replace(stored, kind=ServiceKind.EMBEDDED)
    )
    yield archives
    storage.close()


def test_embedded_service_is_archived_for_the_vault_s_key(device, embedded, tmp_path):
    archive = embedded.make_if_embedded()
    assert archive.exists()
    from hosted.archive import restore

    assert restore(archive, tmp_path / "new", embedded.key()).startswith("svc_")


def test_only_the_newest_archives_are_kept(device, embedded, monkeypatch):
    for number in range(9):
        (embedded.folder).mkdir(parents=True, exist_ok=True)
        (embedded.folder / f"2026010{number}T000000Z.ufservice").write_text("old")
    embedded.make_if_embedded()
    assert len(list(embedded.folder.iterdir())) == 7


def test_service_elsewhere_is_not_archived(device):
    assert device.services.archives.make_if_embedded() is None


def test_missing_data_are_told(device, embedded, tmp_path):
    embedded._data = tmp_path / "empty"
    with pytest.raises(EmbeddedServiceFailed, match="no service's data"):
        embedded.make_if_embedded()
    assert sys.executable
