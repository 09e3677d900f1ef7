"""A person's package out of a vault: exactly their own data, signed, encrypted, read back."""

import csv
import io
import json
import zipfile
from zipfile import ZipFile

import httpx
import pyrage
import pytest
import pyzipper

from contract.messages.traces import Trace, TracesPage, TraceState
from desktop import cli
from desktop.domain.errors import Cancelled, ExportFailed, InvalidInput, PackageDamaged
from desktop.domain.privacy.kinds import Channel, RequestKind
from desktop.domain.privacy.requests import NewRequest, Person
from desktop.services.privacy import packages
from desktop.services.privacy.finding import FoundBy
from desktop.services.privacy.package import writing
from desktop.services.privacy.package.envelope import INNER, new_passphrase
from tests.fakes import APPLICATION, NOON, PASSPHRASE, no_report


@pytest.fixture(autouse=True)
def _short_letter(monkeypatch):
    """Drawing letters takes longer than all the rest."""
    monkeypatch.setattr(writing, "letter_pdf", lambda *_: b"%PDF-1.7 a letter")


PEOPLE = ("cus_jane", "cus_omar", "cus_li")
NAMES = {"cus_jane": "Jane Doe", "cus_omar": "Omar Haddad", "cus_li": "Li Na"}


@pytest.fixture
def full(device, hosted):
    """Three customers with a thousand calls each, and a limit for one of them."""
    for place, customer in enumerate(PEOPLE):
        hosted.put("customer", customer, {"application_id": APPLICATION, "name": NAMES[customer]})
        for hour in range(20):
            hosted.count(f"end_{hour % 2}", customer, (hour * 7 + place) * 3600, requests=50)
    hosted.live["GET", "/v1/traces"] = TracesPage(rows=())
    hosted.page_size = 500
    device.sync()
    return device


def call(trace_id, number):
    return Trace(
        trace_id=trace_id, application_id=APPLICATION, endpoint_id="end_0",
        customer_id="cus_jane", method="GET", url="/x", at=f"2026-06-01T10:00:{number:02}Z",
        state=TraceState.SETTLED, units="1",
    )  # fmt: skip


def log(device, person, kind=RequestKind.ACCESS):
    asked = NewRequest(kind, Channel.EMAIL, NOON, "UTC", person, "Please.")
    return device.services.privacy_requests.log_request(asked).line.request_id


def built(device, path, person, **options):
    packages = device.services.privacy_packages
    request_id = log(device, person)
    found = packages.find_person(no_report, request_id)
    return packages.build(no_report, request_id, found.matches, str(path), **options)


def inner(path, passphrase):
    with pyzipper.AESZipFile(path) as outer:
        outer.setpassword(passphrase.encode())
        return ZipFile(io.BytesIO(outer.read(INNER)))


def test_package_of_each_person_holds_exactly_their_own(full, tmp_path):
    for customer in PEOPLE:
        made = built(full, tmp_path / customer, Person(NAMES[customer]))
        archive = inner(made.path, made.passphrase)
        lines = [json.loads(x) for x in archive.read("data/usage_days.ndjson").splitlines()]
        assert {line["customer_id"] for line in lines} == {customer}
        assert sum(line["calls"] for line in lines) == 1000
        hours = csv.DictReader(io.StringIO(archive.read("data/usage_hours.csv").decode()))
        assert sum(int(row["calls"]) for row in hours) == 1000
        everything = b"".join(archive.read(name) for name in archive.namelist())
        for other in set(PEOPLE) - {customer}:
            assert other.encode() not in everything
            assert NAMES[other].encode() not in everything


def test_single_calls_come_from_the_service_in_pages(full, hosted, tmp_path):
    asked = []

    def answer(request):
        asked.append(dict(request.url.params))
        number = len(asked)
        rows = tuple(call(f"t{number}{place}", number) for place in range(2))
        return TracesPage(rows=rows, next_cursor="more" if number == 1 else None)

    hosted.live["GET", "/v1/traces"] = answer
    made = built(full, tmp_path / "jane.zip", Person("Jane Doe"))
    archive = inner(made.path, made.passphrase)
    assert made.missing == ()
    assert [one.get("cursor") for one in asked] == [None, "more"]
    assert {one["customer_id"] for one in asked} == {"cus_jane"}
    assert len(archive.read("data/calls.ndjson").splitlines()) == 4
    sources = json.loads(archive.read("manifest.json"))["sources"]
    assert [source["state"] for source in sources] == ["complete", "complete"]


def test_calls_that_did_not_change_are_not_written_again(full, hosted):
    packages = full.services.privacy_packages
    matches = packages.find_person(no_report, log(full, Person("Jane Doe"))).matches
    request_id = log(full, Person("Jane Doe"))
    for state, is_new in ((TraceState.OPEN, 1), (TraceState.OPEN, 0), (TraceState.SETTLED, 1)):
        rows = tuple(call(f"t{n}", n).model_copy(update={"state": state}) for n in range(2))
        hosted.live["GET", "/v1/traces"] = TracesPage(rows=rows)
        with full.services.vault.reading() as db:
            before = db.total_changes
        packages.third_parties(no_report, request_id, matches, ())
        with full.services.vault.reading() as db:
            assert (db.total_changes > before) == bool(is_new)
            states = db.execute("SELECT DISTINCT body ->> 'state' FROM kept_traces").fetchall()
        assert states == [(state.value,)]


def test_unreachable_service_is_named_and_never_passed_over(full, hosted, tmp_path):
    hosted.online = False
    made = built(full, tmp_path / "jane.zip", Person("Jane Doe"))
    (missing,) = made.missing
    assert "metering service" in missing
    manifest = json.loads(inner(made.path, made.passphrase).read("manifest.json"))
    assert [source["state"] for source in manifest["sources"]] == ["complete", "unreachable"]


def test_service_that_breaks_off_leaves_a_partial_source(full, hosted, tmp_path):
    def answer(request):
        if "cursor" in request.url.params:
            hosted.online = False
            raise httpx.ConnectError("gone", request=request)
        return TracesPage(rows=(call("t1", 1),), next_cursor="more")

    hosted.live["GET", "/v1/traces"] = answer
    made = built(full, tmp_path / "jane.zip", Person("Jane Doe"))
    manifest = json.loads(inner(made.path, made.passphrase).read("manifest.json"))
    assert [source["state"] for source in manifest["sources"]] == ["complete", "partial"]
    assert "1 calls were had" in manifest["sources"][1]["detail"]


def test_receipt_tells_the_file_and_the_vault_verifies_it(full, tmp_path):
    made = built(full, tmp_path / "jane.zip", Person("Jane Doe"))
    assert made.size_bytes == (tmp_path / "jane.zip").stat().st_size
    assert len(made.passphrase.split()) == 6
    checked = full.services.privacy_packages.check(no_report, made.path, made.passphrase)
    assert (checked.request, checked.rows, checked.is_ours) == ("PR-0001", made.rows, True)
    with pytest.raises(InvalidInput) as caught:
        full.services.privacy_packages.check(no_report, made.path, "wrong-words")
    assert caught.value.field == "passphrase"


def test_names_and_sizes_inside_are_hidden(full, tmp_path):
    made = built(full, tmp_path / "jane.zip", Person("Jane Doe"))
    content = (tmp_path / "jane.zip").read_bytes()
    assert [entry.filename for entry in pyzipper.AESZipFile(made.path).infolist()] == [INNER]
    for word in (b"usage_days", b"manifest", b"Jane", b"cus_jane"):
        assert word not in content


def test_same_key_signs_every_package_of_a_vault(full, tmp_path):
    first = built(full, tmp_path / "a.zip", Person("Jane Doe"))
    full.reopen()
    second = built(full, tmp_path / "b.zip", Person("Omar Haddad"))
    assert first.signer == second.signer
    assert first.passphrase != second.passphrase


def test_damaged_file_is_told(full, tmp_path):
    made = built(full, tmp_path / "jane.zip", Person("Jane Doe"))
    content = bytearray((tmp_path / "jane.zip").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "jane.zip").write_bytes(content)
    with pytest.raises((PackageDamaged, InvalidInput)):
        full.services.privacy_packages.check(no_report, made.path, made.passphrase)
    (tmp_path / "no.zip").write_text("not a package")
    for path in ("no.zip", "missing.zip"):
        with pytest.raises(InvalidInput) as caught:
            full.services.privacy_packages.check(no_report, str(tmp_path / path), "x")
        assert caught.value.field == "path"


def test_age_recipient_opens_with_their_key_alone(full, tmp_path):
    key = pyrage.x25519.Identity.generate()
    made = built(full, tmp_path / "jane.age", Person("Jane Doe"), recipient=str(key.to_public()))
    assert made.passphrase == ""
    opened = io.BytesIO(pyrage.decrypt((tmp_path / "jane.age").read_bytes(), [key]))
    assert zipfile.is_zipfile(opened)
    packages = full.services.privacy_packages
    assert packages.check(no_report, made.path, str(key)).is_ours
    other = pyrage.x25519.Identity.generate()
    with pytest.raises(InvalidInput):
        packages.check(no_report, made.path, str(other))
    with pytest.raises(InvalidInput) as caught:
        built(full, tmp_path / "x.age", Person("Omar Haddad"), recipient="age1nonsense")
    assert caught.value.field == "recipient"
    assert not (tmp_path / "x.age").exists()


def test_person_is_found_by_id_and_by_name(full):
    packages = full.services.privacy_packages
    by_name = packages.find_person(no_report, log(full, Person("JANE DOE")))
    assert [(m.customer_id, m.found_by) for m in by_name.matches] == [("cus_jane", FoundBy.NAME)]
    by_id = packages.find_person(no_report, log(full, Person(identifiers=("cus_omar",))))
    assert [(m.customer_id, m.found_by) for m in by_id.matches] == [("cus_omar", FoundBy.ID)]
    assert packages.find_person(no_report, log(full, Person("Nobody"))).matches == ()


def test_nobody_chosen_writes_nothing(full, tmp_path):
    with pytest.raises(InvalidInput) as caught:
        built(full, tmp_path / "none.zip", Person("Nobody"))
    assert caught.value.field == "matches"
    assert not (tmp_path / "none.zip").exists()


def test_missing_folder_and_cancel_leave_no_file(full, tmp_path):
    with pytest.raises(ExportFailed):
        built(full, tmp_path / "none" / "jane.zip", Person("Jane Doe"))

    def stop(done, total=None):
        raise Cancelled("Stopped.")

    packages = full.services.privacy_packages
    request_id = log(full, Person("Omar Haddad"))
    matches = packages.find_person(no_report, request_id).matches
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(Cancelled):
        packages.build(stop, request_id, matches, str(out / "omar.zip"))
    assert list(out.iterdir()) == []


def test_file_has_its_name_only_after_it_was_read_back(full, tmp_path, monkeypatch):
    path = tmp_path / "out" / "jane.zip"
    path.parent.mkdir()
    path.write_bytes(b"an older one")
    seen = []

    def damaged(*_):
        seen.append(path.read_bytes())
        raise PackageDamaged("Not what was written.")

    monkeypatch.setattr(packages, "verify_file", damaged)
    with pytest.raises(PackageDamaged):
        built(full, path, Person("Jane Doe"))
    assert seen == [b"an older one"]
    assert [one.read_bytes() for one in path.parent.iterdir()] == seen


def test_passphrases_are_six_words_and_never_alike():
    made = {new_passphrase() for _ in range(20)}
    assert len(made) == 20
    assert all(len(one.split()) == 6 for one in made)


@pytest.fixture
def command(full, monkeypatch, capsys):
    """Runs `usageflow privacy …` on the full vault; answers with status and output."""
    log(full, Person("Jane Doe"))
    full.services.close()
    monkeypatch.setattr(cli, "harden", lambda: None)

    def run(*arguments, lines=(PASSPHRASE,), vault=True):
        standard_input = io.TextIOWrapper(io.BytesIO("\n".join((*lines, "")).encode()))
        monkeypatch.setattr("sys.stdin", standard_input)
        opening = ("--workspace", str(full.directory), "--passphrase-stdin") if vault else ()
        status = cli.main(["privacy", *arguments, *opening])
        return status, capsys.readouterr()

    return run


def test_script_lists_exports_and_verifies(command, tmp_path):
    status, said = command("list", "--json")
    (request,) = json.loads(said.out)["requests"]
    assert (status, request["number"], request["person"]) == (0, "PR-0001", "Jane Doe")
    path = str(tmp_path / "jane.zip")
    status, said = command("export", "--request", "PR-0001", "--out", path, "--json")
    made = json.loads(said.out)
    assert (status, made["customers"]) == (0, ["cus_jane"])
    status, said = command("verify", path, "--json", lines=(made["passphrase"],), vault=False)
    assert (status, json.loads(said.out)["rows"]) == (0, made["rows"])
    status, said = command("verify", path, lines=("wrong",), vault=False)
    assert status == 1
    assert "does not open" in said.err


def test_script_is_told_of_a_flipped_byte(command, tmp_path):
    path = tmp_path / "jane.zip"
    _, said = command("export", "--request", "1", "--out", str(path), "--json")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    passphrase = json.loads(said.out)["passphrase"]
    assert command("verify", str(path), lines=(passphrase,), vault=False)[0] in {1, 12}


def test_script_is_told_of_an_unknown_number(command, tmp_path):
    status, said = command("export", "--request", "PR-0099", "--out", str(tmp_path / "x"))
    assert status == 1
    assert "no request PR-0099" in said.err


def test_script_prints_the_data_map(command):
    status, said = command("data-map", "--json", vault=False)
    categories = {one["category"]: one for one in json.loads(said.out)["categories"]}
    assert status == 0
    assert {"vault", "service"} <= {place["in"] for place in categories["usage"]["places"]}
    assert "books" in command("data-map", vault=False)[1].out
