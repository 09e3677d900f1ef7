"""Where personal data lies: each table of the vault, what is about people, what becomes of it.

One list drives the data map (GDPR Art. 30), tells what a person's package must hold and what an
erasure must reach. A table or column that is not in it fails the tests. `vault_tables/` has the
tables by topic.
"""

from typing import Final

from desktop.domain.privacy.holdings import Holding
from desktop.domain.privacy.vault_tables import billing, customers, owner, privacy, sync, usage

VAULT: Final[tuple[Holding, ...]] = (
    *usage.TABLES,
    *customers.TABLES,
    *sync.TABLES,
    *privacy.TABLES,
    *billing.TABLES,
    *owner.TABLES,
)
"""In the order of the data map: the books first."""
