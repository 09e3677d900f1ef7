"""The owner's account is deleted: asked for, carried out step by step, certified."""

import csv
import json
from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from contract.messages.access import TokenInfo
from contract.terms import Role
from desktop import paths
from desktop.domain.connection import SyncPhase
from desktop.domain.errors import (
    AccountDeleted,
    DiskFull,
    EmbeddedServiceFailed,
    InvalidInput,
    KeyringLocked,
    VaultLocked,
)
from desktop.domain.ids import ApplicationId
from desktop.domain.keys import KeyDetails
from desktop.domain.privacy.account_deletion import DeletionState, DeletionStep, PreviewFate
from desktop.domain.privacy.erasure import StepState
from desktop.domain.sign_in import Provider, ProviderKind, SignedIn, SignedOut
from desktop.domain.usage import Application
from desktop.services.api_keys import KEYRING_SERVICE
from desktop.services.attention import Scene
from desktop.services.embedded import EmbeddedService
from desktop.services.privacy.account_end.connections import Connections
from desktop.services.privacy.erasing.certificate import verified
from desktop.services.privacy.package import letter
from desktop.services.storage import account_end, sign_in
from desktop.services.storage.sign_in import StoredSignIn
from tests.fakes import APPLICATION, NOON, OWNER_TOKEN, PASSPHRASE, no_report
from tests.unit.test_invoicing import put_rule
from tests.unit.test_usage import endpoint

TODAY = NOON.date()
JANE = "u_1a_jane"
CANARIES = ("Jane Doe", JANE, "My API", OWNER_TOKEN, "service.example", APPLICATION, "owner@me")
HOUR = int(NOON.timestamp()) // 3600 * 3600 - 30 * 86_400


@pytest.fixture
def full(device, hosted):
    """A customer with usage that costs something, a profile, a backup and a log."""
    endpoint(hosted, "end_1", "GET", "/items")
    price = {"model": "per_unit", "currency": "USD", "unit_amount": "0.015"}
    put_rule(hosted, "rule_1", price, "Calls")
    hosted.put("customer", JANE, {"application_id": APPLICATION, "name": "Jane Doe"})
    for day in range(3):
        hosted.count("end_1", JANE, HOUR + day * 86_400, requests=7, units=3)
    device.sync()
    with device.services.vault.transaction() as db:
        db.execute("UPDATE account_profile SET email = 'owner@me.example'")
        db.execute(
            "INSERT INTO billing_objects VALUES ('stripe', 'live', 'invoice', 'in_1', 'Jane Doe', "
            "'paid', '', 'cus_9', 1999, 'USD', 1, ?, 1)",
            (json.dumps({"number": "A-1", "tax": 319, "customer_name": "Jane Doe"}),),
        )
    (device.directory / "backups" / "one").mkdir(parents=True)
    (device.directory / "backups" / "one" / "vault.db").write_text("Jane Doe")
    paths.logs().mkdir(parents=True, exist_ok=True)
    (paths.logs() / "core.log").write_text("Jane Doe")
    return device


def ending_of(device):
    return device.services.account_end


def delete(device, day=TODAY):
    ending_of(device).ask(day, "UTC")
    return ending_of(device).go_on(no_report)


def everything(device):
    """Every value of the vault, and every file beside it and in the profile."""
    tables = [n for (n,) in device.query("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    rows = "\n".join(repr(device.query(f'SELECT * FROM "{table}"')) for table in tables)  # noqa: S608
    folders = (device.directory, paths.home())
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return rows + "\n".join(path.read_bytes().decode("latin-1") for path in files)


def sums(device):
    """Money of the vault and of the books."""
    return device.query(
        "SELECT (SELECT sum(quantity) FROM customer_days), "
        "(SELECT sum(quantity_micro) FROM account_books WHERE kind = 'usage'), "
        "(SELECT sum(amount_minor) FROM billing_objects), "
        "(SELECT sum(amount_minor) FROM account_books WHERE kind = 'invoice')"
    )[0]


def test_nothing_of_the_account_is_left_but_what_the_certificate_lists(
    full, hosted, tmp_path, monkeypatch
):
    monkeypatch.setattr(letter, "letter_pdf", lambda *_: b"%PDF-1.7 a letter")
    usage, _, invoiced, _ = sums(full)
    found = everything(full)
    assert all(word in found for word in CANARIES if word != OWNER_TOKEN)
    done = delete(full)
    assert (done.state, done.is_overdue) == (DeletionState.DONE, False)
    assert hosted.ending.has_ended
    left = everything(full)
    for word in CANARIES:
        assert word not in left
    assert sums(full) == (None, usage, None, invoiced)
    files = ending_of(full).write_certificate(str(tmp_path / "account.json"))
    told = verified((tmp_path / "account.json").read_bytes()).certificate
    assert told.is_complete
    assert {line.place for line in told.done} == {"Vault", "Service", "This computer"}
    assert any(line.what.startswith("Books") and line.until == "2036-12-31" for line in told.kept)
    assert files.pdf.endswith(".pdf")


def test_books_hold_amounts_taxes_and_numbers_and_people_by_one_random_id(full, tmp_path):
    delete(full)
    ending_of(full).write_books(str(tmp_path / "books.csv"))
    with (tmp_path / "books.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    by_kind = {row["kind"]: row for row in rows}
    assert set(by_kind) == {"invoice", "usage", "revenue"}
    assert json.loads(by_kind["invoice"]["detail"])["tax"] == 319
    assert by_kind["invoice"]["amount_minor"] == "1999"
    assert sum(int(row["amount_minor"]) for row in rows if row["kind"] == "revenue") == 14
    parties = {row["party"] for row in rows if row["kind"] in {"usage", "revenue"}}
    assert len(parties) == 1
    assert parties.pop().startswith("gone_")


def test_deletion_waits_for_its_day_and_may_be_withdrawn_or_moved_until_then(full):
    ending = ending_of(full)
    asked = ending.ask(TODAY + timedelta(days=14), "UTC")
    assert (asked.state, asked.day, asked.due) == (
        DeletionState.ASKED, date(2026, 6, 29), date(2026, 7, 15),
    )  # fmt: skip
    assert ending.go_on(no_report).state is DeletionState.ASKED
    assert ending.withdraw().state is DeletionState.NONE
    with pytest.raises(InvalidInput, match="Nothing was changed"):
        ending.withdraw()
    ending.ask(TODAY + timedelta(days=14), "UTC")
    full.clock.forward(days=3)
    moved = ending.ask(TODAY + timedelta(days=5), "UTC")
    assert (moved.day, moved.due) == (date(2026, 6, 20), date(2026, 7, 15))
    full.clock.forward(days=2)
    ending.go_on_by_itself()
    assert ending.status().state is DeletionState.DONE
    with pytest.raises(InvalidInput, match="cannot be taken back"):
        ending.withdraw()


@pytest.mark.parametrize("days", [-1, 31])
def test_day_beyond_the_clock_is_refused(full, days):
    with pytest.raises(InvalidInput) as refused:
        ending_of(full).ask(TODAY + timedelta(days=days), "UTC")
    assert refused.value.field == "day"
    assert ending_of(full).status().state is DeletionState.NONE


def test_zone_that_is_none_is_refused(full):
    with pytest.raises(InvalidInput) as refused:
        ending_of(full).preview("Middle/Earth")
    assert refused.value.field == "zone"


def test_dry_run_says_what_goes_what_stays_and_what_is_not_reached(full):
    before = full.query("SELECT count(*) FROM configuration")
    preview = ending_of(full).preview("UTC")
    assert (preview.earliest, preview.usual, preview.latest) == (
        TODAY, TODAY + timedelta(days=14), TODAY + timedelta(days=30),
    )  # fmt: skip
    fates = {line.fate for line in preview.lines}
    assert fates == set(PreviewFate)
    deleted = [line for line in preview.lines if line.fate is PreviewFate.DELETED]
    assert any(line.rows for line in deleted)
    assert all(line.why and line.until for line in preview.lines if line not in deleted)
    assert full.query("SELECT count(*) FROM configuration") == before


def test_unreachable_service_is_tried_again_and_never_called_done(full, hosted):
    hosted.online = False
    waiting = delete(full)
    assert (waiting.state, waiting.waits_for_service) == (DeletionState.RUNNING, True)
    assert waiting.steps[0].state is StepState.FAILED
    assert "tried again" in waiting.steps[0].detail
    assert "Jane Doe" in everything(full)
    full.clock.forward(days=31)
    ending_of(full).go_on_by_itself()
    assert ending_of(full).status().is_overdue
    (entry,) = attention(full)
    assert (entry.urgency, entry.title) == ("now", "The deletion of the account is late.")
    hosted.online = True
    ending_of(full).go_on_by_itself()
    done = ending_of(full).status()
    assert (done.state, done.is_overdue) == (DeletionState.DONE, True)
    assert attention(full) == []


def test_service_that_is_gone_for_good_is_in_the_certificate(full, hosted):
    with pytest.raises(InvalidInput, match="does not wait"):
        ending_of(full).go_on_without_service(no_report)
    hosted.online = False
    delete(full)
    done = ending_of(full).go_on_without_service(no_report)
    assert done.state is DeletionState.DONE
    words = "\n".join(ending_of(full).certificate_text())
    assert "it could not be reached" in words.lower()
    assert "The service could not be reached; see below." in words


def test_answer_that_was_lost_does_not_delete_twice(full, hosted):
    hosted.ending.broken = [500, 500, 500]
    assert delete(full).waits_for_service
    hosted.ending.broken = []
    hosted.loses_answers = 0
    ending_of(full).go_on_by_itself()
    assert ending_of(full).status().state is DeletionState.DONE


@pytest.mark.parametrize("step", list(DeletionStep))
def test_kill_at_any_step_goes_on_and_ends_the_same(full, step, monkeypatch):
    """Raising where the step has just been done is what a kill leaves of it."""
    record, finish, cut = account_end.record, account_end.finish, []

    def kill_at(done):
        if done is step and not cut:
            cut.append(step)
            raise DiskFull("The disk is full.")

    def recorded(db, done, state, *args, **more):
        if state is StepState.DONE:
            kill_at(done)
        record(db, done, state, *args, **more)

    def finished(*args):
        kill_at(DeletionStep.CERTIFY)
        finish(*args)

    monkeypatch.setattr(account_end, "record", recorded)
    monkeypatch.setattr(account_end, "finish", finished)
    with pytest.raises(DiskFull):
        delete(full)
    assert ending_of(full).status().state is DeletionState.RUNNING
    full.reopen()
    ending_of(full).go_on_by_itself()
    assert cut == [step]
    assert ending_of(full).status().state is DeletionState.DONE
    left = everything(full)
    assert not [word for word in CANARIES if word in left]
    invoices = full.query("SELECT amount_minor FROM account_books WHERE kind = 'invoice'")
    assert invoices == [(1999,)]


def test_what_comes_in_after_the_vault_was_emptied_is_taken_out_before_it_is_signed(
    full, monkeypatch
):
    runner = ending_of(full)._runner
    clear = runner._outside.computer.clear

    def late(service_id):
        with full.services.vault.transaction() as db:
            db.execute("INSERT INTO incidents VALUES ('i1', ?, 1, 'owner@me')", (APPLICATION,))
        return clear(service_id)

    monkeypatch.setattr(runner._outside.computer, "clear", late)
    delete(full)
    assert full.query("SELECT * FROM incidents") == []


def attention(device):
    application = Application(ApplicationId(APPLICATION), "My API", "UTC", is_sample=False)
    scene = Scene(application, device.clock())
    with device.services.vault.reading() as db:
        return list(ending_of(device).attention(db, scene))


def test_list_of_what_needs_the_owner_tells_of_the_day_and_of_the_end(full):
    ending_of(full).ask(TODAY + timedelta(days=14), "UTC")
    (note,) = attention(full)
    assert (note.urgency, note.title, note.due.date()) == (
        "note", "This account is deleted from 2026-06-29 on.", date(2026, 7, 15),
    )  # fmt: skip
    full.clock.forward(days=7)
    assert attention(full)[0].urgency == "soon"


def test_other_desktop_learns_it_calmly_and_may_delete_its_copy(full, make_device, hosted):
    other = make_device("b")
    other.sync()
    delete(full)
    with pytest.raises(Exception, match="was deleted by its owner"):
        other.sync()
    assert other.services.sync.state().problem_code == "account_deleted"
    status = ending_of(other).status()
    assert (status.state, status.is_deleted_elsewhere) == (DeletionState.NONE, True)
    assert attention(other)[0].key == "account_deleted_elsewhere"
    with other.services.vault.transaction() as db:
        db.execute("UPDATE connection SET service_id = 'svc_other'")
    assert not ending_of(other).status().is_deleted_elsewhere
    with other.services.vault.transaction() as db:
        db.execute("UPDATE connection SET service_id = 'svc_fake'")
    assert delete(other).state is DeletionState.DONE
    assert "Jane Doe" not in everything(other)


def test_books_go_by_themselves_when_their_time_is_over(full):
    delete(full)
    assert ending_of(full).status().books == 3
    full.clock.now = full.clock.now.replace(year=2036, month=12, day=31)
    ending_of(full).go_on_by_itself()
    assert ending_of(full).status().books == 3
    full.clock.forward(days=1)
    ending_of(full).go_on_by_itself()
    assert ending_of(full).status().books == 0


def test_workspace_without_a_service_is_emptied_too(make_device):
    alone = make_device("c", connect=False)
    assert delete(alone).state is DeletionState.DONE
    alone.services.vault.close()
    alone.services.workspace.unlock(PASSPHRASE)


def test_certificate_and_books_are_asked_for_in_vain_before(full, tmp_path):
    with pytest.raises(InvalidInput, match="no certificate yet"):
        ending_of(full).write_certificate(str(tmp_path / "c.json"))
    assert ending_of(full).certificate_text() == ()


def test_emptied_vault_holds_what_a_new_one_does_and_still_answers(full, make_device):
    delete(full)
    new = make_device("d", connect=False)
    tables = [n for (n,) in new.query("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    needed = [t for t in tables if new.query(f'SELECT 1 FROM "{t}" LIMIT 1')]  # noqa: S608
    filled = [t for t in needed if full.query(f'SELECT 1 FROM "{t}" LIMIT 1')]  # noqa: S608
    assert sorted(filled) == sorted(needed), set(needed) - set(filled)
    services = full.services
    assert services.sync.state().phase is SyncPhase.NOT_CONNECTED
    assert services.sign_in.profile.profile().email == ""
    services.upkeep.do_all()
    with pytest.raises(AccountDeleted):
        services.connection.use_remote("https://service.example", OWNER_TOKEN)


def test_what_is_left_is_removed_with_the_vault_and_nothing_before(full):
    with pytest.raises(InvalidInput, match="Nothing was removed"):
        ending_of(full).remove_workspace()
    delete(full)
    (full.directory / "note of the owner").write_text("mine")
    ending_of(full).remove_workspace()
    assert [path.name for path in full.directory.iterdir()] == ["note of the owner"]
    with pytest.raises(VaultLocked):
        ending_of(full).status()
    full.services = full._built()
    full.services.workspace.create(PASSPHRASE)


def test_member_who_is_no_owner_is_told_before_anything_is_asked_for(full, hosted):
    token = TokenInfo(
        token_id="tok_1", name="Ann", role=Role.VIEWER, created_at="2026-06-01T00:00:00Z"
    )
    hosted.live["GET", "/v1/token"] = token
    with pytest.raises(InvalidInput, match="as viewer: only an owner"):
        ending_of(full).ask(TODAY, "UTC")
    assert ending_of(full).status().state is DeletionState.NONE


class Stubborn(EmbeddedService):
    """The service's directory is locked for as many looks as were given."""

    def __init__(self, data, looks, told):
        super().__init__(data, lambda _url: "svc_1")
        self.looks, self.told = looks, told

    def _deletion(self, _service_id):
        self.looks -= 1
        return self.told if self.looks >= 0 else {}


@pytest.mark.parametrize(("code", "is_gone"), [("locked", True), ("key", False)])
def test_service_that_still_runs_is_ended_again_before_its_data_go(tmp_path, code, is_gone):
    (tmp_path / "port").write_text("1")
    service = Stubborn(tmp_path, 2, {"code": code})
    if is_gone:
        service.delete("svc_1")
    else:
        with pytest.raises(EmbeddedServiceFailed, match="could not be deleted"):
            service.delete("svc_1")
    assert service.looks == (-1 if is_gone else 1)


class Ring:
    """A keyring that is locked, or takes out what it is told to."""

    def __init__(self, *, is_locked):
        self.is_locked = is_locked
        self.removed = []

    def remove(self, service, user):
        if self.is_locked:
            raise KeyringLocked("The keyring is locked.")
        self.removed.append((service, user))


def test_keys_leave_the_keyring_and_the_sign_in_ends_once_it_is_open(full):
    signed_out = []

    def sign_out():
        signed_out.append(True)
        return SignedOut(told_provider=False, told_service=False)

    with full.services.vault.transaction() as db:
        full.services.access._store.add_api_key(db, KeyDetails("Mail"), "sk_" + "k" * 20)
        db.execute("UPDATE secrets SET in_keyring = 1 WHERE name = 'Mail'")
        provider = Provider(ProviderKind.OTHER, "https://login.example", "desktop")
        sign_in.write(db, StoredSignIn(SignedIn(provider, "ann", "Ann", "ann@me", NOON)))
    ring, membership = Ring(is_locked=True), SimpleNamespace(sign_out=sign_out)
    connections = Connections(full.services.vault, membership, ring)
    with pytest.raises(KeyringLocked):
        connections.end()
    assert signed_out == []
    ring.is_locked = False
    told = connections.end()
    assert ring.removed == [(KEYRING_SERVICE, "Mail")]
    assert told == {"was_signed_in": True, "told_provider": False, "keyring": 1}


def test_certificate_names_what_stays_with_a_payment_provider(full, tmp_path, monkeypatch):
    monkeypatch.setattr(letter, "letter_pdf", lambda *_: b"%PDF-1.7 a letter")
    with full.services.vault.transaction() as db:
        db.execute(
            "INSERT INTO billing_connections VALUES ('stripe', 'live', 'acct_1', 'Shop', 'none', "
            "1, '[]', 1)"
        )
    assert any(line.where == "Stripe" for line in ending_of(full).preview("UTC").lines)
    delete(full)
    ending_of(full).write_certificate(str(tmp_path / "account.json"))
    told = verified((tmp_path / "account.json").read_bytes()).certificate
    assert [line.state for line in told.processors] == ["done", "disconnected"]
    kept = [line for line in told.kept if line.where == "Stripe"]
    assert len(kept) == 2
    assert "webhook" in kept[1].what
    assert full.query("SELECT * FROM billing_connections") == []


def test_full_disk_only_delays_that_a_desktop_learns_of_it(full, make_device, monkeypatch):
    other = make_device("e")
    delete(full)

    def full_disk():
        raise DiskFull("The disk is full.")

    monkeypatch.setattr(other.services.sync, "account_deleted", full_disk)
    with pytest.raises(DiskFull):
        other.sync()
    monkeypatch.undo()
    with pytest.raises(AccountDeleted):
        other.sync()
    assert ending_of(other).status().is_deleted_elsewhere
