"""Keys: details, files of other programs, reports, copies in the keyring, keys of the service."""

import contextlib
import json
from dataclasses import replace
from datetime import date, timedelta

import pyrage
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.domain.errors import ExportFailed, InvalidInput, KeyringLocked
from desktop.domain.keys import ImportVerdict, KeyDetails, provider_of
from desktop.services import key_files
from desktop.services.api_keys import KEYRING_SERVICE
from desktop.services.storage.seal import WRAPPED_BYTES
from desktop.services.system_keyring import SystemKeyring
from tests.unit.test_system_keyring import FakeKeyring

SECRET = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"
FILE_PASSPHRASE = "passphrase of the file"


@pytest.fixture
def keys(device):
    return device.services.api_keys


@pytest.fixture
def transfer(device):
    return device.services.key_transfer


@pytest.fixture
def fake(keys):
    fake = FakeKeyring()
    keys._keyring = SystemKeyring(lambda: ("Secret Service", fake))
    return fake


@pytest.mark.parametrize(
    ("secret", "provider"),
    [
        (SECRET, "Stripe"),
        ("pdl_sdbx_apikey_01", "Paddle (sandbox)"),
        ("github_pat_11AA", "GitHub"),
        ("uf_live_abc", "UsageFlow SDK"),
        ("nobody-knows-this", ""),
        ("", ""),
    ],
)
def test_provider_is_recognised_by_the_beginning(secret, provider):
    assert provider_of(secret) == provider


def test_key_keeps_what_the_owner_says_about_it(keys):
    details = KeyDetails(
        " Payments ", " for invoices ", "read", (" live", "live", ""), date(2027, 1, 31)
    )
    key = keys.add_key(details, SECRET)
    assert keys.list_keys() == (key,) or key in keys.list_keys()
    assert (key.name, key.note, key.scope, key.tags) == (
        "Payments", "for invoices", "read", ("live",),
    )  # fmt: skip
    assert key.provider == "Stripe"
    assert key.expires_at.isoformat() == "2027-01-31T23:59:59.999999+00:00"


def test_description_changes_without_touching_the_secret(keys):
    key = keys.add_key(KeyDetails("Payments"), SECRET)
    changed = keys.change_key(key.key_id, KeyDetails("Cards", "new", provider="Acme"), "")
    assert (changed.name, changed.note, changed.provider) == ("Cards", "new", "Acme")
    assert keys.reveal(key.key_id) == SECRET


@pytest.mark.parametrize(
    ("details", "field"),
    [
        (KeyDetails(" "), "name"),
        (KeyDetails("x" * 201), "name"),
        (KeyDetails("x", "n" * 2001), "note"),
        (KeyDetails("x", tags=tuple(map(str, range(21)))), "tags"),
    ],
)
def test_unusable_details_name_their_field(keys, details, field):
    with pytest.raises(InvalidInput) as caught:
        keys.add_key(details, SECRET)
    assert caught.value.field == field


def test_each_secret_has_a_key_of_its_own(device, keys):
    first = keys.add_key(KeyDetails("one"), SECRET)
    keys.add_key(KeyDetails("two"), SECRET)
    sealed = [row[0] for row in device.query("SELECT sealed FROM secrets WHERE kind = 'api_key'")]
    assert len({content[:WRAPPED_BYTES] for content in sealed}) == 2
    swapped = sealed[1][:WRAPPED_BYTES] + sealed[0][WRAPPED_BYTES:]
    with device.services.vault.transaction() as db:
        db.execute("UPDATE secrets SET sealed = ? WHERE secret_id = ?", (swapped, first.key_id))
    with pytest.raises(Exception, match="damaged"):
        keys.reveal(first.key_id)


def test_report_names_reused_weak_old_and_expiring_keys(device, keys):
    today = device.clock.now.date()
    ids = {
        name: keys.add_key(KeyDetails(name, expires_on=expires), secret).key_id
        for name, secret, expires in (
            ("first", SECRET, None),
            ("second", SECRET, None),
            ("weak", "password1", None),
            ("soon", "a" + SECRET, today + timedelta(days=10)),
            ("gone", "b" + SECRET, today - timedelta(days=1)),
        )
    }
    report = keys.report()
    assert report.reused == ((ids["first"], ids["second"]),)
    assert ids["weak"] in report.weak
    assert ids["first"] not in report.weak
    assert (report.expiring, report.expired) == ((ids["soon"],), (ids["gone"],))
    assert report.old == ()
    device.clock.forward(days=366)
    assert set(ids.values()) <= set(keys.report().old)


def write(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


ENV = """# the shop
STRIPE_KEY=sk_live_one # comment
export MAIL_TOKEN='with # inside'
QUOTED="two words"
EMPTY=
"""
ONE_PASSWORD = (
    "Title,Url,Username,Password,OTPAuth,Favorite,Archived,Tags,Notes\n"
    'Stripe,https://stripe.com,me,sk_live_1p,,false,false,"live;billing","a, note"\n'
    "Nothing,,me,,,false,false,,\n"
)
BITWARDEN = json.dumps(
    {
        "encrypted": False,
        "folders": [{"id": "f", "name": "Shop"}],
        "items": [
            {"name": "Stripe", "folderId": "f", "notes": None, "login": {"password": "sk_bw"},
             "fields": [{"name": "webhook", "value": "whsec_bw", "type": 1},
                        {"name": "shown", "value": "not secret", "type": 0}]},
            {"name": "A note", "secureNote": {}},
        ],
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (".env", ENV, {"STRIPE_KEY": "sk_live_one", "MAIL_TOKEN": "with # inside",
                       "QUOTED": "two words"}),
        ("1password.csv", ONE_PASSWORD, {"Stripe": "sk_live_1p"}),
        ("keys.csv", "\ufeffname,secret\nA,s1\nB,s2\n", {"A": "s1", "B": "s2"}),
        ("bitwarden.json", BITWARDEN, {"Stripe": "sk_bw", "Stripe: webhook": "whsec_bw"}),
    ],
)  # fmt: skip
def test_keys_of_other_programs_are_taken_in_once(device, tmp_path, name, text, expected):
    keys, transfer = device.services.api_keys, device.services.key_transfer
    before = len(keys.list_keys())
    path = write(tmp_path, name, text)
    assert transfer.import_keys(path, "").added == len(expected)
    taken = {key.name: keys.reveal(key.key_id) for key in keys.list_keys()}
    assert expected.items() <= taken.items()
    again = transfer.import_keys(path, "")
    assert (again.added, again.already_there) == (0, len(expected))
    assert len(keys.list_keys()) == before + len(expected)


@pytest.mark.parametrize(
    "text",
    ["", "{", "{}", '{"encrypted": true}', "[1]", "a,b\n1,2\n", 'name,secret\n"open', "\x00\x01"],
)
def test_file_that_is_none_of_these_stores_nothing(keys, transfer, tmp_path, text):
    before = keys.list_keys()
    with pytest.raises(InvalidInput) as caught:
        transfer.import_keys(write(tmp_path, "file", text), "")
    assert caught.value.field == "path"
    assert keys.list_keys() == before


def test_missing_and_huge_files_are_told(transfer, tmp_path, monkeypatch):
    monkeypatch.setattr(key_files, "MAX_BYTES", 10)
    for path in (str(tmp_path / "nowhere"), write(tmp_path, "huge", "a=b\n" * 10), str(tmp_path)):
        with pytest.raises(InvalidInput):
            transfer.import_keys(path, "")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=400))
def test_no_file_breaks_the_reader(tmp_path, content):
    path = tmp_path / "any"
    path.write_bytes(content)
    with contextlib.suppress(InvalidInput):
        for details, secret in key_files.read_keys(path.read_bytes()).keys:
            assert isinstance(details, KeyDetails)
            assert isinstance(secret, str)


def test_export_is_encrypted_private_and_comes_back_whole(keys, transfer, tmp_path, make_device):
    keys.add_key(KeyDetails("Payments", "n", "s", ("a", "b"), date(2027, 5, 1)), SECRET)
    path = tmp_path / "keys.age"
    count = transfer.export_keys(str(path), FILE_PASSPHRASE)
    assert count == len(keys.list_keys())
    assert SECRET.encode() not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    services = make_device("other").services
    other = services.api_keys
    assert services.key_transfer.import_keys(str(path), FILE_PASSPHRASE).added >= 1
    (back,) = (key for key in other.list_keys() if key.name == "Payments")
    (ours,) = (key for key in keys.list_keys() if key.name == "Payments")
    same = replace(back, key_id=ours.key_id, created_at=ours.created_at)
    assert same == ours
    assert other.reveal(back.key_id) == SECRET


@pytest.mark.usefixtures("quick_files")
def test_wrong_passphrase_of_an_export_is_told_and_a_short_one_refused(transfer, tmp_path):
    path = str(tmp_path / "keys.age")
    with pytest.raises(InvalidInput, match="too short"):
        transfer.export_keys(path, "short")
    transfer.export_keys(path, FILE_PASSPHRASE)
    with pytest.raises(InvalidInput) as caught:
        transfer.import_keys(path, "another passphrase")
    assert caught.value.field == "passphrase"


@pytest.mark.usefixtures("quick_files")
def test_busy_computer_is_told_from_a_wrong_passphrase(transfer, tmp_path, monkeypatch):
    path = str(tmp_path / "keys.age")
    transfer.export_keys(path, FILE_PASSPHRASE)

    def refuse(_sealed, _passphrase):
        raise pyrage.DecryptError("Excessive work parameter for passphrase.")

    monkeypatch.setattr(pyrage.passphrase, "decrypt", refuse)
    with pytest.raises(InvalidInput, match="too busy"):
        transfer.import_keys(path, FILE_PASSPHRASE)


def test_copy_in_the_keyring_is_made_shown_and_removed_with_the_key(keys, fake):
    key = keys.add_key(KeyDetails("Payments"), SECRET)
    assert keys.keep_in_keyring(key.key_id, wanted=True).in_keyring
    assert fake.entries == {(KEYRING_SERVICE, "Payments"): SECRET}
    assert not keys.keep_in_keyring(key.key_id, wanted=False).in_keyring
    assert fake.entries == {}
    keys.keep_in_keyring(key.key_id, wanted=True)
    keys.delete_key(key.key_id)
    assert fake.entries == {}
    keys.restore_key(key.key_id)
    assert next(k for k in keys.list_keys() if k.key_id == key.key_id).in_keyring
    assert fake.entries == {(KEYRING_SERVICE, "Payments"): SECRET}
    assert keys.reveal(key.key_id) == SECRET


def test_copy_never_replaces_an_entry_of_somebody_else(keys, fake):
    fake.entries[KEYRING_SERVICE, "Payments"] = "theirs"
    key = keys.add_key(KeyDetails("Payments"), SECRET)
    with pytest.raises(InvalidInput, match="already has"):
        keys.keep_in_keyring(key.key_id, wanted=True)
    assert fake.entries == {(KEYRING_SERVICE, "Payments"): "theirs"}


def test_key_with_a_copy_is_not_deleted_while_the_keyring_is_locked(keys, fake):
    key = keys.add_key(KeyDetails("Payments"), SECRET)
    keys.keep_in_keyring(key.key_id, wanted=True)

    def locked():
        raise RuntimeError("locked")

    fake.before_answer = locked
    with pytest.raises(KeyringLocked):
        keys.delete_key(key.key_id)
    assert keys.reveal(key.key_id) == SECRET
    with pytest.raises(InvalidInput, match="copy"):
        keys.change_key(key.key_id, KeyDetails("Cards"), "")


def test_deleted_key_comes_back_without_its_copy_while_the_keyring_is_locked(keys, fake):
    key = keys.add_key(KeyDetails("Payments"), SECRET)
    keys.keep_in_keyring(key.key_id, wanted=True)
    keys.delete_key(key.key_id)

    def locked():
        raise RuntimeError("locked")

    fake.before_answer = locked
    keys.restore_key(key.key_id)
    (back,) = [one for one in keys.list_keys() if one.key_id == key.key_id]
    assert not back.in_keyring
    assert keys.reveal(key.key_id) == SECRET


def test_new_secret_makes_the_key_new_and_can_be_taken_back(device, keys, fake):
    key = keys.add_key(KeyDetails("Payments"), SECRET)
    keys.keep_in_keyring(key.key_id, wanted=True)
    device.clock.forward(days=400)
    changed = keys.change_key(key.key_id, KeyDetails("Payments"), " pdl_live_next \n")
    assert (changed.provider, changed.created_at) == ("Paddle", device.clock.now)
    assert keys.reveal(key.key_id) == "pdl_live_next"
    assert fake.entries == {(KEYRING_SERVICE, "Payments"): "pdl_live_next"}
    assert keys.restore_secret(key.key_id).created_at == key.created_at
    assert keys.reveal(key.key_id) == SECRET
    assert fake.entries == {(KEYRING_SERVICE, "Payments"): SECRET}
    with pytest.raises(InvalidInput, match="no longer be brought back"):
        keys.restore_secret(key.key_id)


def test_provider_that_was_typed_outlives_a_recognised_one(keys):
    key = keys.add_key(KeyDetails("Payments"), SECRET)
    changed = keys.change_key(key.key_id, KeyDetails("Payments", provider="Acme"), SECRET + "x")
    assert changed.provider == "Acme"


def test_changes_are_announced(keys, fake):
    announced = []
    keys._changed = lambda: announced.append(1)
    key = keys.add_key(KeyDetails("Payments"), SECRET)
    keys.change_key(key.key_id, KeyDetails("Cards"), "")
    keys.keep_in_keyring(key.key_id, wanted=True)
    keys.delete_key(key.key_id)
    keys.restore_key(key.key_id)
    assert len(announced) == 5


def test_preview_says_what_is_taken_and_what_is_not(keys, transfer, tmp_path):
    keys.add_key(KeyDetails("Stripe"), "sk_bw")
    before = keys.list_keys()
    preview = transfer.preview(write(tmp_path, "bitwarden.json", BITWARDEN), "")
    told = [(line.details.name, line.verdict) for line in preview.lines]
    assert told == [
        ("Stripe", ImportVerdict.ALREADY_THERE),
        ("Stripe: webhook", ImportVerdict.NEW),
    ]
    assert preview.lines[1].details.provider == "Webhook secret"
    assert preview.left_out == ("1 fields shown in the clear", "1 logins without a password")
    assert keys.list_keys() == before
    assert "sk_bw" not in repr(preview)


def test_preview_names_columns_that_are_not_taken(transfer, tmp_path):
    preview = transfer.preview(write(tmp_path, "1password.csv", ONE_PASSWORD), "")
    assert "Column “Username”" in preview.left_out
    assert "Column “OTPAuth”" not in preview.left_out  # empty: nothing is lost
    assert [line.verdict for line in preview.lines] == [
        ImportVerdict.NEW, ImportVerdict.UNUSABLE,
    ]  # fmt: skip
    assert "whole key" in preview.lines[1].reason


def test_only_chosen_entries_of_an_unchanged_file_are_stored(keys, transfer, tmp_path):
    path = write(tmp_path, ".env", ENV)
    digest = transfer.preview(path, "").digest
    assert transfer.import_chosen(path, "", digest, (2, 0, 2)).added == 2
    assert {"STRIPE_KEY", "QUOTED"} <= {key.name for key in keys.list_keys()}
    assert "MAIL_TOKEN" not in {key.name for key in keys.list_keys()}
    write(tmp_path, ".env", ENV + "MORE=1\n")
    with pytest.raises(InvalidInput, match="has changed"):
        transfer.import_chosen(path, "", digest, (1,))


def test_same_entry_twice_in_a_file_is_stored_once(keys, transfer, tmp_path):
    receipt = transfer.import_keys(write(tmp_path, ".env", "A=same\nA=same\nA=other\n"), "")
    assert (receipt.added, receipt.already_there) == (2, 1)


@pytest.mark.usefixtures("quick_files")
def test_export_that_cannot_be_read_back_is_removed(keys, transfer, tmp_path, monkeypatch):
    keys.add_key(KeyDetails("Payments"), SECRET)
    path = tmp_path / "keys.age"
    monkeypatch.setattr(key_files, "replace_file", lambda path, _: path.write_bytes(b"rubbish"))
    with pytest.raises(ExportFailed, match="read back"):
        transfer.export_keys(str(path), FILE_PASSPHRASE)
    assert not path.exists()
