"""How tokens and SDK keys end, what follows them, and how the audit log tells it."""

from dataclasses import replace
from typing import Any, TypeVar

from hosted.admin.problems import Refusal
from hosted.clock import instant_us, rfc3339
from hosted.storage.base import AuditRecord, SdkKey, Token

Credential = TypeVar("Credential", SdkKey, Token)


def revoked(credential: Credential, now_us: int) -> Credential:
    """The credential out of use from now on."""
    return replace(credential, revoked_us=now_us)


def rotated(
    old: Credential, successor: Credential, ends_us: int
) -> tuple[Credential, Credential] | Refusal:
    """The old credential with its end, and the new one with the old one's name and lifetime.

    What ends anyway before `ends_us` keeps its end.
    """
    now_us = successor.created_us
    if not old.is_valid(now_us):
        return Refusal(409, "This one has ended already. Nothing was changed. Make a new one.")
    if old.expires_us is None:
        return replace(old, expires_us=ends_us), replace(successor, name=old.name)
    lasts_until = now_us + old.expires_us - old.created_us
    return (
        replace(old, expires_us=min(old.expires_us, ends_us)),
        replace(successor, name=old.name, expires_us=lasts_until),
    )


def record(
    actor: str, action: str, now_us: int, before: Credential | None, after: Credential
) -> AuditRecord:
    """The log's entry of a change; hashes are left out."""
    return AuditRecord(
        at_us=now_us,
        actor=actor,
        action=action,
        entity="token" if isinstance(after, Token) else "sdk_key",
        entity_id=after.token_id if isinstance(after, Token) else after.key_id,
        before=None if before is None else _shown(before),
        after=_shown(after),
    )


def instant(text: str | None) -> int | None:
    """Microseconds of a timestamp of the contract, or none."""
    return None if text is None else instant_us(text)


def timestamp(at_us: int | None) -> str | None:
    """Timestamp of the contract, or none."""
    return None if at_us is None else rfc3339(at_us)


def _shown(credential: SdkKey | Token) -> dict[str, Any]:
    if isinstance(credential, Token):
        whose = {"role": credential.role.value}
    else:
        whose = {"application_id": credential.application_id}
    return {
        **whose,
        "name": credential.name,
        "expires_at": timestamp(credential.expires_us),
        "revoked_at": timestamp(credential.revoked_us),
    }
