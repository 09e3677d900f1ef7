"""Every column of the vault is registered, and what is registered is exported or says why not."""

import sqlite3
from pathlib import Path

import pytest

from desktop.domain.privacy.categories import PROCESSING, Category
from desktop.domain.privacy.holdings import Erasure
from desktop.domain.privacy.registry import VAULT
from desktop.services.privacy.collecting import Subject, datasets

SCHEMA = Path(__file__).parents[1] / "schema.sql"


@pytest.fixture(scope="module")
def tables():
    """Columns of each table of the vault."""
    db = sqlite3.connect(":memory:")
    statements = SCHEMA.read_text().split("\n\n")
    db.executescript(";\n".join(s for s in statements if "sqlite_sequence" not in s))
    names = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    found = {
        name: {row[1] for row in db.execute(f"PRAGMA table_info('{name}')")}
        for name in names
        if not name.startswith("sqlite_")
    }
    db.close()
    return found


def test_every_column_of_the_vault_is_registered(tables):
    """A new table or column has to say what it holds about people before it may be built."""
    assert {holding.table: set(holding.columns) for holding in VAULT} == tables


def test_no_table_is_registered_twice():
    names = [holding.table for holding in VAULT]
    assert len(names) == len(set(names))


def test_what_is_personal_has_an_end_and_what_is_not_has_none():
    for holding in VAULT:
        assert (holding.category is None) == (holding.erasure is Erasure.NONE)
        assert holding.what


def test_personal_lists_are_in_a_package_or_are_copies():
    named = {dataset.name for dataset in datasets(None, Subject((), ()), ())}
    exported = {holding.exported_as for holding in VAULT if holding.exported_as}
    assert exported <= named
    for holding in VAULT:
        if holding.category and not holding.exported_as:
            copy = "copy" in holding.what or "copies" in holding.what
            assert copy or holding.erasure in {Erasure.FOLLOWS, Erasure.KEEP}


def test_every_category_says_why_it_is_processed():
    assert set(PROCESSING) == set(Category)
    for processing in PROCESSING.values():
        assert "GDPR" in processing.legal_basis
        assert processing.purpose
        assert processing.retention
