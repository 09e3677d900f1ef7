"""The inner archive: the same bytes for the same data, and no change goes unseen."""

import csv
import io
import json
from datetime import UTC, datetime
from html.parser import HTMLParser
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from desktop.domain.errors import Cancelled, PackageDamaged
from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.events import Received
from desktop.domain.privacy.kinds import Channel, RequestKind
from desktop.domain.privacy.requests import NewRequest, Person, PrivacyRequest
from desktop.services.privacy.package import datasets, parts, writing
from desktop.services.privacy.package.datasets import Dataset, Field, Kind
from desktop.services.privacy.package.manifest import Exclusion, SourceEntry
from desktop.services.privacy.package.verifying import verify_package
from desktop.services.privacy.package.writing import Contents, write_package
from tests.fakes import no_report

NOW = datetime(2026, 6, 20, 9, tzinfo=UTC)
KEY = bytes(range(32))
REQUEST = PrivacyRequest(
    "r1",
    7,
    NewRequest(RequestKind.ACCESS, Channel.EMAIL, NOW, "UTC", Person("Jane"), "My data?"),
    (Received(NOW),),
)
FIELDS = (
    Field("day", Kind.DAY, "Day."),
    Field("note", Kind.TEXT, "Anything."),
    Field("units", Kind.DECIMAL, "Units."),
    Field("calls", Kind.WHOLE, "Calls."),
)


@pytest.fixture(autouse=True)
def _short_letter(monkeypatch, request):
    """Drawing letters takes longer than all the rest; one test looks at the real one."""
    if "letter" not in request.node.name:
        monkeypatch.setattr(writing, "letter_pdf", lambda *_: b"%PDF-1.7 a letter")


def rows(count, note="ordinary"):
    return [
        {"day": f"2026-06-{day % 28 + 1:02}", "note": note, "units": "-1.5", "calls": day}
        for day in range(count)
    ]


def written(given_rows, report=no_report):
    tuples = [tuple(row.values()) for row in given_rows]
    dataset = Dataset("days", "Days", Category.USAGE, FIELDS, lambda: iter(tuples), "day")
    contents = Contents(
        REQUEST,
        "PR-0007",
        (dataset,),
        (SourceEntry("The vault", "complete"), SourceEntry("<service>", "unreachable", "offline")),
        (Exclusion("Figures of all callers", "no personal data"),),
    )
    stream = io.BytesIO()
    write_package(stream, contents, KEY, NOW, report)
    return stream.getvalue()


def names(content):
    return sorted(ZipFile(io.BytesIO(content)).namelist())


def read(content, name):
    return ZipFile(io.BytesIO(content)).read(name)


def verify(content, **options):
    return verify_package(io.BytesIO(content), no_report, **options)


def rebuilt(content, changes):
    """The archive with some members replaced, added or (None) left out."""
    out = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for name in [*old.namelist(), *(n for n in changes if n not in old.namelist())]:
            member = changes.get(name, old.read(name) if name in old.namelist() else b"")
            if member is not None:
                new.writestr(name, member)
    return out.getvalue()


def test_same_data_is_the_same_bytes():
    assert written(rows(50)) == written(rows(50))
    assert written(rows(50)) != written(rows(51))


def test_package_holds_every_list_twice_with_its_schema():
    content = written(rows(3))
    assert names(content) == [
        "README.txt", "data/days.csv", "data/days.ndjson", "index.html", "letter.pdf",
        "manifest.json", "manifest.sig", "schema/days.schema.json", "signer.pub",
    ]  # fmt: skip
    lines = [json.loads(line) for line in read(content, "data/days.ndjson").splitlines()]
    table = list(csv.DictReader(io.StringIO(read(content, "data/days.csv").decode())))
    assert lines == rows(3)
    assert [row["calls"] for row in table] == ["0", "1", "2"]
    assert [row["units"] for row in table] == ["-1.5"] * 3
    validator = Draft202012Validator(json.loads(read(content, "schema/days.schema.json")))
    for line in lines:
        validator.validate(line)


def test_letter_is_a_page_that_is_the_same_each_time():
    content = written(rows(1))
    assert read(content, "letter.pdf").startswith(b"%PDF-")
    assert content == written(rows(1))


def test_manifest_says_what_is_there_and_what_is_not():
    manifest = json.loads(read(written(rows(3)), "manifest.json"))
    (data,) = [entry for entry in manifest["files"] if entry["path"] == "data/days.ndjson"]
    assert (data["rows"], data["first"], data["last"]) == (3, "2026-06-01", "2026-06-03")
    assert manifest["request"] == "PR-0007"
    assert manifest["categories"][0]["category"] == "usage"
    assert manifest["sources"][1]["state"] == "unreachable"
    assert manifest["exclusions"][0]["ground"] == "no personal data"


def test_whole_package_is_verified():
    verified = verify(written(rows(5)))
    assert verified.rows == 5
    assert verified.manifest.request == "PR-0007"
    assert verify(written(rows(5)), signer=verified.signer) == verified
    with pytest.raises(PackageDamaged, match="somebody else"):
        verify(written(rows(5)), signer="00" * 32)


def test_empty_list_is_a_file_all_the_same():
    verified = verify(written([]))
    assert verified.rows == 0
    assert [e.rows for e in verified.manifest.files if e.schema] == [0, 0]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_flipped_byte_of_any_file_is_seen(data):
    """Of the files themselves; a reader may pass over a flip in the archive's own headers."""
    content = written(rows(5))
    name = data.draw(st.sampled_from(names(content)))
    member = bytearray(read(content, name))
    member[data.draw(st.integers(0, len(member) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(PackageDamaged):
        verify(rebuilt(content, {name: bytes(member)}))


@pytest.mark.parametrize("changes", [{"data/extra.csv": b"x"}, {"data/days.csv": None}])
def test_file_that_was_added_or_taken_away_is_seen(changes):
    with pytest.raises(PackageDamaged, match="other files"):
        verify(rebuilt(written(rows(5)), changes))


@pytest.mark.parametrize("name", ["manifest.json", "manifest.sig", "signer.pub"])
def test_what_vouches_cannot_be_taken_away(name):
    with pytest.raises(PackageDamaged, match="cut off"):
        verify(rebuilt(written(rows(5)), {name: None}))


@pytest.mark.parametrize("share", [0, 0.3, 0.9, 0.999])
def test_package_that_was_cut_off_is_seen(share):
    content = written(rows(500))
    with pytest.raises(PackageDamaged):
        verify(content[: int(len(content) * share)])


def test_rows_that_do_not_fit_their_schema_are_seen():
    wrong = [{"day": "2026-06-01", "note": 7, "units": "1", "calls": 1}]
    with pytest.raises(PackageDamaged, match="does not fit its schema"):
        verify(written(wrong))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_csv_never_begins_a_cell_with_a_formula(start):
    text = f"{start}HYPERLINK(1)"
    content = written(rows(1, note=text))
    (row,) = csv.DictReader(io.StringIO(read(content, "data/days.csv").decode(), newline=""))
    assert row["note"] == f"'{text}"
    assert json.loads(read(content, "data/days.ndjson"))["note"] == text


def test_text_with_breaks_and_quotes_survives_both_forms():
    text = 'two\nlines, "quoted" \u2028 <b>é</b>'
    content = written(rows(4, note=text))
    assert verify(content).rows == 4
    table = csv.DictReader(io.StringIO(read(content, "data/days.csv").decode(), newline=""))
    assert {row["note"] for row in table} == {text}


def test_large_list_comes_in_parts(monkeypatch):
    monkeypatch.setattr(datasets, "FEWEST", 3)
    monkeypatch.setattr(datasets, "MOST", 3)
    monkeypatch.setattr(parts, "ROWS_A_PART", 6)
    content = written(rows(14))
    assert [n for n in names(content) if n.endswith("ndjson")] == [
        "data/days-2.ndjson", "data/days-3.ndjson", "data/days.ndjson",
    ]  # fmt: skip
    assert verify(content).rows == 14
    lists = [read(content, f"data/days{n}.ndjson") for n in ("", "-2", "-3")]
    assert [json.loads(line)["calls"] for part in lists for line in part.splitlines()] == list(
        range(14)
    )


def test_cancel_leaves_no_package():
    def stop(done, total=None):
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        written(rows(5), stop)


def test_page_loads_nothing_and_shows_texts_as_they_are():
    page = read(written(rows(1)), "index.html").decode()
    tags = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag, attrs):
            tags.append((tag, dict(attrs)))

    Tags().feed(page)
    assert not {"script", "img", "link", "iframe", "form"} & {tag for tag, _ in tags}
    assert all("src" not in attrs and "href" not in attrs for _, attrs in tags)
    assert "&lt;service&gt;" in page
    assert "default-src 'none'" in page
