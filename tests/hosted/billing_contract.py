"""What every storage must do for the ledger of reports, and what its rules promise."""

from contract.messages.billing import ClaimOutcome, ClaimsRequest, ClaimState, OutcomesRequest
from hosted.admin.billing_claims import ClaimWindows, RecordOutcomes
from hosted.admin.quantities import micro_of

APP = "app_1"
SECOND = 1_000_000
DAY = "2026-11-22"


class Books:
    """The ledger of one storage, asked as desktops do."""

    def __init__(self, storage):
        self.storage = storage
        self.now_us = 1_795_424_400 * SECOND

    def claim(self, holder="run_a", *, total="10", lease_s=300, application_id=APP, **wish):
        wanted = {
            "customer_id": "cus_1", "meter": "rule_1", "window": DAY, "payer": "cus_A",
            "event_name": "reads", "total": total, "basis": 1, **wish,
        }  # fmt: skip
        request = ClaimsRequest.model_validate_json(
            ClaimsRequest.model_construct(
                provider="stripe", mode="live", account_id="acct_1", holder=holder,
                lease_s=lease_s, rows=(wanted,),
            ).model_dump_json(warnings=False)
        )  # fmt: skip
        command = ClaimWindows(application_id, request, "tok_1", self.now_us)
        with self.storage.transaction() as transaction:
            (answer,) = command.apply(transaction)
        return answer

    def tell(self, claim, state, holder="run_a", application_id=APP, **words):
        row = {"claim_id": claim.claim_id, "state": ClaimState(state), **words}
        request = OutcomesRequest(holder=holder, rows=(row,))
        command = RecordOutcomes(application_id, request, "tok_1", self.now_us)
        with self.storage.transaction() as transaction:
            return command.apply(transaction)

    def reported(self):
        """Units that count as reported, in millionths."""
        found = self.storage.claims_changed(APP, 0, 1000)
        return sum(claim.units for claim in found if claim.state in {"sent", "accepted"})


class BillingContract:
    def test_a_window_is_claimed_once(self, storage):
        books = Books(storage)
        first = books.claim("run_a")
        assert (first.outcome, first.claim.units) == (ClaimOutcome.GRANTED, 10 * SECOND)
        other = books.claim("run_b")
        assert (other.outcome, other.claim.claim_id) == (ClaimOutcome.HELD, first.claim.claim_id)

    def test_who_asks_again_gets_the_same_claim(self, storage):
        books = Books(storage)
        first, again = books.claim("run_a"), books.claim("run_a", total="99")
        assert again.outcome is ClaimOutcome.GRANTED
        assert (again.claim.claim_id, again.claim.units) == (first.claim.claim_id, 10 * SECOND)

    def test_a_claim_whose_lease_has_ended_goes_on_with_the_next(self, storage):
        books = Books(storage)
        first = books.claim("run_a").claim
        books.now_us += 301 * SECOND
        taken = books.claim("run_b", total="12").claim
        assert (taken.claim_id, taken.units, taken.holder) == (first.claim_id, first.units, "run_b")
        assert taken.sending_since_us == first.sending_since_us

    def test_only_the_difference_is_claimed_later(self, storage):
        books = Books(storage)
        books.tell(books.claim().claim, "sent")
        assert books.claim().outcome is ClaimOutcome.NOTHING
        more = books.claim(total="12.5", basis=2).claim
        assert (more.part, more.units, more.slot) == (2, 2_500_000, 1)
        books.tell(more, "accepted")
        less = books.claim(total="3", basis=3).claim
        assert less.units == micro_of("-9.5")

    def test_what_was_refused_may_be_claimed_anew(self, storage):
        books = Books(storage)
        first = books.claim().claim
        books.tell(first, "refused", reason="no such customer")
        again = books.claim().claim
        assert (again.units, again.part) == (first.units, 2)
        assert again.claim_id != first.claim_id

    def test_an_older_desktop_takes_nothing_back(self, storage):
        books = Books(storage)
        books.tell(books.claim(total="10", basis=7).claim, "sent")
        assert books.claim(total="8", basis=6).outcome is ClaimOutcome.STALE

    def test_a_window_does_not_move_to_another_payer_or_name(self, storage):
        books = Books(storage)
        books.tell(books.claim().claim, "sent")
        for other in ({"payer": "cus_B"}, {"event_name": "writes"}):
            assert books.claim(total="11", basis=2, **other).outcome is ClaimOutcome.MOVED

    def test_an_uncertain_claim_waits_for_its_owner(self, storage):
        books = Books(storage)
        claim = books.claim().claim
        books.tell(claim, "uncertain")
        books.now_us += 10**6 * SECOND
        assert books.claim("run_b").outcome is ClaimOutcome.HELD
        (decided,) = books.tell(claim, "accepted", holder="owner")
        assert decided.state is ClaimState.ACCEPTED
        assert books.claim("run_b").outcome is ClaimOutcome.NOTHING

    def test_who_lost_the_claim_may_only_say_that_it_was_sent(self, storage):
        books = Books(storage)
        claim = books.claim("run_a").claim
        books.now_us += 301 * SECOND
        books.claim("run_b")
        for state in ("refused", "uncertain", "open"):
            (kept,) = books.tell(claim, state, holder="run_a")
            assert (kept.state, kept.holder) == (ClaimState.OPEN, "run_b")
        (sent,) = books.tell(claim, "sent", holder="run_a", request_id="req_1")
        assert (sent.state, sent.request_id) == (ClaimState.SENT, "req_1")

    def test_saying_that_nothing_was_counted_begins_a_new_time(self, storage):
        books = Books(storage)
        claim = books.claim(lease_s=3600).claim
        books.now_us += 90_000 * SECOND
        books.claim()
        (anew,) = books.tell(claim, "open")
        assert anew.sending_since_us == books.now_us

    def test_a_report_that_was_taken_back_no_longer_counts(self, storage):
        books = Books(storage)
        claim = books.claim().claim
        books.tell(claim, "sent")
        books.tell(claim, "cancelling")
        assert books.claim("run_b", total="11", basis=2).outcome is ClaimOutcome.HELD
        books.tell(claim, "cancelled")
        assert books.claim("run_b", payer="cus_B").claim.units == 10 * SECOND

    def test_payers_of_several_customers_have_a_slot_for_each(self, storage):
        books = Books(storage)
        slots = [books.claim(customer_id=f"cus_{n}").claim.slot for n in range(3)]
        assert slots == [0, 1, 2]
        assert books.claim(customer_id="cus_4", window="2026-11-21").claim.slot == 0

    def test_changes_are_followed_in_their_order(self, storage):
        books = Books(storage)
        first = books.claim().claim
        second = books.claim(customer_id="cus_2").claim
        books.claim(customer_id="cus_3", application_id="app_2")
        books.tell(first, "sent")
        changed = storage.claims_changed(APP, 0, 10)
        assert [claim.claim_id for claim in changed] == [second.claim_id, first.claim_id]
        assert storage.claims_changed(APP, changed[0].change, 10) == [changed[1]]

    def test_claims_of_another_application_are_left_alone(self, storage):
        books = Books(storage)
        claim = books.claim().claim
        assert books.tell(claim, "sent", application_id="app_2") == []
        assert storage.claims_changed(APP, 0, 10)[0].state is ClaimState.OPEN
