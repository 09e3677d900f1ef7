"""What the service's website hands to desktops, for a service in memory."""

import json
import re
from urllib.parse import unquote

import httpx

from contract.messages.privacy import OwnedRequest, PrivacyMail, Submission, TakeSubmission
from contract.sealing import public_key_of, seal_message
from tests.fakes import NOON, timestamp

ITEM = re.compile(r"/v1/privacy/(inbox|requests)/([^/]+)(/take)?")


class Website:
    """Answers the routes of privacy of a `FakeHosted`."""

    def __init__(self, hosted):
        self.waiting, self.owned, self.choices, self.visits = {}, {}, [], 0
        self.dies_after = None
        self._hosted = hosted
        self._plain = hosted._answer
        hosted._answer = self._answer

    def submit(self, device, number, *, key=None, **content):
        """Something arrives, sealed to a device's vault."""
        with device.services.vault.transaction() as db:
            private = device.services.identities._private_key(db)
        submission_id = f"web_{number}"
        plain = json.dumps({"received_at": "2026-06-15T11:00:00Z", **content}).encode()
        sealed = seal_message(public_key_of(key or private), ("privacy", submission_id), plain)
        self.waiting[submission_id] = Submission(
            submission_id=submission_id, received_at=timestamp(NOON), sealed=sealed
        )
        return submission_id

    def _answer(self, request):
        found = ITEM.fullmatch(unquote(request.url.path))
        if request.url.path == "/v1/privacy":
            self.visits += 1
            return self._mail(int(request.url.params["after"]))
        if found is None:
            return self._plain(request)
        return self._item(request, *found.groups())

    def _mail(self, after):
        rows = [choice for _, choice in self.choices[after:]]
        mail = PrivacyMail(
            submissions=tuple(self.waiting.values()),
            requests=tuple(self.owned.values()),
            choices=tuple(rows),
            position=len(self.choices),
        )
        return httpx.Response(
            200, content=mail.model_dump_json(), headers={"content-type": "application/json"}
        )

    def _item(self, request, what, item_id, take):
        if what == "requests":
            body = OwnedRequest.model_validate_json(request.content)
            self.owned[item_id] = {"request_id": item_id, **body.model_dump()}
        elif take:
            owner = TakeSubmission.model_validate_json(request.content).vault_id
            row = self.waiting[item_id]
            if row.taken_by not in {None, owner}:
                return httpx.Response(409, headers={"content-type": "application/problem+json"})
            self.waiting[item_id] = row.model_copy(update={"taken_by": owner})
        else:
            del self.waiting[item_id]
        return httpx.Response(204)
