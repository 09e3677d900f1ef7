"""Each column the service stores is registered: what it holds about people, what becomes of it."""

import pytest

from desktop.domain.privacy.holdings import Erasure
from desktop.domain.privacy.service_registry import SERVICE
from hosted.storage.embedded import EmbeddedStorage


@pytest.fixture
def tables(tmp_path):
    """Columns of each table of the service."""
    storage = EmbeddedStorage(tmp_path, "5a" * 32, lambda: 1)
    db = storage._writer
    names = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    found = {
        name: {row[1] for row in db.execute(f"PRAGMA table_info('{name}')")}
        for name in names
        if not name.startswith("sqlite_")
    }
    storage.close()
    return found


def test_every_column_of_the_service_is_registered(tables):
    """A new table or column has to say what it holds about people before it may be built."""
    assert {holding.table: set(holding.columns) for holding in SERVICE} == tables


def test_what_is_personal_has_an_end_and_what_is_not_has_none():
    for holding in SERVICE:
        assert (holding.category is None) == (holding.erasure is Erasure.NONE)
