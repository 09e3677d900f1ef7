"""A desktop that is killed at any step of a report counts nothing twice and loses nothing.

`USAGEFLOW_BILLING_KILLS=all` kills at every step, before and after the work of each request;
otherwise a few are tried.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.billing.scene import YESTERDAY, Shop
from tests.loopback import Loopback

ROOT = Path(__file__).parents[2]
EVERY = os.environ.get("USAGEFLOW_BILLING_KILLS") == "all"
MOST_STEPS = 40
"""More requests than a sync and a report make."""
FEW = ((7, "before"), (7, "after"), (8, "after"), (9, "before"), (9, "after"), (10, "after"))
KILLS = [(n, when) for n in range(1, MOST_STEPS) for when in ("before", "after")] if EVERY else FEW

pytestmark = pytest.mark.timeout(60 + 10 * len(KILLS))


class Executioner:
    """Counts the requests of a life and ends it at one of them."""

    def __init__(self, handle):
        self._handle = handle
        self.arm(None, None)

    def arm(self, step, when):
        self.step, self.when, self.steps, self.pid = step, when, 0, None

    def handle(self, request, inner):
        self.steps += 1
        here = self.steps == self.step
        if here and self.when == "before":
            os.kill(self.pid(), signal.SIGKILL)
        response = inner(request)
        if here and self.when == "after":
            os.kill(self.pid(), signal.SIGKILL)
        return response


class Lives:
    """One process that forks the victims."""

    def __init__(self, shop, directory):
        self.guard = Executioner(None)
        self.service = Loopback(lambda r: self.guard.handle(r, shop.hosted.handle))
        self.stripe = Loopback(lambda r: self.guard.handle(r, shop.stripe.handle))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.billing.report_victim", str(directory),
             self.service.url, self.stripe.url],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def live(self, number, now_s, step=None, when=None):
        """One life; whether it came to its end."""
        self.guard.arm(step, when)
        said, told = [], self.process.stdout

        def pid():
            while not any(line.startswith("pid") for line in said):
                said.append(told.readline().strip())
            return int(next(line for line in said if line.startswith("pid")).split()[1])

        self.guard.pid = pid
        self.process.stdin.write(f"{number} {now_s}\n")
        self.process.stdin.flush()
        while "ended" not in said:
            line = told.readline().strip()
            assert line, "the process of the victims has ended"
            said.append(line)
        return "whole" in said

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()
        self.service.close()
        self.stripe.close()


def test_killed_at_each_step_the_ledger_and_stripe_agree_at_the_end(tmp_path, hosted):
    shop = Shop(tmp_path / "a", hosted).open()
    shop.device.close()
    lives, killed, used = Lives(shop, tmp_path / "a"), 0, 12
    try:
        for number, (step, when) in enumerate(KILLS):
            shop.use(f"cus_{'ab'[number % 2]}", number + 1)
            used += number + 1
            shop.forward(hours=25) if number % 5 == 4 else shop.forward(minutes=6)
            killed += not lives.live(number, shop.stripe.now, step, when)
            counted = {one.identifier for one in shop.stripe.counted}
            assert len(counted) == len(shop.stripe.counted)
        for number in (1000, 1001):
            shop.forward(hours=25)
            assert lives.live(number, shop.stripe.now)
    finally:
        lives.close()
    assert killed > len(KILLS) / 4
    assert shop.agree()
    assert shop.stripe.total() == used
    assert {one.at // 86_400 for one in shop.stripe.counted} == {YESTERDAY.toordinal() - 719_163}
