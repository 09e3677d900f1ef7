"""The service's own ledger of reports, in memory, behind the stand-in of the service."""

from contract.messages.billing import (
    ClaimsAnswer,
    ClaimsPage,
    ClaimsRequest,
    OutcomesAnswer,
    OutcomesRequest,
)
from hosted.admin.billing_claims import ClaimWindows, RecordOutcomes
from hosted.admin.billing_routes import _claim, _result
from hosted.storage.billing_records import ClaimKey
from tests.fakes import APPLICATION

PATH = f"/v1/applications/{APPLICATION}/billing"


class LedgerInMemory:
    """The part of a storage that the ledger needs."""

    def __init__(self):
        self.claims = {}
        self.changes = 0
        self.frozen = set()

    def is_frozen(self, customer_id):
        return customer_id in self.frozen

    def transaction(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        return None

    def append_audit(self, _record):
        return None

    def claim(self, claim_id):
        return self.claims.get(claim_id)

    def claims_of_window(self, key):
        fields = ClaimKey.__slots__
        wanted = [getattr(key, field) for field in fields]
        found = [c for c in self.claims.values() if [getattr(c, f) for f in fields] == wanted]
        return sorted(found, key=lambda claim: claim.part)

    def next_claim_slot(self, key, payer, event_name):
        wanted = (payer, event_name, key.window)
        mine = [(c.payer, c.event_name, c.window) == wanted for c in self.claims.values()]
        return sum(mine)

    def next_claim_change(self):
        self.changes += 1
        return self.changes

    def put_claim(self, claim):
        self.claims[claim.claim_id] = claim

    def claims_changed(self, _application_id, after, limit):
        found = [claim for claim in self.claims.values() if claim.change > after]
        return sorted(found, key=lambda claim: claim.change)[:limit]

    def reported(self):
        """Units that count as reported, in millionths."""
        states = {"sent", "accepted", "cancelling"}
        return sum(claim.units for claim in self.claims.values() if claim.state in states)


class LedgerRoutes:
    """Answers what the desktop asks of the ledger; `now_us` is the service's clock."""

    def __init__(self, storage, clock):
        self.storage = storage
        self._clock = clock

    def install(self, hosted):
        """Let the stand-in of the service answer with it."""
        hosted.live["POST", f"{PATH}/claims"] = lambda request: self.claim(request.content)
        hosted.live["POST", f"{PATH}/outcomes"] = lambda request: self.tell(request.content)
        hosted.live["GET", f"{PATH}/claims"] = lambda request: self.page(request.url.params)

    def claim(self, content):
        request = ClaimsRequest.model_validate_json(content)
        granted = self._run(ClaimWindows(APPLICATION, request, "tok", self._now_us()))
        return ClaimsAnswer(rows=tuple(map(_result, granted)))

    def tell(self, content):
        request = OutcomesRequest.model_validate_json(content)
        found = self._run(RecordOutcomes(APPLICATION, request, "tok", self._now_us()))
        return OutcomesAnswer(rows=tuple(map(_claim, found)))

    def page(self, query):
        after = int(query["after"])
        rows = tuple(map(_claim, self.storage.claims_changed(APPLICATION, after, 500)))
        return ClaimsPage(rows=rows, next_change=rows[-1].change if rows else after, has_more=False)

    def _run(self, command):
        with self.storage.transaction() as transaction:
            return command.apply(transaction)

    def _now_us(self):
        return int(self._clock().timestamp()) * 10**6
