"""Who called: reads the identity out of an alias and replaces it by its pseudonym at once."""

from typing import Final

from contract.messages.rollups import ANONYMOUS
from hosted.secrets import Secrets

FUNCTION_MARK: Final = " func:"
IDENTITY_ONLY_METHODS: Final = frozenset({"CHAT", "EMBED", "WITHDRAW", "CREDIT"})
"""Methods of metered model calls: their alias is the bare identity."""


def identity_in(alias: str, method: str, url: str, *, is_function: bool) -> str:
    """Identity part of a ledger name, empty when there is none.

    The identity may contain blanks, so the known beginning is cut off and nothing is split.
    Source: SDK protocol, "Alias".
    """
    if is_function:
        alias = alias.rpartition(FUNCTION_MARK)[0]
    prefix = f"{method} {url} "
    if alias.startswith(prefix):
        return alias[len(prefix) :]
    return alias if method in IDENTITY_ONLY_METHODS else ""


def customer_id(secrets: Secrets, application_id: str, identity: str) -> str:
    """Pseudonym of an identity; `ANONYMOUS` for none."""
    if not identity:
        return ANONYMOUS
    return secrets.pseudonym(application_id, identity)
