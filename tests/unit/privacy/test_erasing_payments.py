"""Payment providers forget who pays, as far as they do that, and keep their invoices."""

import json
from contextlib import contextmanager
from dataclasses import replace

import pytest
import stripe

from contract.terms import BillingProvider
from desktop.domain.billing.mirror import MirroredObject, ObjectKind
from desktop.domain.billing.providers import Account, Mode
from desktop.domain.errors import PermissionMissing, ProviderUnreachable
from desktop.domain.money import Money
from desktop.domain.privacy.erasure import Customer, ErasureState, Place, ProcessorState
from desktop.services.billing.stripe import people
from desktop.services.privacy.erasing.payments import PaymentProcessor
from desktop.services.privacy.erasing.processors import Corrected, ProcessorSubject
from desktop.services.storage import erased_payers
from tests.fakes import APPLICATION, NOON
from tests.unit.privacy.test_erasing import (
    JANE,
    OMAR,
    ask,
    certificate_of,
    dump,
    erase,
    erasure_of,
    full,  # noqa: F401 - a fixture
)

TEST = Account(BillingProvider.STRIPE, Mode.TEST)
SUBJECT = ProcessorSubject((Customer(APPLICATION, JANE),), ())


class Gateway:
    """A provider that notes what it is told, unless it is away."""

    def __init__(self):
        self.forgotten, self.corrected, self.problem = [], [], None

    @contextmanager
    def opened(self, _account):
        if self.problem is not None:
            raise self.problem
        yield self

    def forget_payer(self, payer):
        self.forgotten.append(payer)

    def correct_payer(self, payer, field, value):
        self.corrected.append((payer, field, value))


@pytest.fixture
def gateway(full, monkeypatch):  # noqa: F811
    """Stripe and Paddle are connected; Jane pays through both, with an invoice at Stripe."""
    found = Gateway()
    monkeypatch.setattr(full.services.billing.gateways, "opened", found.opened)
    with full.services.vault.transaction() as db:
        for provider, payer in (("stripe", "cus_S1"), ("paddle", "ctm_P1")):
            db.execute(
                "INSERT INTO billing_connections VALUES (?, 'test', 'a', '', 's', 0, '[]', 1)",
                (provider,),
            )
            db.execute(
                "INSERT INTO billing_links VALUES (?, 'test', ?, ?, ?, 'hand')",
                (provider, APPLICATION, JANE, payer),
            )
        for kind, name, body in (
            ("customer", "jane@example.org", {"email": "jane@example.org"}),
            ("invoice", "INV-1", {"customer_email": "jane@example.org", "number": "INV-1"}),
        ):
            db.execute(
                "INSERT INTO billing_objects VALUES ('stripe', 'test', ?, ?, ?, 'paid', '', "
                "'cus_S1', 4200, 'EUR', 1, ?, 1)",
                (kind, f"{kind}_1", name, json.dumps(body)),
            )
    return found


def processor(device, place):
    services = device.services
    return PaymentProcessor(place, services.vault, services.billing.gateways, device.clock)


def test_payer_is_forgotten_at_both_and_the_certificate_says_what_they_keep(
    full,  # noqa: F811
    gateway,
    tmp_path,
):
    request_id = ask(full)
    assert erase(full, request_id).state is ErasureState.DONE
    assert sorted(gateway.forgotten) == ["ctm_P1", "cus_S1"]
    _, told = certificate_of(full, request_id, tmp_path)
    kept = {line["where"]: line["what"] + line["why"] for line in told["kept"]}
    assert "keeps invoices" in kept["Stripe"]
    assert "never deleted there" in kept["Paddle"]
    states = {line["name"]: line["state"] for line in told["processors"]}
    assert states == {"Stripe": "kept", "Paddle": "kept", "Sign-in provider": "not_connected"}


def test_invoice_stays_to_the_cent_without_the_person(full, gateway):  # noqa: F811
    erase(full)
    rows = full.query("SELECT kind, name, amount_minor, currency, body FROM billing_objects")
    assert rows == [("invoice", "INV-1", 4200, "EUR", '{"number":"INV-1"}')]
    assert "jane@example.org" not in dump(full)


@pytest.mark.parametrize("problem", [ProviderUnreachable("Away."), PermissionMissing("Not it.")])
def test_provider_that_does_not_do_it_keeps_the_erasure_open(full, gateway, problem):  # noqa: F811
    gateway.problem = problem
    request_id = ask(full)
    waiting = erase(full, request_id)
    assert (waiting.state, waiting.has_certificate) == (ErasureState.RUNNING, False)
    assert JANE in dump(full)
    gateway.problem = None
    erasure_of(full).go_on_with_all()
    assert erasure_of(full).progress_of(request_id).state is ErasureState.DONE


def test_nobody_who_pays_is_done_at_once(full, gateway):  # noqa: F811
    stranger = ProcessorSubject((Customer(APPLICATION, "u_nobody"),), ())
    stripe_side = processor(full, Place.STRIPE)
    assert stripe_side.preview(stranger).state is ProcessorState.DONE
    assert stripe_side.erase(stranger, "key").state is ProcessorState.DONE
    assert gateway.forgotten == []


def test_corrected_name_reaches_the_provider_and_other_fields_do_not(full, gateway):  # noqa: F811
    stripe_side = processor(full, Place.STRIPE)
    done = stripe_side.correct(SUBJECT, Corrected("email", "jd@example.org"), "key")
    assert (done.state, gateway.corrected) == (
        ProcessorState.DONE,
        [("cus_S1", "email", "jd@example.org")],
    )
    assert (
        "nothing of this kind" in stripe_side.correct(SUBJECT, Corrected("limit", "1"), "k").detail
    )
    gateway.problem = ProviderUnreachable("Away.")
    away = stripe_side.correct(SUBJECT, Corrected("name", "J"), "key")
    assert (away.state, away.detail) == (ProcessorState.UNREACHABLE, "Away.")


class StripeCustomers:
    """Answers a deletion with an error of the library."""

    def __init__(self, error):
        self.error = error
        self.v1 = self.customers = self

    def delete(self, _payer):
        raise self.error


def test_customer_who_is_gone_at_stripe_stays_gone():
    gone = stripe.InvalidRequestError("No such customer", "id", http_status=404)
    people.forget(StripeCustomers(gone), "cus_S1")
    refused = stripe.PermissionError("No", http_status=403)
    with pytest.raises(PermissionMissing):
        people.forget(StripeCustomers(refused), "cus_S1")


def told_again(device, kind=ObjectKind.INVOICE, **changes):
    """What the provider tells of an object with the next reading, as it comes to be stored."""
    body = {
        "number": "INV-2", "total": 4200, "customer_email": "jane@example.org",
        "lines": {"data": [{"amount": 4200, "description": "For Jane Doe", "tax": 700}]},
    }  # fmt: skip
    one = MirroredObject(
        kind, "in_2", "INV-2", "paid", "", "cus_S1", Money(4200, "EUR"), NOON, body
    )
    with device.services.vault.transaction() as db:
        key = device.services.vault.wrapping_key()
        return erased_payers.without_erased(db, key, TEST, [replace(one, **changes)])


def test_reading_after_an_erasure_brings_books_and_no_person(full, gateway):  # noqa: F811
    assert told_again(full)[0].body["customer_email"] == "jane@example.org"
    erase(full)
    (invoice,) = told_again(full)
    assert (invoice.name, invoice.amount) == ("INV-2", Money(4200, "EUR"))
    assert invoice.body == {
        "number": "INV-2", "total": 4200, "lines": {"data": [{"amount": 4200, "tax": 700}]},
    }  # fmt: skip
    assert told_again(full, ObjectKind.CUSTOMER, object_id="cus_S1") == []
    (payment,) = told_again(full, ObjectKind.PAYMENT, name="For Jane Doe")
    assert payment.name == ""


def test_readings_of_others_stay_as_they_are(full, gateway):  # noqa: F811
    erase(full)
    (other,) = told_again(full, customer_id="cus_S2")
    assert other.body["customer_email"] == "jane@example.org"
    (product,) = told_again(full, ObjectKind.PRODUCT, customer_id="", name="A plan")
    assert product.name == "A plan"


def test_payer_of_others_as_well_and_one_who_is_linked_anew_are_customers(full, gateway):  # noqa: F811
    link = "INSERT INTO billing_links VALUES ('stripe', 'test', ?, ?, 'cus_S1', 'hand')"
    with full.services.vault.transaction() as db:
        db.execute(link, (APPLICATION, OMAR))
    erase(full)
    assert told_again(full)[0].body["customer_email"] == "jane@example.org"
    with full.services.vault.transaction() as db:
        db.execute("DELETE FROM billing_links")
        key = full.services.vault.wrapping_key()
        db.execute(link, (APPLICATION, OMAR))
        erased_payers.note(db, key, (APPLICATION, OMAR), NOON)
        db.execute("DELETE FROM billing_links")
    assert "customer_email" not in told_again(full)[0].body
    with full.services.vault.transaction() as db:
        db.execute(link, (APPLICATION, OMAR))
    assert told_again(full)[0].body["customer_email"] == "jane@example.org"


def test_who_was_erased_is_kept_as_a_keyed_hash(full, gateway):  # noqa: F811
    erase(full)
    rows = full.query("SELECT record_id, body FROM privacy_records WHERE kind = 'erased_payer'")
    assert len(rows) == 2
    assert "cus_S1" not in repr(rows)
