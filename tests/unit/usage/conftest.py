"""A database in memory with the vault's tables."""

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from contract import migrations
from desktop.services.storage import schema


@pytest.fixture(scope="module")
def database():
    db = sqlcipher.connect(":memory:", isolation_level=None)
    migrations.apply(db, schema.released())
    yield db
    db.close()
