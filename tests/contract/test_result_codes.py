"""Errors of the database library by their code, also those of a copy, which come without one."""

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from contract.result_codes import primary_code


@pytest.fixture
def db(tmp_path):
    db = sqlcipher.connect(tmp_path / "source", isolation_level=None)
    db.execute("CREATE TABLE a (n INTEGER)")
    yield db
    db.close()


def test_statement_s_error_has_its_primary_code(db):
    db.execute("PRAGMA query_only = ON")
    with pytest.raises(sqlcipher.OperationalError) as told:
        db.execute("INSERT INTO a VALUES (1)")
    assert primary_code(told.value) == 8


def test_copy_that_fails_is_told_by_its_text(db, tmp_path):
    (tmp_path / "rubbish").write_bytes(b"rubbish" * 1000)
    target = sqlcipher.connect(tmp_path / "rubbish")
    with pytest.raises(sqlcipher.DatabaseError) as told:
        db.backup(target)
    target.close()
    assert not hasattr(told.value, "sqlite_errorcode")
    assert primary_code(told.value) == 26


def test_error_of_another_kind_has_no_code():
    assert primary_code(ValueError("disk is round")) == 0
