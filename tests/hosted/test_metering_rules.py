"""What the service refuses in a policy, with the field and the place."""

import pytest

from contract.identifiers import override_id, policy_id
from contract.messages.configuration import Edit, LimitOverrideChange, PolicyChange
from contract.messages.policies import Limit, LimitOverrideBody, Metering, PolicyBody
from contract.terms import LimitInterval, LimitScope, MeteringTrigger
from hosted.admin.rules import Rejected, check
from hosted.storage.configuration_records import ConfigRow


class OneApplication:
    """As much of a transaction as the rules ask for."""

    def configuration(self, entity, entity_id):
        if entity != "application":
            return None
        return ConfigRow(entity, entity_id, entity_id, 1, {"name": "Shop"})


def edit_of(metering):
    """An edit of a policy that meters so."""
    body = PolicyBody(application_id="app_1", method="GET", url="/x", metering=metering)
    change = PolicyChange(entity="policy", body=body)
    entity_id = policy_id("app_1", "GET", "/x")
    return Edit(idempotency_key="k", entity_id=entity_id, base_revision=0, edit=change)


@pytest.mark.parametrize(
    ("metering", "field", "reason"),
    [
        (
            Metering(expression="amount + tokns"),
            "metering.expression",
            "no field “tokns”.* at character 10",
        ),
        (
            Metering(trigger=MeteringTrigger.RESPONSE_VALUE, condition="status"),
            "metering.condition",
            "truth value is needed",
        ),
        (Metering(trigger=MeteringTrigger.RESPONSE_VALUE), "metering.condition", "needs a"),
        (Metering(condition="status < 400"), "metering.condition", "Only the trigger"),
    ],
)
def test_metering_that_cannot_be_names_field_and_place(metering, field, reason):
    with pytest.raises(Rejected, match=reason.replace(".* at", r".*\(at")) as refused:
        check(OneApplication(), edit_of(metering))
    assert refused.value.field == field


def test_metering_that_can_be_read_is_taken():
    metering = Metering(
        expression="if(status < 400, amount, 0)",
        trigger=MeteringTrigger.RESPONSE_VALUE,
        condition="tokens > 0",
    )
    check(OneApplication(), edit_of(metering))


def test_override_cannot_hold_for_all_callers():
    limit = Limit(allowed=1, interval=LimitInterval.DAY, scope=LimitScope.APPLICATION)
    body = LimitOverrideBody(
        application_id="app_1", policy_id="pol_1", customer_id="cus_1", limits=(limit,)
    )
    edit = Edit(
        idempotency_key="k",
        entity_id=override_id("pol_1", "cus_1"),
        base_revision=0,
        edit=LimitOverrideChange(entity="limit_override", body=body),
    )
    with pytest.raises(Rejected, match="one customer alone") as refused:
        check(OneApplication(), edit)
    assert refused.value.field == "limits.0.scope"
