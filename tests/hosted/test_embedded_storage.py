"""The encrypted file behind the embedded form."""

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from contract.migrations import Migration
from hosted.clock import system_clock
from hosted.errors import StorageDamaged, StorageTooNew
from hosted.metering.ledger import Open
from hosted.storage.access_records import AuditRecord
from hosted.storage.connection import connect
from hosted.storage.embedded import DATA_FILE, EmbeddedStorage
from hosted.storage.schema import released
from tests.hosted.access_storage_contract import AccessContract
from tests.hosted.accounts_contract import AccountsContract
from tests.hosted.billing_contract import BillingContract
from tests.hosted.limits_storage_contract import LimitsStorageContract
from tests.hosted.reports_contract import ReportsContract
from tests.hosted.storage_contract import SIGHTING, Seconds, StorageContract, commit, event

KEY = "5a" * 32


class TestEmbeddedStorage(
    StorageContract,
    AccountsContract,
    AccessContract,
    LimitsStorageContract,
    ReportsContract,
    BillingContract,
):
    @pytest.fixture
    def storage(self, tmp_path):
        self.seconds = Seconds()
        self.opened = [EmbeddedStorage(tmp_path, KEY, system_clock, self.seconds)]
        self.directory = tmp_path
        yield self.opened[0]
        self.opened[-1].close()

    def reopened(self, storage):
        storage.close()
        self.opened.append(EmbeddedStorage(self.directory, KEY, system_clock, self.seconds))
        return self.opened[-1]

    def refuse_writes(self, storage):
        storage._writer.execute("PRAGMA query_only = ON")

    def allow_writes(self, storage):
        storage._writer.execute("PRAGMA query_only = OFF")


def test_wrong_key_and_damaged_file_are_told_in_words(tmp_path):
    EmbeddedStorage(tmp_path, KEY, system_clock).close()
    with pytest.raises(StorageDamaged, match="cannot be read"):
        EmbeddedStorage(tmp_path, "00" * 32, system_clock)
    data = tmp_path / DATA_FILE
    data.write_bytes(b"rubbish" * 1000)
    with pytest.raises(StorageDamaged, match="Nothing was changed"):
        EmbeddedStorage(tmp_path, KEY, system_clock)
    assert data.read_bytes() == b"rubbish" * 1000


def test_key_that_is_no_key_is_refused_before_the_library_sees_it(tmp_path):
    with pytest.raises(ValueError, match="64 lower-case hex digits"):
        connect(tmp_path / DATA_FILE, "5A" * 31)


def test_file_of_a_newer_release_is_refused_and_left_alone(tmp_path):
    EmbeddedStorage(tmp_path, KEY, system_clock).close()
    db = connect(tmp_path / DATA_FILE, KEY)
    db.execute("PRAGMA user_version = 4711")
    db.close()
    with pytest.raises(StorageTooNew, match="newer release"):
        EmbeddedStorage(tmp_path, KEY, system_clock)
    db = connect(tmp_path / DATA_FILE, KEY)
    assert db.execute("PRAGMA user_version").fetchone()[0] == 4711
    db.close()


def test_somebody_elses_encrypted_file_is_refused(tmp_path):
    db = connect(tmp_path / DATA_FILE, KEY)
    db.execute("CREATE TABLE notes (text TEXT)")
    db.close()
    with pytest.raises(StorageDamaged, match="Choose another data directory"):
        EmbeddedStorage(tmp_path, KEY, system_clock)


def test_migration_that_fails_half_way_leaves_the_old_file(tmp_path, monkeypatch):
    EmbeddedStorage(tmp_path, KEY, system_clock).close()
    steps = "CREATE TABLE half (a INTEGER) STRICT;\nSELECT nonsense();\n"
    broken = (*released(), Migration(9000, "half", steps))
    monkeypatch.setattr("hosted.storage.schema.released", lambda: broken)
    with pytest.raises(sqlcipher.DatabaseError):
        EmbeddedStorage(tmp_path, KEY, system_clock)
    monkeypatch.undo()
    storage = EmbeddedStorage(tmp_path, KEY, system_clock)
    tables = storage._writer.execute("SELECT name FROM sqlite_schema").fetchall()
    storage.close()
    assert ("half",) not in tables


def test_migration_keeps_an_encrypted_copy_of_the_file_before(tmp_path, monkeypatch):
    storage = EmbeddedStorage(tmp_path, KEY, system_clock)
    commit(storage, Open(event(), SIGHTING))
    storage.close()
    newest = released()[-1].number
    second = (*released(), Migration(9000, "later", "CREATE TABLE later (a INTEGER) STRICT;"))
    monkeypatch.setattr("hosted.storage.schema.released", lambda: second)
    EmbeddedStorage(tmp_path, KEY, system_clock).close()
    copy = connect(tmp_path / f"{DATA_FILE}.before-9000", KEY)
    assert copy.execute("SELECT count(*) FROM events").fetchone()[0] == 1
    assert copy.execute("PRAGMA user_version").fetchone()[0] == newest
    copy.close()


def test_migration_of_a_lower_number_that_came_later_is_run(tmp_path, monkeypatch):
    EmbeddedStorage(tmp_path, KEY, system_clock).close()
    late = (Migration(0, "late", "CREATE TABLE late (a INTEGER) STRICT;"), *released())
    monkeypatch.setattr("hosted.storage.schema.released", lambda: late)
    storage = EmbeddedStorage(tmp_path, KEY, system_clock)
    assert storage._writer.execute("SELECT count(*) FROM late").fetchone() == (0,)
    storage.close()


def test_migration_that_was_changed_since_is_refused_by_name(tmp_path, monkeypatch):
    EmbeddedStorage(tmp_path, KEY, system_clock).close()
    first, *others = released()
    changed = (Migration(first.number, first.name, first.script + "\n"), *others)
    monkeypatch.setattr("hosted.storage.schema.released", lambda: changed)
    with pytest.raises(StorageTooNew, match=f"{first.number:04d}_{first.name}"):
        EmbeddedStorage(tmp_path, KEY, system_clock)


def test_bytes_on_disk_hold_no_plain_text(tmp_path):
    storage = EmbeddedStorage(tmp_path, KEY, system_clock)
    commit(storage, Open(event(customer_id="cus_marker_4711"), SIGHTING))
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    storage.close()
    written += (tmp_path / DATA_FILE).read_bytes()
    assert b"cus_marker_4711" not in written
    assert b"SQLite format" not in written


def test_page_read_at_the_instant_of_a_commit_is_not_ahead_of_the_storage(tmp_path, monkeypatch):
    """Readers see a commit before the writer's own bookkeeping has heard of it."""
    storage = EmbeddedStorage(tmp_path, KEY, system_clock)
    seen = []

    def keep(caches):
        seen.append((storage.rollup_tail(0, 99)[-1].revision, storage.revision()))

    monkeypatch.setattr("hosted.storage.cache.Caches.keep", keep)
    commit(storage, Open(event(), SIGHTING))
    storage.close()
    ((in_the_page, known),) = seen
    assert known >= in_the_page


def test_log_is_begun_anew_when_it_is_long(tmp_path, monkeypatch):
    monkeypatch.setattr("hosted.storage.embedded.LONG_LOG_PAGES", 10)
    storage = EmbeddedStorage(tmp_path, KEY, system_clock)
    log = tmp_path / f"{DATA_FILE}-wal"
    sizes = []
    for _ in range(12):
        for _ in range(5):
            commit(storage, Open(event(), SIGHTING))
        sizes.append(log.stat().st_size)
        storage.checkpoint()
    storage.close()
    assert sizes[-1] <= sizes[2]


def test_a_bug_in_a_statement_is_not_called_the_disks_fault(tmp_path):
    storage = EmbeddedStorage(tmp_path, KEY, system_clock)
    with pytest.raises(sqlcipher.DatabaseError, match="no such table"), storage.transaction():
        storage._writer.execute("SELECT * FROM misspelt")
    storage.close()


@pytest.mark.parametrize(
    ("statement", "plan"),
    [
        (
            "SELECT * FROM events WHERE state IN (0, 1) ORDER BY expires_us",
            "events_held",
        ),
        ("SELECT * FROM endpoint_hours WHERE revision > 5 ORDER BY revision", "revision>"),
        ("SELECT * FROM customer_days WHERE revision > 5 ORDER BY revision", "revision>"),
        ("SELECT * FROM customer_hours WHERE revision > 5 ORDER BY revision", "revision>"),
        ("SELECT * FROM configuration WHERE revision > 5 ORDER BY revision", "revision>"),
    ],
)
def test_pages_are_read_by_an_index(tmp_path, statement, plan):
    storage = EmbeddedStorage(tmp_path, KEY, system_clock)
    steps = storage._writer.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
    storage.close()
    assert any(plan in step[3] for step in steps)
    assert not any("TEMP B-TREE" in step[3] for step in steps)


FORGERY = (
    "INSERT OR REPLACE INTO audit "
    "SELECT sequence, at_us, 'x', action, entity, entity_id, before, after, chain FROM audit"
)


@pytest.mark.parametrize(
    "statement", ["DELETE FROM audit", "UPDATE audit SET actor = 'x'", FORGERY]
)
def test_file_refuses_to_change_its_audit_log(tmp_path, statement):
    storage = EmbeddedStorage(tmp_path, KEY, system_clock)
    with storage.transaction() as transaction:
        transaction.append_audit(AuditRecord(1, "tok_1", "create", "policy", "pol_1"))
    before = storage.audit_from(1, 9)
    storage._writer.execute("PRAGMA recursive_triggers = ON")
    with pytest.raises(sqlcipher.IntegrityError, match="audit log"):
        storage._writer.execute(statement)
    assert storage.audit_from(1, 9) == before
    storage.close()
