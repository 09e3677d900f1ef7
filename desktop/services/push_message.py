"""The message that carries queued edits to the service."""

import json
from collections.abc import Sequence

from contract.messages.configuration import PushRequest
from desktop.services.storage.outbox import PendingEdit


def push_message(edits: Sequence[PendingEdit]) -> bytes:
    """The message of `PushRequest`, checked, so that what is refused here is a bug of ours."""
    fields = [
        {
            "idempotency_key": edit.idempotency_key,
            "entity_id": edit.key.entity_id,
            "base_revision": edit.base_revision,
            "edit": {
                "entity": edit.key.entity,
                "body": None if edit.body is None else json.loads(edit.body),
            },
        }
        for edit in edits
    ]
    request = PushRequest.model_validate_json(json.dumps({"edits": fields}))
    return request.model_dump_json().encode()
