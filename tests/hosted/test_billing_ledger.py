"""The ledger of reports: whatever desktops do, it says what was reported, and never too much."""

from types import SimpleNamespace

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.messages.billing import ClaimOutcome, ClaimState
from tests.billing.ledger import LedgerInMemory
from tests.hosted.billing_contract import SECOND, Books

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["run_a", "run_b", "run_c"]),
        st.sampled_from(["claim", "send", "refuse", "lose", "wait"]),
        st.integers(-20, 20),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_the_provider_has_what_the_ledger_says_whoever_reports(steps):
    """Each claim is sent under its id as often as anybody likes; the provider counts an id once."""
    books, provider = Books(LedgerInMemory()), {}
    basis, total, held = 0, 0, {}
    for holder, step, change in steps:
        if step == "wait":
            books.now_us += 301 * SECOND
        elif step == "claim":
            basis, total = basis + 1, total + change
            granted = books.claim(holder, total=str(total), basis=basis)
            if granted.outcome is ClaimOutcome.GRANTED:
                held[holder] = granted.claim
        elif holder in held:
            act(books, provider, held, SimpleNamespace(holder=holder, step=step))
    for claim in books.storage.claims_changed("", 0, 1000):
        if claim.state is ClaimState.OPEN:
            provider[claim.claim_id] = claim.units
            books.tell(claim, "sent", holder="run_z")
    assert books.reported() == sum(provider.values())


def act(books, provider, held, move):
    claim = held[move.holder]
    if move.step == "refuse":
        current = books.storage.claim(claim.claim_id)
        if current.holder == move.holder and claim.claim_id not in provider:
            books.tell(claim, "refused", holder=move.holder)
            del held[move.holder]
        return
    if books.storage.claim(claim.claim_id).state is ClaimState.OPEN:
        provider[claim.claim_id] = claim.units
    if move.step == "send":
        books.tell(claim, "sent", holder=move.holder)


def test_an_editor_claims_tells_and_reads_over_http(api):
    base = f"/v1/applications/{api.application_id}/billing"
    row = {
        "customer_id": "cus_1", "meter": "rule_1", "window": "2026-11-22", "payer": "cus_A",
        "event_name": "reads", "total": "2.5", "basis": 1,
    }  # fmt: skip
    side = {"provider": "stripe", "mode": "test", "account_id": "acct_1"}
    asked = {**side, "holder": "run_a", "rows": [row]}
    (granted,) = api.http.post(f"{base}/claims", json=asked).json()["rows"]
    assert (granted["outcome"], granted["claim"]["units"]) == ("granted", "2.5")
    told = {"claim_id": granted["claim"]["claim_id"], "state": "sent", "request_id": "req_1"}
    answer = api.http.post(f"{base}/outcomes", json={"holder": "run_a", "rows": [told]})
    assert answer.json()["rows"][0]["state"] == "sent"
    page = api.http.get(f"{base}/claims").json()
    assert [(one["state"], one["request_id"]) for one in page["rows"]] == [("sent", "req_1")]
    after = api.http.get(f"{base}/claims", params={"after": page["next_change"]}).json()
    assert (after["rows"], after["has_more"]) == ([], False)
    missing = api.http.post("/v1/applications/app_nobody/billing/claims", json=asked)
    assert missing.status_code == 404
    logged = api.http.get("/v1/audit", params={"entity": "billing"}).json()["rows"]
    assert logged[0]["after"]["claims"] == 1
