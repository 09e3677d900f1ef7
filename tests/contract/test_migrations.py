"""Numbered scripts: each once, in order, and only those that are known."""

import sqlite3

import pytest

from contract import migrations
from contract.migrations import ChangedMigration, Migration, UnknownMigration

FIRST = Migration(1, "first", "CREATE TABLE a (n INTEGER);\n")
THIRD = Migration(30, "third", "INSERT INTO a VALUES (3);\n")
SECOND = Migration(20, "second", "INSERT INTO a VALUES (2);\n")


@pytest.fixture
def db():
    db = sqlite3.connect(":memory:", isolation_level=None)
    yield db
    db.close()


def values(db):
    return [n for (n,) in db.execute("SELECT n FROM a")]


def test_scripts_are_read_in_order_of_their_numbers(tmp_path):
    for name in ("0010_b_c.sql", "0002_a.sql", "notes.txt", "12_short.sql"):
        (tmp_path / name).write_text("SELECT 1;")
    found = migrations.released(tmp_path)
    assert [(one.number, one.name) for one in found] == [(2, "a"), (10, "b_c")]


def test_two_scripts_of_one_number_are_a_bug(tmp_path):
    for name in ("0002_a.sql", "0002_b.sql"):
        (tmp_path / name).write_text("SELECT 1;")
    with pytest.raises(ValueError, match="one number"):
        migrations.released(tmp_path)


def test_what_came_later_with_a_lower_number_is_run_once(db):
    migrations.apply(db, (FIRST, THIRD))
    assert migrations.pending(db, (FIRST, SECOND, THIRD)) == (SECOND,)
    for _ in range(2):
        migrations.apply(db, (FIRST, SECOND, THIRD))
    assert values(db) == [3, 2]
    assert migrations.version(db) == 30


def test_database_without_a_record_has_seen_all_up_to_its_version(db):
    migrations.apply(db, (FIRST, SECOND))
    db.execute("DROP TABLE applied_migrations")
    assert migrations.pending(db, (FIRST, SECOND, THIRD)) == (THIRD,)
    migrations.apply(db, (FIRST, SECOND, THIRD))
    assert values(db) == [2, 3]
    assert migrations.pending(db, (FIRST, SECOND, THIRD)) == ()


@pytest.mark.parametrize("known", [(FIRST, SECOND), (FIRST, THIRD)])
def test_script_that_is_not_known_is_refused(db, known):
    migrations.apply(db, (FIRST, SECOND, THIRD))
    with pytest.raises(UnknownMigration):
        migrations.pending(db, known)


def test_version_that_is_not_known_is_refused_without_a_record_too(db):
    db.execute("PRAGMA user_version = 25")
    with pytest.raises(UnknownMigration):
        migrations.pending(db, (FIRST, SECOND, THIRD))


def test_script_that_was_changed_is_refused_by_name(db):
    migrations.apply(db, (FIRST, SECOND))
    changed = Migration(20, "second", "INSERT INTO a VALUES (22);\n")
    with pytest.raises(ChangedMigration, match="0020_second"):
        migrations.apply(db, (FIRST, changed, THIRD))
    assert values(db) == [2]


def test_statements_are_cut_where_they_end():
    trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN\n  SELECT 1;\n  SELECT 2;\nEND;\n"
    script = f"-- why\n\nCREATE TABLE a (\n  n INTEGER -- a; b\n);\n{trigger}-- the end\n"
    table, last = migrations.statements(script)
    assert table.startswith("CREATE TABLE a")
    assert last == trigger


def test_statement_without_an_end_is_a_bug():
    with pytest.raises(ValueError, match="no end"):
        migrations.statements("CREATE TABLE a (n INTEGER)\n")
