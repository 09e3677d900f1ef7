"""Migrations: from empty, one after the other, whole or not at all, and never by accident."""

from pathlib import Path

import pytest

from contract.migrations import Migration
from desktop.domain.errors import VaultTooNew
from desktop.services.storage import audit, backup, schema
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
def released(monkeypatch):
    """Makes this a version of the program with other migrations."""

    def become(*known):
        monkeypatch.setattr(schema, "released", lambda: known)

    return become


def one_more(number, script="CREATE TABLE extra (a INTEGER NOT NULL) STRICT;\n"):
    """The migrations of a version of the program that has another one."""
    known = (*schema.released(), Migration(number, "extra", script))
    return sorted(known, key=lambda migration: migration.number)


def test_older_vault_is_migrated_after_a_copy(vault, released):
    version = schema.newest()
    vault.close()
    released(*one_more(9000))
    vault.unlock(PASSPHRASE)
    with vault.reading() as db:
        assert db.execute("PRAGMA user_version").fetchone() == (9000,)
        assert db.execute("SELECT count(*) FROM extra").fetchone() == (0,)
    (made,) = backup.listed(vault.files.backups)
    assert (made.reason, made.schema_version) == (backup.Reason.BEFORE_MIGRATION, version)
    assert backup.check(made.path) == made


@pytest.mark.real_argon2
def test_migration_that_fails_half_way_leaves_the_old_vault(vault, released, monkeypatch):
    version = schema.newest()
    vault.close()
    released(
        *one_more(
            9000, "CREATE TABLE extra (a INTEGER) STRICT;\nINSERT INTO misspelt VALUES (1);\n"
        )
    )
    with pytest.raises(Exception, match="misspelt"):
        vault.unlock(PASSPHRASE)
    monkeypatch.undo()
    vault.unlock(PASSPHRASE)
    with vault.reading() as db:
        assert db.execute("PRAGMA user_version").fetchone() == (version,)
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_schema")]
    assert "extra" not in names


def test_migration_of_a_lower_number_that_came_later_is_run_once(vault, released):
    version = schema.newest()
    vault.close()
    released(*one_more(2))
    for _ in range(2):
        vault.unlock(PASSPHRASE)
        with vault.reading() as db:
            assert db.execute("SELECT count(*) FROM extra").fetchone() == (0,)
            assert db.execute("PRAGMA user_version").fetchone() == (version,)
        vault.close()
    assert len(backup.listed(vault.files.backups)) == 1


def test_vault_that_kept_no_record_yet_gets_one_and_loses_nothing(vault, released):
    with vault.transaction() as db:
        db.execute("DROP TABLE applied_migrations")
    vault.close()
    vault.unlock(PASSPHRASE)
    with vault.reading() as db:
        rows = db.execute("SELECT number, name FROM applied_migrations ORDER BY number").fetchall()
        assert audit.latest(db, audit.Event.MIGRATED) is not None
    assert rows == [(migration.number, migration.name) for migration in schema.released()]


def test_migration_that_was_changed_since_is_refused_by_name(vault, released):
    vault.close()
    first, *others = schema.released()
    released(Migration(first.number, first.name, first.script + "\n"), *others)
    before = vault.files.database.read_bytes()
    with pytest.raises(VaultTooNew, match="step 0001_first is not the one of this version"):
        vault.unlock(PASSPHRASE)
    assert vault.files.database.read_bytes() == before


@pytest.mark.parametrize("number", [2, 9000])
def test_migration_that_this_version_does_not_have_names_the_remedy(vault, released, number):
    known = schema.released()
    vault.close()
    released(*one_more(number))
    vault.unlock(PASSPHRASE)
    vault.close()
    released(*known)
    with pytest.raises(VaultTooNew, match="Install the newer version"):
        vault.unlock(PASSPHRASE)


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
