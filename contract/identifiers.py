"""Identifiers that desktop and service work out each for itself, and must work out alike."""

from typing import Final
from uuid import UUID, uuid5

POLICY_NAMESPACE: Final = UUID("6f6a4c0e-3c55-5d0b-9a3e-0d1f7a4be2c1")
"""Part of the contract: another value would give every existing policy a new id."""


def policy_id(application_id: str, method: str, url: str) -> str:
    """Id of the policy of one endpoint; the same on every desktop and in the service.

    Two desktops that make the same policy offline thereby meet in a conflict, not in a duplicate.
    `method` is upper case or `*`, `url` the framework's own route text.
    """
    return "pol_" + uuid5(POLICY_NAMESPACE, f"{application_id}\n{method}\n{url}").hex
