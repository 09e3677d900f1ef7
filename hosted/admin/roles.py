"""What the roles may do. Every route asks for one permission; a role has it or not."""

from enum import StrEnum
from typing import Final

from contract.terms import Role


class Permission(StrEnum):
    """Kinds of things a route does."""

    READ = "read"
    """Usage, configuration, traces, health, metrics."""
    EDIT = "edit"
    """Configuration, SDK keys, corrections."""
    PEOPLE = "people"
    """What concerns one person: look up a pseudonym, name a customer."""
    BILLING = "billing"
    """Claim usage that is reported to a payment provider."""
    ERASE = "erase"
    """Take people out of the data for good."""
    AUDIT = "audit"
    """Who changed what."""
    ACCESS = "access"
    """Tokens, roles, and the key identities are sealed to."""


GRANTS: Final = {
    Role.OWNER: frozenset(Permission),
    Role.EDITOR: frozenset(Permission) - {Permission.ACCESS, Permission.ERASE},
    Role.VIEWER: frozenset({Permission.READ}),
    Role.PRIVACY_OFFICER: frozenset(
        {Permission.READ, Permission.PEOPLE, Permission.ERASE, Permission.AUDIT}
    ),
}

EDITS_OF_PEOPLE: Final = frozenset({"customer", "freeze"})
"""Kinds of rows whose edits concern a person and no more."""


def roles_with(permission: Permission) -> tuple[Role, ...]:
    """Roles that have a permission, the mightiest first."""
    return tuple(role for role in Role if permission in GRANTS[role])


def needed_for(entity: str) -> Permission:
    """What an edit of a kind of row needs."""
    return Permission.PEOPLE if entity in EDITS_OF_PEOPLE else Permission.EDIT
