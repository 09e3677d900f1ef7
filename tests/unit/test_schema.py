"""Migrations: from empty, one after the other, whole or not at all, and never by accident."""

from pathlib import Path

import pytest

from desktop.services.storage import backup, schema
from desktop.services.storage.vault import Vault

PASSPHRASE = "correct horse battery staple"
SNAPSHOT = Path(__file__).parent / "schema.sql"


@pytest.fixture
def vault(tmp_path):
    vault = Vault(tmp_path)
    vault.create(PASSPHRASE)
    yield vault
    vault.close()


def stored_schema(vault):
    with vault.reading() as db:
        rows = db.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
        return "\n\n".join(sql for (sql,) in rows) + "\n"


def test_schema_is_the_one_that_was_agreed(vault):
    """To agree to a change on purpose, write the new schema into tests/unit/schema.sql."""
    assert stored_schema(vault) == SNAPSHOT.read_text()


def test_every_table_is_strict(vault):
    with vault.reading() as db:
        tables = db.execute("PRAGMA table_list").fetchall()
    loose = [row[1] for row in tables if row[0] == "main" and row[2] == "table" and not row[5]]
    assert [name for name in loose if not name.startswith("sqlite_")] == []


@pytest.fixture
def newer(monkeypatch):
    """A next version of the program, with one migration more."""
    released = schema.pending

    def pending(version):
        extra = [] if version >= 9000 else [(9000, extra_script["text"])]
        return released(version) + extra

    extra_script = {"text": "CREATE TABLE extra (a INTEGER NOT NULL) STRICT;\n"}
    return lambda: (monkeypatch.setattr(schema, "pending", pending), extra_script)[1]


def test_older_vault_is_migrated_after_a_copy(vault, newer):
    version = schema.newest()
    vault.close()
    newer()
    vault.unlock(PASSPHRASE)
    with vault.reading() as db:
        assert db.execute("PRAGMA user_version").fetchone() == (9000,)
        assert db.execute("SELECT count(*) FROM extra").fetchone() == (0,)
    (made,) = backup.listed(vault.files.backups)
    assert (made.reason, made.schema_version) == (backup.Reason.BEFORE_MIGRATION, version)
    assert backup.check(made.path) == made


def test_migration_that_fails_half_way_leaves_the_old_vault(vault, newer, monkeypatch):
    version = schema.newest()
    vault.close()
    newer()["text"] = "CREATE TABLE extra (a INTEGER) STRICT;\nINSERT INTO misspelt VALUES (1);\n"
    with pytest.raises(Exception, match="misspelt"):
        vault.unlock(PASSPHRASE)
    monkeypatch.undo()
    vault.unlock(PASSPHRASE)
    with vault.reading() as db:
        assert db.execute("PRAGMA user_version").fetchone() == (version,)
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_schema")]
    assert "extra" not in names


def test_queries_of_the_screens_use_an_index(vault):
    from desktop.services.storage import usage_queries

    sources = (
        usage_queries.ENDPOINT_DAYS,
        usage_queries.CUSTOMER_DAYS,
        usage_queries.ENDPOINT_HOURS,
        usage_queries.CUSTOMER_HOURS,
    )
    values = {"app": "a", "start": 0, "end": 9, "keys": "[]"}
    with vault.reading() as db:
        for source in sources:
            for statement in (source.totals, source.buckets, source.sums):
                plan = [row[3] for row in db.execute("EXPLAIN QUERY PLAN " + statement, values)]
                scans = [
                    step for step in plan if step.startswith("SCAN") and "json_each" not in step
                ]
                assert scans == [], statement
