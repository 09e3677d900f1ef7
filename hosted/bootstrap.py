"""The first account of a new data directory, and a new token for an owner who lost theirs."""

import uuid
from typing import Final

from contract.messages.applications import ApplicationBody
from hosted.clock import Clock
from hosted.secrets import Secrets, new_owner_token, new_sdk_key
from hosted.storage.base import SdkKey, Storage

FIRST_APPLICATION: Final = "My API"
FIRST_KEY: Final = "First key"


def first_account(storage: Storage, secrets: Secrets, clock: Clock) -> dict[str, str]:
    """Make owner token, application and SDK key, unless the directory has an owner already.

    Returns the three secrets for the ready line: the one time they are shown.
    """
    if list(storage.owner_tokens()):
        return {}
    owner_token, sdk_key = new_owner_token(), new_sdk_key()
    application_id = f"app_{uuid.uuid4().hex}"
    with storage.transaction() as transaction:
        transaction.replace_owner_tokens(secrets.hash_of(owner_token), clock())
        body = ApplicationBody(name=FIRST_APPLICATION).model_dump(mode="json")
        transaction.put_configuration("application", application_id, application_id, body)
        transaction.add_sdk_key(
            SdkKey(
                key_id=f"key_{uuid.uuid4().hex}",
                application_id=application_id,
                name=FIRST_KEY,
                key_hash=secrets.hash_of(sdk_key),
                created_us=clock(),
            )
        )
    return {"owner_token": owner_token, "application_id": application_id, "sdk_key": sdk_key}


def another_token(storage: Storage, secrets: Secrets, clock: Clock) -> dict[str, str]:
    """Make a new owner token; every earlier one stops to work."""
    owner_token = new_owner_token()
    with storage.transaction() as transaction:
        transaction.replace_owner_tokens(secrets.hash_of(owner_token), clock())
    return {"owner_token": owner_token}
