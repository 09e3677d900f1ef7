"""A person is erased from vault and service, and whatever comes back is erased again."""

import json

import httpx
import pytest

from desktop.domain.errors import DiskFull, InvalidInput, LedgerUnreadable, PackageDamaged
from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.erasure import (
    Customer,
    ErasureState,
    Fate,
    Place,
    ProcessorResult,
    ProcessorState,
    Step,
    StepState,
)
from desktop.domain.privacy.holdings import Erasure
from desktop.domain.privacy.kinds import Channel, Evidence, RequestKind, RequestState
from desktop.domain.privacy.purposes import Purpose
from desktop.domain.privacy.registry import VAULT
from desktop.domain.privacy.requests import NewRequest, Person
from desktop.services.privacy.erasing.service import check_certificate
from desktop.services.privacy.finding import FoundBy, Match
from desktop.services.storage import erasure_ledger
from desktop.services.storage.backup import newest_sound
from desktop.services.storage.credentials import passphrase
from desktop.services.storage.erasers import ERASERS
from desktop.services.storage.erasure_ledger import ErasureLedger, LedgerEntry
from tests.fakes import APPLICATION, NOON, PASSPHRASE, no_report

JANE, OMAR = "u_1a_jane", "u_1a_omar"
PERSON = Person("Jane Doe", "jane@example.org")
MATCH = Match(APPLICATION, JANE, "Jane Doe", FoundBy.NAME)
HOUR = int(NOON.timestamp()) - 30 * 86_400


@pytest.fixture
def full(device, hosted):
    """Two customers, with names and usage on some days."""
    for customer, name in ((JANE, "Jane Doe"), (OMAR, "Omar Haddad")):
        hosted.put("customer", customer, {"application_id": APPLICATION, "name": name})
        for day in range(3):
            hosted.count("end_1", customer, HOUR + day * 86_400, requests=7, units=3)
    device.sync()
    return device


def ask(device, kind=RequestKind.DELETION, person=PERSON):
    """A request whose sender is known."""
    requests = device.services.privacy_requests
    asked = NewRequest(kind, Channel.EMAIL, NOON, "UTC", person, "Delete me.")
    request_id = requests.log_request(asked).line.request_id
    requests.confirm_identity(request_id, (Evidence.CODE,))
    return request_id


def erasure_of(device):
    return device.services.erasing.erasure


def holds_of(device):
    return device.services.erasing.holds


def erase(device, request_id=None, **options):
    """Start an erasure and let it go as far as it comes."""
    service = erasure_of(device)
    request_id = request_id or ask(device)
    begun = service.start(request_id, (MATCH,), keeps_blocks=False, **options)
    return service.go_on(no_report, begun.erasure_id)


def dump(device):
    """Every value of the vault but the requests, in which people say who they are."""
    tables = [
        name
        for (name,) in device.query("SELECT name FROM sqlite_schema WHERE type = 'table'")
        if name not in {"privacy_requests", "privacy_events", "sqlite_sequence"}
    ]
    return "\n".join(repr(device.query(f"SELECT * FROM {table}")) for table in tables)  # noqa: S608


def totals(device):
    """Requests and units as the owner adds them up."""
    return device.query(
        "SELECT day, endpoint_id, meter, sum(events), sum(quantity), max(peak) "
        "FROM customer_days GROUP BY day, endpoint_id, meter"
    ) + device.query("SELECT hour, sum(requests), sum(units) FROM customer_hours GROUP BY hour")


def days_of(device, customer):
    """Calls of a customer by day."""
    rows = device.query("SELECT customer_id, events FROM customer_days ORDER BY day")
    return [events for found, events in rows if found == customer]


def certificate_of(device, request_id, tmp_path):
    files = erasure_of(device).write_certificate(request_id, str(tmp_path / "erasure.json"))
    return files, json.loads((tmp_path / "erasure.json").read_text())["certificate"]


def test_every_table_about_people_has_an_eraser():
    """A table that is registered as erased and that nobody erases would be a broken promise."""
    erased = {one.table for one in ERASERS} | {"mail_outbox"}
    promised = {
        holding.table for holding in VAULT if holding.erasure in {Erasure.DELETE, Erasure.ANONYMIZE}
    }
    assert promised <= erased


def test_erased_person_is_nowhere_and_the_sums_are_what_they_were(full, tmp_path):
    before = totals(full)
    request_id = ask(full)
    done = erase(full, request_id)
    assert done.state is ErasureState.DONE
    full.sync()
    assert totals(full) == before
    found = dump(full)
    for word in (JANE, "Jane Doe", "jane@example.org"):
        assert word not in found
    assert OMAR in found
    assert full.services.privacy_packages.find_person(no_report, request_id).matches == ()
    assert JANE not in repr(full.hosted.rows) + repr(full.hosted.rollups)


def test_months_for_trying_prices_count_the_same_under_the_new_id(full):
    before = full.query("SELECT sum(quantity), sum(events) FROM month_changes")
    erase(full)
    full.sync()
    assert full.query("SELECT sum(quantity), sum(events) FROM month_changes") == before
    rows = full.query("SELECT DISTINCT customer_id FROM month_changes ORDER BY 1")
    assert [row[0][:5] for row in rows] == ["gone_", "u_1a_"]


def test_alerts_that_name_the_person_go_and_others_stay(full):
    with full.services.vault.transaction() as db:
        for number, told in enumerate(("Jane Doe used 90 %", f"{JANE} is blocked", "Errors rose")):
            db.execute(
                "INSERT INTO alert_events (rule_id, application_id, rule_name, finding, told, "
                "public_text, began_at_us) VALUES (?, ?, 'Limits', ?, ?, '', 1)",
                (f"rule_{number}", APPLICATION, f"finding_{number}", told),
            )
        body = json.dumps({"customers": [JANE]})
        db.execute("INSERT INTO alert_rules VALUES ('rule_1', ?, ?, '', NULL)", (APPLICATION, body))
    assert erase(full).state is ErasureState.DONE
    assert full.query("SELECT told FROM alert_events") == [("Errors rose",)]
    ((body,),) = full.query("SELECT body FROM alert_rules")
    assert json.loads(body)["customers"][0].startswith("gone_")


def test_dry_run_tells_what_would_happen_and_changes_nothing(full):
    request_id = ask(full)
    before = dump(full), repr(full.hosted.rows)
    plan = erasure_of(full).plan(no_report, request_id, (MATCH,), keeps_blocks=True)
    assert (dump(full), repr(full.hosted.rows)) == before
    told = {(line.place, line.what): (line.fate, line.rows) for line in plan.lines}
    assert told[Place.VAULT, "configuration"] == (Fate.DELETE, 1)
    assert told[Place.VAULT, "customer_days"] == (Fate.ANONYMIZE, 3)
    assert told[Place.SERVICE, "usage by day"] == (Fate.ANONYMIZE, 3)
    assert plan.unreachable == ()


def test_dry_run_names_the_places_that_cannot_be_asked(full, hosted):
    request_id = ask(full)
    hosted.online = False
    plan = erasure_of(full).plan(no_report, request_id, (MATCH,), keeps_blocks=False)
    (missing,) = plan.unreachable
    assert missing.startswith("Service:")


def test_request_that_does_not_ask_for_it_erases_nobody(full):
    access = ask(full, RequestKind.ACCESS)
    with pytest.raises(InvalidInput, match="Nothing was erased"):
        erasure_of(full).start(access, (MATCH,), keeps_blocks=False)
    unknown = full.services.privacy_requests.log_request(
        NewRequest(RequestKind.DELETION, Channel.APP, NOON, "UTC", Person("A", "a@b.example"))
    )
    with pytest.raises(InvalidInput, match="nobody has confirmed"):
        erasure_of(full).start(unknown.line.request_id, (MATCH,), keeps_blocks=False)
    with pytest.raises(InvalidInput, match="choose which customers"):
        erasure_of(full).start(ask(full), (), keeps_blocks=False)
    assert JANE in dump(full)


def test_nothing_is_destroyed_before_the_service_has_noted_it(full, hosted):
    request_id = ask(full)
    hosted.online = False
    waiting = erase(full, request_id)
    note = waiting.steps[0]
    assert (waiting.state, note.step, note.state) == (
        ErasureState.RUNNING, Step.NOTE, StepState.FAILED,
    )  # fmt: skip
    assert "tried again by itself" in note.detail
    assert JANE in dump(full)
    assert not waiting.has_certificate
    hosted.online = True
    erasure_of(full).go_on_with_all()
    assert erasure_of(full).progress_of(request_id).state is ErasureState.DONE


@pytest.mark.parametrize("answers", [[500], [429, 429, 429]])
@pytest.mark.parametrize("requests_before", range(3))
def test_service_that_fails_at_any_request_only_delays(full, hosted, answers, requests_before):
    request_id = ask(full)
    before = totals(full)
    begun = erasure_of(full).start(request_id, (MATCH,), keeps_blocks=False)
    original, seen = hosted.erasures.answer, []

    def answer(request, service):
        seen.append(request)
        if len(seen) == requests_before + 1:
            hosted.erasures.broken = list(answers)
        return original(request, service)

    hosted.erasures.answer = answer
    tries = 0
    while erasure_of(full).progress_of(request_id).state is not ErasureState.DONE:
        now = erasure_of(full).go_on(no_report, begun.erasure_id)
        assert now.has_certificate == (now.state is ErasureState.DONE)
        tries += 1
        assert tries < 4
    full.sync()
    assert totals(full) == before
    assert JANE not in dump(full)


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadError])
@pytest.mark.parametrize("requests_before", range(3))
def test_service_away_at_any_request_only_delays(full, hosted, error, requests_before):
    """Refused before it did anything, and cut off after it did; told once each, by the same id."""
    request_id = ask(full)
    before = totals(full)
    original, seen = hosted.erasures.answer, []

    def answer(request, service):
        seen.append(request)
        done = error is httpx.ReadError and original(request, service)
        if len(seen) > requests_before:
            raise error("away", request=request)
        return done or original(request, service)

    hosted.erasures.answer = answer
    waiting = erase(full, request_id)
    assert (waiting.state, waiting.has_certificate) == (ErasureState.RUNNING, False)
    assert any("tried again by itself" in step.detail for step in waiting.steps)
    hosted.erasures.answer = original
    erasure_of(full).go_on_with_all()
    assert erasure_of(full).progress_of(request_id).state is ErasureState.DONE
    full.sync()
    assert totals(full) == before
    assert JANE not in dump(full)


@pytest.mark.parametrize("step", list(Step))
def test_erasure_cut_at_any_step_goes_on_in_the_next_process(full, monkeypatch, step):
    request_id = ask(full)
    before = totals(full)
    service = erasure_of(full)
    begun = service.start(request_id, (MATCH,), keeps_blocks=False)
    runner = service._machinery.runner

    def killed(*_):
        raise SystemExit

    monkeypatch.setitem(runner._steps, step, killed)
    with pytest.raises(SystemExit):
        service.go_on(no_report, begun.erasure_id)
    full.reopen()
    again = erasure_of(full).progress_of(request_id)
    assert again.state is ErasureState.RUNNING
    assert not again.has_certificate
    erasure_of(full).go_on_with_all()
    assert erasure_of(full).progress_of(request_id).state is ErasureState.DONE
    full.sync()
    assert totals(full) == before
    assert JANE not in dump(full)


def test_full_disk_keeps_everything_as_it_was_and_is_told(full, monkeypatch):
    request_id = ask(full)

    def no_room(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(erasure_ledger.os, "fsync", no_room)
    begun = erasure_of(full).start(request_id, (MATCH,), keeps_blocks=False)
    with pytest.raises(DiskFull):
        erasure_of(full).go_on(no_report, begun.erasure_id)
    assert JANE in dump(full)
    monkeypatch.undo()
    assert erasure_of(full).go_on(no_report, begun.erasure_id).state is ErasureState.DONE


class FakeProcessor:
    """Answers as it is told to, and counts by key."""

    place = Place.STRIPE

    def __init__(self, *states):
        self.states = list(states)
        self.keys = []

    def preview(self, _subject):
        return ProcessorResult(self.place, ProcessorState.DONE)

    def erase(self, subject, key):
        self.keys.append(key)
        self.emails = subject.emails
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return ProcessorResult(self.place, state, "Their words.", "2033-01-01")

    def correct(self, _subject, _corrected, _key):
        return self.preview(_subject)


def with_processor(device, processor):
    runner = erasure_of(device)._machinery.runner
    outside = runner._outside
    object.__setattr__(outside, "processors", lambda: (processor,))
    return processor


def test_processor_that_is_away_is_asked_again_with_the_same_key(full):
    stripe = with_processor(full, FakeProcessor(ProcessorState.UNREACHABLE, ProcessorState.DONE))
    request_id = ask(full)
    waiting = erase(full, request_id)
    assert waiting.state is ErasureState.RUNNING
    assert not waiting.has_certificate
    assert JANE in dump(full)
    erasure_of(full).go_on_with_all()
    assert erasure_of(full).progress_of(request_id).state is ErasureState.DONE
    assert len(stripe.keys) == 2
    assert len(set(stripe.keys)) == 1
    assert stripe.emails == ("jane@example.org",)


def test_certificate_names_what_a_processor_keeps_and_until_when(full, tmp_path):
    with_processor(full, FakeProcessor(ProcessorState.KEPT))
    request_id = ask(full)
    erase(full, request_id)
    _, told = certificate_of(full, request_id, tmp_path)
    (kept,) = [line for line in told["kept"] if line["where"] == "Stripe"]
    assert (kept["why"], kept["until"]) == ("Their words.", "2033-01-01")


def test_certificate_is_signed_and_names_nobody(full, tmp_path):
    request_id = ask(full)
    erase(full, request_id)
    files, told = certificate_of(full, request_id, tmp_path)
    text = (tmp_path / "erasure.json").read_text()
    assert told["request"] == "PR-0001"
    assert {line["where"] for line in told["kept"]} >= {"Vault", "Service"}
    for word in (JANE, "Jane", "jane@"):
        assert word not in text
    checked = check_certificate(files.path)
    assert (checked.is_complete, checked.signer) == (True, files.signer)
    assert (tmp_path / "erasure.pdf").read_bytes().startswith(b"%PDF")
    for place in range(0, len(text), 97):
        changed = text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]
        (tmp_path / "changed.json").write_text(changed)
        with pytest.raises(PackageDamaged):
            check_certificate(str(tmp_path / "changed.json"))


def test_there_is_no_certificate_while_something_is_left(full, hosted, tmp_path):
    request_id = ask(full)
    hosted.online = False
    erase(full, request_id)
    with pytest.raises(InvalidInput, match="no certificate yet"):
        certificate_of(full, request_id, tmp_path)


def test_nobody_can_call_an_erasure_done_that_is_not(full, hosted):
    request_id = ask(full)
    hosted.online = False
    erase(full, request_id)
    with pytest.raises(InvalidInput, match="under way"):
        full.services.privacy_requests.note_erasure(request_id)


def test_request_is_told_of_the_erasure_once(full):
    request_id = ask(full)
    erase(full, request_id)
    full.services.privacy_requests.answer(request_id)
    detail = full.services.privacy_requests.request(request_id)
    assert [entry.what for entry in detail.timeline].count("Erased") == 1
    assert detail.line.state is RequestState.FULFILLED


def test_erased_person_is_not_written_to_again_but_for_receipts(full):
    erase(full)
    preferences = full.services.privacy.preferences
    with full.services.vault.reading() as db:
        assert not preferences.may_write(db, "Jane@Example.org", Purpose.NEWS)
        assert preferences.may_write(db, "Jane@Example.org", Purpose.RECEIPTS)
        assert preferences.may_write(db, "omar@example.net", Purpose.NEWS)
    contacts = preferences.check_contacts("jane@example.org\nli@example.com", Purpose.NEWS)
    assert contacts.may_be_written_to == ("li@example.com",)


def test_hold_keeps_its_kind_of_data_and_the_rest_goes(full, tmp_path):
    customer = Customer(APPLICATION, JANE)
    (hold,) = holds_of(full).place(customer, Category.USAGE, "Dispute of June", "", None)
    request_id = ask(full)
    before = totals(full)
    held = erase(full, request_id)
    assert (held.state, held.has_certificate) == (ErasureState.HELD, True)
    assert len(days_of(full, JANE)) == 3
    assert "Jane Doe" not in dump(full)
    _, told = certificate_of(full, request_id, tmp_path)
    assert told["is_complete"] is False
    assert any("Dispute of June" in line["why"] for line in told["kept"])
    # Released, the rest goes by itself.
    holds_of(full).release(hold.hold_id)
    assert erasure_of(full).progress_of(request_id).state is ErasureState.RUNNING
    erasure_of(full).go_on_with_all()
    assert erasure_of(full).progress_of(request_id).state is ErasureState.DONE
    full.sync()
    assert totals(full) == before
    assert JANE not in dump(full)
    assert certificate_of(full, request_id, tmp_path)[1]["is_complete"] is True


def test_hold_on_one_record_keeps_that_record_alone(full):
    with full.services.vault.transaction() as db:
        for row_id in ("lim_1", "lim_2"):
            body = json.dumps({"application_id": APPLICATION, "customer_id": JANE})
            db.execute(
                "INSERT INTO configuration VALUES ('limit_override', ?, ?, ?, 1, 1, 'synced', '')",
                (row_id, APPLICATION, body),
            )
    customer = Customer(APPLICATION, JANE)
    holds_of(full).place(customer, Category.CONFIGURATION, "Court order", "lim_2", None)
    assert erase(full).state is ErasureState.HELD
    rows = full.query("SELECT entity_id FROM configuration WHERE entity = 'limit_override'")
    assert rows == [("lim_2",)]


def test_hold_needs_a_ground_and_release_a_hold(full):
    with pytest.raises(InvalidInput) as caught:
        holds_of(full).place(Customer(APPLICATION, JANE), Category.USAGE, " ", "", None)
    assert caught.value.field == "ground"
    with pytest.raises(InvalidInput, match="no such hold"):
        holds_of(full).release("nobody")
    assert holds_of(full).listed() == ()


def test_restored_backup_is_free_of_who_was_erased_since(full, tmp_path):
    before = totals(full)
    full.services.keeping.back_up(no_report)
    erase(full)
    restore(full, full.directory)
    assert JANE not in dump(full)
    assert "Jane Doe" not in dump(full)
    assert totals(full) == before
    preferences = full.services.privacy.preferences
    with full.services.vault.reading() as db:
        assert not preferences.may_write(db, "jane@example.org", Purpose.NEWS)


def restore(device, directory):
    """Put the newest backup in place of the vault, in a process of its own."""
    device.services.close()
    chosen = newest_sound(device.directory / "backups")
    device.directory = directory
    device.services = device._built()
    device.services.vault.restore(chosen, passphrase(PASSPHRASE), no_report)


def test_restored_backup_without_its_list_can_only_be_read_until_the_service_tells(full, hosted):
    full.services.keeping.back_up(no_report)
    erase(full)
    (full.directory / erasure_ledger.FILE).unlink()
    restore(full, full.directory)
    assert full.services.vault.lacks_ledger
    with pytest.raises(LedgerUnreadable, match="can be read, but not changed"):
        ask(full)
    hosted.online = False
    full.reopen()
    assert full.services.vault.lacks_ledger
    hosted.online = True
    full.sync()
    assert not full.services.vault.lacks_ledger
    assert JANE not in dump(full)
    assert len(full.services.vault.erasure_ledger.entries()) == 1


def test_damaged_list_is_as_good_as_none(full):
    full.services.keeping.back_up(no_report)
    erase(full)
    path = full.directory / erasure_ledger.FILE
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    restore(full, full.directory)
    assert full.services.vault.lacks_ledger


def test_second_desktop_follows_and_counts_nobody_twice(full, make_device, tmp_path):
    other = make_device("b")
    other.sync()
    before = totals(other)
    erase(full)
    other.sync()
    assert totals(other) == before
    assert JANE not in dump(other)
    assert other.services.vault.erasure_ledger.entries() == ()


def test_service_that_came_back_from_an_archive_is_told_again(full, hosted):
    rows, rollups = dict(hosted.rows), dict(hosted.rollups)
    erase(full)
    full.sync()
    hosted.restore_from_backup(rows, rollups)
    hosted.erasures.entries.clear()
    hosted.erasures.applied.clear()
    full.sync()
    full.sync()
    assert JANE not in repr(hosted.rows) + repr(hosted.rollups)
    assert JANE not in dump(full)


def test_who_calls_again_is_new_and_stays(full, hosted):
    erase(full)
    full.sync()
    hosted.put("customer", JANE, {"application_id": APPLICATION, "name": ""})
    hosted.count("end_1", JANE, int(NOON.timestamp()) + 3600, requests=1)
    full.sync()
    full.reopen()
    erasure_of(full).go_on_with_all()
    assert days_of(full, JANE) == [1]


def entry(number):
    return LedgerEntry(f"e{number}", "r", 1, "5a" * 32, ())


def test_ledger_only_grows_and_notices_every_change(tmp_path):
    ledger = ErasureLedger(tmp_path, b"w" * 32)
    for number in range(3):
        ledger.append(entry(number))
    ledger.append(entry(1))
    assert [one.erasure_id for one in ledger.entries()] == ["e0", "e1", "e2"]
    path = tmp_path / erasure_ledger.FILE
    whole = path.read_bytes()
    assert b"5a" * 8 not in whole
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        try:
            found = ErasureLedger(tmp_path, b"w" * 32).entries()
        except LedgerUnreadable:
            continue
        assert found == ledger_prefix(found), place


def ledger_prefix(found):
    """A changed length may make the last entry look cut off, and nothing more."""
    return tuple(entry(number) for number in range(len(found)))


def test_ledger_of_another_vault_or_none_cannot_be_read(tmp_path):
    with pytest.raises(LedgerUnreadable):
        ErasureLedger(tmp_path, b"w" * 32).entries()
    ErasureLedger(tmp_path, b"w" * 32).append(entry(1))
    with pytest.raises(LedgerUnreadable):
        ErasureLedger(tmp_path, b"x" * 32).entries()


def test_entry_that_a_crash_cut_off_is_written_over(tmp_path):
    ledger = ErasureLedger(tmp_path, b"w" * 32)
    ledger.append(entry(0))
    path = tmp_path / erasure_ledger.FILE
    whole = path.read_bytes()
    ledger.append(entry(1))
    cut = path.read_bytes()[:-7]
    assert len(cut) > len(whole)
    path.write_bytes(cut)
    assert [one.erasure_id for one in ledger.entries()] == ["e0"]
    ledger.append(entry(2))
    assert [one.erasure_id for one in ledger.entries()] == ["e0", "e2"]


def test_no_backup_takes_the_list_along(full):
    full.services.keeping.back_up(no_report)
    erase(full)
    assert (full.directory / erasure_ledger.FILE).exists()
    assert not list((full.directory / "backups").rglob(erasure_ledger.FILE))


def test_list_of_customers_forgets_the_name_in_the_same_step(full):
    """Nobody reads the list in between, as a page would: the tables themselves are looked at."""
    full.services.customers.list.bring_up_to_date(no_report)
    tables = ("customer_list", "customer_words", "customer_notes", "customer_list_merges")

    def kept():
        return "".join(repr(full.query(f"SELECT * FROM {table}")) for table in tables)  # noqa: S608

    assert "Jane Doe" in kept()
    erase(full)
    for word in (JANE, "Jane Doe", "jane", "doe"):
        assert word not in kept()
    assert "Omar Haddad" in kept()
