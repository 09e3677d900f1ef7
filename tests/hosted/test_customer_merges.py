"""What the service takes as a merge of customers: within one application, and never in a circle."""

import pytest

from contract.messages.configuration import CustomerChange, Edit
from contract.messages.customers import CustomerBody
from hosted.admin.rejection import Rejected
from hosted.admin.rules import check
from hosted.clock import system_clock
from hosted.storage.embedded import EmbeddedStorage
from tests.hosted.lab import application

APP, OTHER = "app_1", "app_2"


@pytest.fixture
def storage(tmp_path):
    storage = EmbeddedStorage(tmp_path, "5a" * 32, system_clock)
    with storage.transaction() as transaction:
        for app in (APP, OTHER):
            transaction.put_configuration("application", app, app, application(name=app))
        for customer, app, into in (
            ("cus_1", APP, None),
            ("cus_2", APP, "cus_1"),
            ("cus_3", APP, "cus_2"),
            ("cus_9", OTHER, None),
        ):
            body = {"application_id": app, "name": "", "merged": into and merged(into)}
            transaction.put_configuration("customer", customer, app, body)
    yield storage
    storage.close()


def merged(into, bills_from="2026-06-01"):
    return {"into": into, "bills_from": bills_from}


def judge(storage, customer, merge):
    body = CustomerBody.model_validate({"application_id": APP, "merged": merge})
    edit = Edit(
        idempotency_key="key-1",
        entity_id=customer,
        base_revision=0,
        edit=CustomerChange(entity="customer", body=body),
    )
    with storage.transaction() as transaction:
        check(transaction, edit)


@pytest.mark.parametrize("into", ["cus_1", "cus_3"])
def test_chain_that_ends_is_taken(storage, into):
    judge(storage, "cus_4", merged(into))
    judge(storage, "cus_4", None)


@pytest.mark.parametrize(
    ("customer", "merge", "field"),
    [
        ("cus_1", merged("cus_1"), "merged.into"),
        ("cus_1", merged("cus_3"), "merged.into"),
        ("cus_4", merged("cus_9"), "merged.into"),
        ("cus_4", merged("cus_gone"), "merged.into"),
        ("cus_4", merged("cus_1", "2026-06-02"), "merged.bills_from"),
    ],
)
def test_circle_stranger_or_middle_of_a_month_is_refused(storage, customer, merge, field):
    with pytest.raises(Rejected) as refused:
        judge(storage, customer, merge)
    assert refused.value.field == field
