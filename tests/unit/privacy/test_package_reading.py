"""Packages that were made to harm their reader, and work on two threads that fails on one."""

import io
import json
import os
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from zipfile import ZIP_DEFLATED, ZipFile

import pyrage
import pytest
import pyzipper
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.domain.errors import Cancelled, ExportFailed, InvalidInput, PackageDamaged
from desktop.services.privacy.package import verifying, writing
from desktop.services.privacy.package.archive import InnerArchive
from desktop.services.privacy.package.background import AHEAD, InOrder, read_ahead
from desktop.services.privacy.package.envelope import INNER, opened, sealed_age, sealed_zip
from desktop.services.privacy.package.verifying import verify_package
from desktop.services.storage import privacy_queries
from desktop.services.storage.database import few_pages
from desktop.services.storage.timestamps import microseconds
from desktop.services.whole_file import WholeFile
from tests.fakes import APPLICATION, no_report
from tests.unit.privacy.test_package import _short_letter, rebuilt, rows, written
from tests.unit.privacy.test_privacy_packages import full

__all__ = ["_short_letter", "full"]
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def verify(content, report=no_report):
    return verify_package(io.BytesIO(content), report)


def signed_again(content, change, files=None):
    """As somebody with a key of their own would send it."""
    manifest = json.loads(ZipFile(io.BytesIO(content)).read("manifest.json"))
    change(manifest)
    told = json.dumps(manifest).encode()
    signature = KEY.sign(told).hex().encode()
    changes = {"manifest.json": told, "manifest.sig": signature, **(files or {})}
    return rebuilt(content, changes)


def entry_of(manifest, path):
    return next(entry for entry in manifest["files"] if entry["path"] == path)


def test_file_that_unpacks_to_more_than_was_signed_is_not_read_to_its_end():
    large = b"{}\n" * 10_000_000
    with pytest.raises(PackageDamaged, match="not what was signed"):
        verify(rebuilt(written(rows(5)), {"README.txt": large}))


@pytest.mark.parametrize("name", ["manifest.json", "manifest.sig", "signer.pub"])
def test_overlong_file_is_not_held_in_memory(name, monkeypatch):
    monkeypatch.setattr(verifying, "LARGEST_SMALL", 5000)
    with pytest.raises(PackageDamaged, match="larger than any"):
        verify(rebuilt(written(rows(5)), {name: b" " * 5001}))


def test_manifest_that_tells_of_other_rows_is_seen():
    def more(manifest):
        entry_of(manifest, "data/days.csv")["rows"] = 6

    with pytest.raises(PackageDamaged, match="has 5 rows, not 6"):
        verify(signed_again(written(rows(5)), more))


def test_schema_that_would_fetch_something_is_refused():
    def nothing(manifest):
        pass

    schema = b'{"properties": {"a": {"$ref": "https://example.com"}}, "required": ["a"]}'
    content = signed_again(written(rows(5)), nothing, {"schema/days.schema.json": schema})
    with pytest.raises(PackageDamaged, match="describes no rows"):
        verify(content)


def test_list_without_a_schema_in_the_package_is_seen():
    def elsewhere(manifest):
        entry_of(manifest, "data/days.ndjson")["schema"] = "schema/none.json"

    with pytest.raises(PackageDamaged):
        verify(signed_again(written(rows(5)), elsewhere))


@pytest.fixture(scope="module")
def plain():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "letter_pdf", lambda *_: b"%PDF-1.7 a letter")
        return written(rows(5))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_is_changed_in_the_archive_is_told_in_one_way(plain, data):
    content = bytearray(plain)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        verify(bytes(content))
    except PackageDamaged:
        return
    # What is no part of any file, such as a file's date, may be another.
    assert files_in(bytes(content)) == files_in(plain)


def files_in(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_outer_file_that_is_compressed_is_not_unpacked(tmp_path):
    path = tmp_path / "bomb.zip"
    with pyzipper.AESZipFile(
        path, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES
    ) as outer:
        outer.setpassword(b"six words")
        outer.writestr(INNER, bytes(10_000_000))
    with pytest.raises(InvalidInput, match="no privacy package"), opened(str(path), "six words"):
        pass


def test_cancelling_ends_both_threads():
    def stop(done, total=None):
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        verify(written(rows(5)), stop)


def test_lists_are_deflated_for_every_common_tool():
    with ZipFile(io.BytesIO(written(rows(5)))) as archive:
        assert {info.compress_type for info in archive.infolist()} == {ZIP_DEFLATED}
        assert archive.testzip() is None


def test_archive_is_the_same_without_the_faster_library(monkeypatch):
    monkeypatch.setitem(sys.modules, "isal", None)
    slower = written(rows(5))
    assert verify(slower).rows == 5


def test_work_behind_keeps_its_order_and_tells_its_error():
    done = []
    with InOrder() as behind:
        for number in range(20):
            behind.do(lambda number=number: done.append(number))
        behind.finish()
        assert done == list(range(20))
        behind.do(lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            behind.finish()


def test_reading_ahead_stays_close_and_gives_errors_in_their_place():
    made = []

    def items():
        for number in range(1, 9):
            made.append(number)
            yield number
        raise KeyError("late")

    ahead = read_ahead(items())
    assert next(ahead) == 1
    ahead.close()
    assert len(made) <= 2 * AHEAD
    with pytest.raises(KeyError):
        list(read_ahead(items()))


def test_calls_of_a_customer_come_in_their_order_and_nobody_elses(device):
    start = datetime(2026, 6, 1, tzinfo=UTC)
    times = [start + timedelta(microseconds=one) for one in (5_000_001, 0, 3_000_000, 250)]
    with device.services.vault.transaction() as db:
        for number, at in enumerate(times):
            for customer in ("cus_jane", "cus_omar"):
                body = json.dumps({"customer_id": customer, "method": "GET", "url": f"/{number}"})
                values = (f"{customer}{number}", APPLICATION, microseconds(at), body, 0)
                db.execute("INSERT INTO kept_traces VALUES (?, ?, ?, ?, NULL, ?)", values)
    with device.services.vault.reading() as db:
        calls = list(privacy_queries.kept_calls(db, [(APPLICATION, "cus_jane")]))
        plan = db.execute(f"EXPLAIN QUERY PLAN {privacy_queries._CALLS}", ("a", "b")).fetchall()
    assert [at for at, *_ in calls] == [at.isoformat() for at in sorted(times)]
    assert [url for _, _, url, _ in calls] == ["/1", "/3", "/2", "/0"]
    assert {json.loads(body)["customer_id"] for *_, body in calls} == {"cus_jane"}
    assert "kept_traces_by_customer" in plan[0][-1]
    assert not any("TEMP B-TREE" in step[-1] for step in plan)


def test_reading_once_holds_few_pages_and_gives_the_memory_back(device):
    with device.services.vault.reading() as db:
        (usual,) = db.execute("PRAGMA cache_size").fetchone()
        with few_pages(db):
            (few,) = db.execute("PRAGMA cache_size").fetchone()
        assert db.execute("PRAGMA cache_size").fetchone() == (usual,)
    assert usual < few < 0


def test_usage_is_the_same_however_much_is_read_at_once(full, monkeypatch):
    both = [(APPLICATION, "cus_omar"), (APPLICATION, "cus_jane")]
    with full.services.vault.reading() as db:
        days = list(privacy_queries.usage_days(db, both))
        hours = list(privacy_queries.usage_hours(db, both))
        monkeypatch.setattr(privacy_queries, "_DAYS_AT_ONCE", 2)
        monkeypatch.setattr(privacy_queries, "_HOURS_AT_ONCE", 7200)
        assert list(privacy_queries.usage_days(db, both)) == days
        assert list(privacy_queries.usage_hours(db, both)) == hours
        assert list(privacy_queries.usage_days(db, [("nowhere", "cus_jane")])) == []
    assert sum(row[4] for row in hours) == 2000
    assert [row[:4] for row in hours] == sorted(row[:4] for row in hours)
    assert [row[:5] for row in days] == sorted(row[:5] for row in days)
    assert {row[2] for row in days} == {"cus_jane", "cus_omar"}


class FullDisk(WholeFile):
    def write(self, data):
        if self.size_bytes > 200_000:
            raise ExportFailed("The disk is full.")
        return super().write(data)


@pytest.mark.parametrize("seal", ["age", "zip"])
def test_full_disk_ends_a_package_and_leaves_nothing(seal, tmp_path):
    def sealed(file):
        if seal == "zip":
            return sealed_zip(file, "six words")
        return sealed_age(file, str(pyrage.x25519.Identity.generate().to_public()))

    with (  # noqa: PT012 (what is told from the inside must come out)
        pytest.raises(ExportFailed, match="disk is full"),
        FullDisk(str(tmp_path / "out")) as file,
        sealed(file) as stream,
        InnerArchive(stream, no_report) as archive,
    ):
        for number in range(40):
            archive.add(f"{number}", os.urandom(65_536))
        archive.files.clear()
    assert list(tmp_path.iterdir()) == []


def test_span_of_usage_is_found_without_reading_what_is_between(device):
    rows = """
        WITH RECURSIVE days(day) AS (SELECT 1 UNION ALL SELECT day + 1 FROM days WHERE day < 3000)
        INSERT INTO customer_days
        SELECT ?, day, 'cus_jane', 'end_0', 'units', 1, 1, 1, 1, 1 FROM days
    """
    steps = []
    with device.services.vault.transaction() as db:
        db.execute(rows, (APPLICATION,))
        db.set_progress_handler(lambda: steps.append(1), 10)
        span = db.execute(privacy_queries._SPAN_OF_DAYS, {"app": APPLICATION}).fetchone()
        db.set_progress_handler(None, 0)
    assert span == (1, 3000)
    assert len(steps) < 100
