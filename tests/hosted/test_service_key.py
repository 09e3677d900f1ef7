"""Where the service's key comes from."""

import threading

import pytest

from hosted.errors import KeyUnavailable
from hosted.keys import FILE_WARNING, KEY_FILE, find_key, system_keyring
from hosted.storage.embedded import DATA_FILE

KEY = "7b" * 32


class FakeKeyring:
    """A keyring in memory; it can fail, forget, or wait for a person who never comes."""

    def __init__(self, *, fails=False, forgets=False, waits=None):
        self.stored = {}
        self.fails = fails
        self.forgets = forgets
        self.waits = waits

    def get_password(self, service, username):
        if self.waits is not None:
            self.waits.wait()
        if self.fails:
            raise RuntimeError(KEY)
        return self.stored.get((service, username))

    def set_password(self, service, username, password):
        if not self.forgets:
            self.stored[service, username] = password

    def delete_password(self, service, username):
        if not self.forgets:
            del self.stored[service, username]


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch):
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)


def private(path, text):
    """A file only its owner may read."""
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_named_file_comes_first(tmp_path, monkeypatch):
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    private(tmp_path / "usageflow.key", "11" * 32)
    found = find_key(tmp_path, private(tmp_path / "named", KEY + "\n"), FakeKeyring())
    assert (found.key.hex(), found.warning) == (KEY, "")


def test_systemd_credential_comes_second(tmp_path, monkeypatch):
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    private(tmp_path / "usageflow.key", KEY)
    assert find_key(tmp_path, None, FakeKeyring()).key.hex() == KEY


def test_keyring_keeps_the_key_of_a_new_directory(tmp_path):
    keyring = FakeKeyring()
    made = find_key(tmp_path, None, keyring)
    (tmp_path / DATA_FILE).touch()
    assert find_key(tmp_path, None, keyring).key == made.key
    assert made.warning == ""
    assert not (tmp_path / KEY_FILE).exists()


def test_without_a_keyring_a_private_file_is_made_and_called_out(tmp_path):
    made = find_key(tmp_path, None, None)
    assert made.warning == FILE_WARNING
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert find_key(tmp_path, None, None).key == made.key


@pytest.mark.parametrize("trouble", [{"fails": True}, {"forgets": True}])
def test_keyring_in_trouble_is_left_aside_for_a_new_directory(tmp_path, trouble, caplog):
    assert find_key(tmp_path, None, FakeKeyring(**trouble)).warning == FILE_WARNING
    assert KEY not in caplog.text


def test_keyring_that_waits_for_a_person_does_not_hold_up_the_start(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr("hosted.keys.KEYRING_TIMEOUT_S", 0.01)
    person = threading.Event()
    found = find_key(tmp_path, None, FakeKeyring(waits=person))
    person.set()
    assert found.warning == FILE_WARNING
    assert "in time" in caplog.text


def test_no_key_is_made_beside_data_that_exist(tmp_path):
    (tmp_path / DATA_FILE).touch()
    for keyring in (None, FakeKeyring()):
        with pytest.raises(KeyUnavailable, match="Nothing was changed"):
            find_key(tmp_path, None, keyring)
    assert not (tmp_path / KEY_FILE).exists()


@pytest.mark.parametrize("text", ["", "7b", "zz" * 32, KEY + KEY, "\u00e4" * 64])
def test_file_without_a_key_is_told_without_its_content(tmp_path, text):
    path = tmp_path / "named"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(KeyUnavailable) as told:
        find_key(tmp_path, path, None)
    assert not text or text not in str(told.value)


def test_missing_file_is_told(tmp_path):
    with pytest.raises(KeyUnavailable, match="cannot be read"):
        find_key(tmp_path, tmp_path / "nowhere", None)


def test_file_others_may_read_is_called_out(tmp_path):
    path = tmp_path / "named"
    path.write_text(KEY)
    path.chmod(0o644)
    assert "Other users" in find_key(tmp_path, path, None).warning


def test_without_a_desktop_session_there_is_no_keyring(monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    assert system_keyring() is None
