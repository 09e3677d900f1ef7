"""How tokens and SDK keys end, what follows them, and how the audit log tells it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final, TypeVar

from hosted.admin.problems import Refusal
from hosted.clock import SECOND_US, instant_us, rfc3339
from hosted.storage.access_records import AuditRecord, SdkKey, Token
from hosted.storage.base import Transaction

UNDO_WITHIN_US: Final = 3600 * SECOND_US
"""How long after its end a token can be taken back into use."""

Credential = TypeVar("Credential", SdkKey, Token)


def store(
    transaction: Transaction,
    actor: str,
    now_us: int,
    changes: Iterable[tuple[str, Credential | None, Credential]],
) -> None:
    """Store changed credentials, each with its entry in the audit log.

    A change is what was done, the credential before, and after.
    """
    for action, before, after in changes:
        if isinstance(after, Token):
            transaction.put_token(after)
        else:
            transaction.put_sdk_key(after)
        transaction.append_audit(_record(actor, action, now_us, before, after))


def exchange(
    transaction: Transaction, old: Credential, successor: Credential, ends_us: int, actor: str
) -> tuple[Credential, Credential] | Refusal:
    """Put the successor in the old one's place, which goes on until `ends_us`; both, as stored."""
    pair = _rotated(old, successor, ends_us)
    if isinstance(pair, Refusal):
        return pair
    ended, new = pair
    store(transaction, actor, new.created_us, [("rotate", old, ended), ("issue", None, new)])
    return pair


def revoke(transaction: Transaction, credential: Credential, now_us: int, actor: str) -> Credential:
    """Take a credential out of use; one that is out of use already stays as it is."""
    if credential.revoked_us is not None:
        return credential
    ended = replace(credential, revoked_us=now_us)
    store(transaction, actor, now_us, [("revoke", credential, ended)])
    return ended


def restored(credential: Credential, now_us: int) -> Credential | Refusal:
    """The credential in use again, soon after it was revoked."""
    if credential.revoked_us is None:
        return credential
    if now_us - credential.revoked_us > UNDO_WITHIN_US:
        return Refusal(
            409, "This one was revoked more than an hour ago. Nothing was changed. Make a new one."
        )
    return replace(credential, revoked_us=None)


def _rotated(
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


def _record(
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
        whose: dict[str, Any] = {"role": credential.role.value}
        if credential.application_ids is not None:
            whose["application_ids"] = list(credential.application_ids)
    else:
        whose = {"application_id": credential.application_id}
    return {
        **whose,
        "name": credential.name,
        "expires_at": timestamp(credential.expires_us),
        "revoked_at": timestamp(credential.revoked_us),
    }
