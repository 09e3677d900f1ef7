"""Keys the owner keeps in the vault: what is told of them, and how their provider is recognised."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from desktop.domain.ids import KeyId

EXPIRY_REMINDER: Final = timedelta(days=30)
"""How long before its end a key begins to be announced."""
PREFIXES: Final = (
    ("uf_live_", "UsageFlow SDK"),
    ("uf_owner_", "UsageFlow owner"),
    ("sk_live_", "Stripe"),
    ("sk_test_", "Stripe (test)"),
    ("rk_live_", "Stripe, restricted"),
    ("rk_test_", "Stripe, restricted (test)"),
    ("pk_live_", "Stripe, publishable"),
    ("whsec_", "Webhook secret"),
    ("pdl_live_", "Paddle"),
    ("pdl_sdbx_", "Paddle (sandbox)"),
    ("pdl_ntfset_", "Paddle webhook"),
    ("github_pat_", "GitHub"),
    ("ghp_", "GitHub"),
    ("gho_", "GitHub"),
    ("ghs_", "GitHub"),
    ("glpat-", "GitLab"),
    ("xoxb-", "Slack"),
    ("xoxp-", "Slack"),
    ("AKIA", "AWS"),
    ("ASIA", "AWS, temporary"),
    ("AIza", "Google"),
    ("GOCSPX-", "Google OAuth"),
    ("SG.", "SendGrid"),
    ("shpat_", "Shopify"),
    ("sq0atp-", "Square"),
    ("EAAA", "Square"),
    ("npm_", "npm"),
    ("dop_v1_", "DigitalOcean"),
    ("figd_", "Figma"),
    ("lin_api_", "Linear"),
    ("sntrys_", "Sentry"),
    ("dckr_pat_", "Docker Hub"),
    ("tskey-", "Tailscale"),
    ("PMAK-", "Postman"),
    ("eyJ", "JSON web token"),
    ("-----BEGIN", "Private key"),
)
"""Beginnings that providers give their keys, the longer one first. Source: their documentation."""


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key without its secret; `hint` is its last four characters, empty for a short secret."""

    key_id: KeyId
    name: str
    note: str
    hint: str
    created_at: datetime
    made_by_service: bool
    """An SDK key of this workspace's service, stored by itself when it was issued."""
    provider: str = ""
    scope: str = ""
    tags: tuple[str, ...] = ()
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    application_id: str = ""
    in_keyring: bool = False
    """Whether scripts find a copy under its name in the system's keyring."""


@dataclass(frozen=True, slots=True)
class KeyDetails:
    """What the owner says about a key; everything but the name may be empty."""

    name: str
    note: str = ""
    scope: str = ""
    tags: tuple[str, ...] = ()
    expires_on: date | None = None
    """The last day on which it is good, UTC."""
    provider: str = ""
    """Empty: recognised by the beginning of the secret."""


@dataclass(frozen=True, slots=True)
class KeyReport:
    """What deserves attention. Ids are those of `StoredKey`; a key may be in several lists."""

    reused: tuple[tuple[KeyId, ...], ...]
    """Groups of keys with the same secret."""
    weak: tuple[KeyId, ...]
    """Guessed within reach of an attacker: a strength of 0 to 2 of 4."""
    old: tuple[KeyId, ...]
    """Unchanged for a year or more."""
    expiring: tuple[KeyId, ...]
    """Within 30 days."""
    expired: tuple[KeyId, ...]


@dataclass(frozen=True, slots=True)
class Reminder:
    """A key that ends soon, or has ended."""

    key_id: KeyId
    name: str
    made_by_service: bool
    expires_at: datetime
    days_left: int
    """Whole days; 0 on its last day, negative once it has ended."""


@dataclass(frozen=True, slots=True)
class SdkKeyUse:
    """What the service tells of one of its keys."""

    key_id: KeyId
    """Id in the vault; empty for a key that this vault does not hold."""
    service_key_id: str
    application_id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


class ImportVerdict(StrEnum):
    """What would become of an entry of a file."""

    NEW = "new"
    ALREADY_THERE = "already there"
    """Same name and same secret: not stored again."""
    UNUSABLE = "unusable"
    """Without a name or a secret, or too long."""


@dataclass(frozen=True, slots=True)
class ImportLine:
    """An entry of a file, without its secret."""

    place: int
    """From 0, in the order of the file."""
    details: KeyDetails
    hint: str
    verdict: ImportVerdict
    reason: str = ""
    """With `UNUSABLE`: why, in words."""


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What a file would bring; nothing has been stored."""

    digest: str
    """Of the file as it was looked at."""
    lines: tuple[ImportLine, ...]
    left_out: tuple[str, ...]
    """What the file holds beside keys, in words, each with a number."""


@dataclass(frozen=True, slots=True)
class ImportReceipt:
    added: int
    already_there: int
    """Same name and same secret: not stored again."""
    unusable: int
    """Without a name or a secret, or too long."""


def provider_of(secret: str) -> str:
    """Name of the provider whose keys begin like this, or nothing."""
    return next((name for prefix, name in PREFIXES if secret.startswith(prefix)), "")
