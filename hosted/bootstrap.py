"""The first account of a new data directory, and a new token for an owner who lost theirs."""

import uuid
from typing import Final

from contract.messages.applications import ApplicationBody
from contract.terms import Role
from hosted.admin.key_commands import IssueKey
from hosted.admin.token_commands import IssueToken
from hosted.clock import Clock
from hosted.secrets import Secrets, new_sdk_key, new_token
from hosted.storage.access_records import AuditRecord, SdkKey, Token
from hosted.storage.base import Storage

FIRST_APPLICATION: Final = "My API"
FIRST_KEY: Final = "First key"
COMMAND_LINE: Final = "command_line"
"""Who made a change that no token made, in the audit log."""


def first_account(
    storage: Storage, secrets: Secrets, clock: Clock, token_name: str
) -> dict[str, str]:
    """Make owner token, application and SDK key, unless the directory has an account already.

    Returns what the ready line tells of them: the one time that token and key are shown.
    """
    if storage.tokens():
        return {}
    owner_token, sdk_key = new_token(Role.OWNER), new_sdk_key()
    application_id = f"app_{uuid.uuid4().hex}"
    key = SdkKey(
        key_id=f"key_{uuid.uuid4().hex}",
        application_id=application_id,
        name=FIRST_KEY,
        key_hash=secrets.hash_of(sdk_key),
        created_us=clock(),
    )
    body = ApplicationBody(name=FIRST_APPLICATION).model_dump(mode="json")
    with storage.transaction() as transaction:
        token = _owner_token(secrets, clock, owner_token, token_name)
        IssueToken(token, COMMAND_LINE).apply(transaction)
        transaction.put_configuration("application", application_id, application_id, body)
        transaction.append_audit(
            AuditRecord(clock(), COMMAND_LINE, "create", "application", application_id, None, body)
        )
        IssueKey(key, COMMAND_LINE).apply(transaction)
    return {
        "owner_token": owner_token,
        "application_id": application_id,
        "sdk_key": sdk_key,
        "sdk_key_id": key.key_id,
    }


def another_token(
    storage: Storage, secrets: Secrets, clock: Clock, token_name: str, *, ends_others: bool
) -> dict[str, str]:
    """Make one more owner token; with `ends_others` every earlier token stops to work."""
    owner_token = new_token(Role.OWNER)
    token = _owner_token(secrets, clock, owner_token, token_name)
    with storage.transaction() as transaction:
        IssueToken(token, COMMAND_LINE, ends_others=ends_others).apply(transaction)
    return {"owner_token": owner_token}


def _owner_token(secrets: Secrets, clock: Clock, owner_token: str, name: str) -> Token:
    return Token(
        token_id=f"tok_{uuid.uuid4().hex}",
        name=name,
        role=Role.OWNER,
        token_hash=secrets.hash_of(owner_token),
        created_us=clock(),
    )
