"""Any mix of troubles, delays, corrections and desktops: the provider has what the ledger says."""

import os
import random
from contextlib import suppress

import pytest

from desktop.domain.errors import AppError
from tests.billing.scene import ACCOUNT, APP, Shop

STEPS = int(os.environ.get("USAGEFLOW_BILLING_STEPS", "18"))
SEEDS = range(int(os.environ.get("USAGEFLOW_BILLING_SEEDS", "1")))
TROUBLES = ("ok", "ok", "ok", 409, 429, 500, 503, "lost", "late", "late")

pytestmark = pytest.mark.timeout(60 + len(SEEDS) * STEPS * 5)


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_stripe_has_counted_what_the_ledger_says(tmp_path, hosted, seed):
    """`USAGEFLOW_BILLING_SEEDS` and `USAGEFLOW_BILLING_STEPS` make it longer."""
    chance = random.Random(seed)  # noqa: S311 (the same troubles each time)
    first = Shop(tmp_path / "a", hosted).open()
    other = Shop(tmp_path / "b", hosted, prefix="b", stripe=first.stripe, ledger=first.ledger)
    other.connect()
    other.publish()
    other.billing.mapping.match(ACCOUNT, APP, "caller")
    used = 12
    for _ in range(STEPS):
        units = chance.randint(-3, 9)
        used += units
        first.use(chance.choice(["cus_a", "cus_b"]), 1, units=units)
        pass_time(chance, first, other)
        shop = chance.choice([first, other])
        with suppress(AppError):
            shop.device.sync()
            first.stripe.storm.extend(chance.choice(TROUBLES) for _ in range(chance.randint(0, 9)))
            hosted.loses_answers = chance.choice([0, 0, 1, 3])
            shop.report()
        first.stripe.storm.clear()
        hosted.loses_answers = 0
        known = {one.identifier for one in first.stripe.counted}
        assert len(known) == len(first.stripe.counted), "counted twice under one name"
        assert known <= set(first.ledger.claims), "sent without a claim"
    for _ in range(2):
        first.forward(hours=25)
        other.device.clock.now = first.device.clock.now
        first.device.sync()
        first.report()
    assert first.agree()
    assert first.stripe.total() == used
    assert first.difference().differences == ()
    other.device.close()
    first.device.close()


def pass_time(chance, first, other):
    """A few minutes mostly, more than a day now and then; both desktops live in the same time."""
    first.forward(**chance.choice([{"minutes": 1}, {"minutes": 6}, {"minutes": 6}, {"hours": 25}]))
    other.device.clock.now = first.device.clock.now
