"""No key, token, address or card number of Stripe's gets into a log at DEBUG, or into an error."""

import logging
import sys
import threading
from contextlib import suppress

import pytest

from contract.terms import BillingProvider
from desktop import logs
from desktop.domain.errors import AppError
from tests.billing.scene import ACCOUNT
from tests.fakes import no_report

EMAIL = "canary.person@example.com"
CARD = "4242424242424242"
SECRET = "sk_test_" + "Canary0123456789Canary"
CANARIES = (EMAIL, CARD, "Canary0123456789", "session_")


@pytest.fixture
def log(tmp_path, monkeypatch):
    """The set-up of a process at DEBUG; gives what it wrote."""
    monkeypatch.setenv("USAGEFLOW_HOME", str(tmp_path))
    monkeypatch.setenv("STRIPE_LOG", "debug")
    root = logging.getLogger()
    before = root.handlers[:], root.level, sys.excepthook, threading.excepthook
    logs.set_up_logging("core", logging.DEBUG)
    yield lambda: (tmp_path / "logs" / "core.log").read_text(encoding="utf-8")
    root.handlers[0].close()
    root.handlers[:], root.level = before[0], before[1]
    sys.excepthook, threading.excepthook = before[2:]


def test_what_stripe_is_told_and_tells_stays_out_of_logs_and_errors(empty_shop, log, capfd, caplog):
    shop = empty_shop
    shop.stripe.keys = {SECRET}
    shop.stripe.put("customer", id="pay_a", name=EMAIL, email=EMAIL, description=CARD,
                    metadata={"caller": "cus_a"})  # fmt: skip
    shop.stripe.put("charge", amount=1, currency="usd", customer="pay_a", receipt_email=EMAIL)
    shop.device.sync()
    said = []
    for trouble in (None, 500, 401, "lost", "late"):
        shop.stripe.storm.extend([trouble] * 5 if trouble else [])
        said += [attempt(lambda: shop.billing.connections.connect(BillingProvider.STRIPE, SECRET))]
        shop.stripe.storm.clear()
        said += [attempt(lambda: shop.billing.mirror.read(no_report, ACCOUNT, is_full=True))]
    said += [attempt(lambda: refused(shop, f"Invalid email address: {EMAIL}, card {CARD}"))]
    said += [attempt(lambda: refused(shop, f"Invalid API Key provided: {SECRET}"))]
    for line in said:
        logging.getLogger("billing").warning("Shown to the owner: %s", line)
    out = capfd.readouterr()
    everything = "\n".join([log(), *said, out.out, out.err, caplog.text])
    assert sum(bool(line) for line in said) > 3
    for canary in CANARIES:
        assert canary not in everything, canary
    logging.getLogger("billing").error("And the cause", exc_info=cause(shop))
    assert not [canary for canary in CANARIES if canary in log()]


def attempt(what):
    """What the owner is told, if it fails."""
    try:
        what()
    except AppError as error:
        return str(error)
    return ""


def refused(shop, message):
    """Have Stripe refuse in words that repeat what it was sent."""
    shop.stripe._done = lambda *_: (_ for _ in ()).throw(_refusal(message))
    try:
        shop.read(is_full=True)
    finally:
        del shop.stripe._done


def cause(shop):
    """An error with everything that hangs on it, as an unexpected one is logged."""
    with suppress(AppError):
        try:
            refused(shop, f"Invalid email address: {EMAIL}, card {CARD}, key {SECRET}")
        except AppError:
            return sys.exc_info()
    raise AssertionError


def _refusal(message):
    from tests.billing.stripe_stand_in import Refused

    return Refused(400, message)
