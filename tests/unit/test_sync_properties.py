"""Whatever two desktops edit, whatever is counted and however the network fails: equal ends."""

import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from desktop.domain.editing import EditState
from desktop.domain.errors import ServiceRefused, ServiceUnreachable
from tests.fakes import Device, FakeHosted
from tests.prices import rule_draft
from tests.unit.test_sync import HOUR, RECOMPUTED, SUMS

PRICES = st.sampled_from(["0", "1", "2.5", "0.0009"])
NAMES = st.sampled_from(["A", "B", "Taken"])
DEVICES = st.sampled_from([0, 1])
ROLLUPS = """
    SELECT endpoint_id, hour, requests, units FROM endpoint_hours ORDER BY 1, 2
"""
CUSTOMER_DAYS = """
    SELECT customer_id, endpoint_id, day, events, quantity FROM customer_days ORDER BY 1, 2, 3
"""
WRONG_DAYS = "SELECT count(*) FROM endpoint_hours WHERE day <> hour / 86400"


class TwoDesktops(RuleBasedStateMachine):
    """Two vaults and one service that fails in every way it may."""

    @initialize()
    def begin(self):
        self.hosted = FakeHosted(refuses="Taken", page_size=2)
        self.folder = tempfile.TemporaryDirectory()
        folder = Path(self.folder.name)
        self.devices = [Device(folder / name, self.hosted, prefix=name) for name in ("a", "b")]
        self.confirmed = {}

    @rule(which=DEVICES, name=NAMES, price=PRICES)
    def add_rule(self, which, name, price):
        self.devices[which].services.pricing.publish(self.draft(name, price), None)

    @rule(which=DEVICES, name=NAMES, price=PRICES, place=st.integers(0, 3))
    def change_rule(self, which, name, price, place):
        pricing = self.devices[which].services.pricing
        rules = [
            r for r in self.devices[which].rules() if r.standing.state is not EditState.CONFLICTED
        ]
        if rules:
            pricing.publish(self.draft(name, price), rules[place % len(rules)])

    def rules_to_edit(self, which):
        conflicted = EditState.CONFLICTED
        return [r for r in self.devices[which].rules() if r.standing.state is not conflicted]

    @rule(which=DEVICES, place=st.integers(0, 3))
    def delete_rule(self, which, place):
        rules = [
            r for r in self.devices[which].rules() if r.standing.state is not EditState.CONFLICTED
        ]
        if rules:
            self.devices[which].services.pricing.delete_rule(rules[place % len(rules)].rule_id)

    @rule(which=DEVICES, mine=st.booleans())
    def decide(self, which, mine):
        desk = self.devices[which].services.conflicts
        for conflict in desk.conflicts()[:1]:
            (desk.keep_mine if mine else desk.keep_theirs)(conflict.conflict_id)

    @rule(end=st.integers(0, 2), customer=st.integers(0, 2), hour=st.integers(0, 60))
    def count(self, end, customer, hour):
        self.hosted.count(f"end_{end}", f"cus_{customer}", hour * HOUR, requests=1 + hour % 3)

    @rule(which=DEVICES)
    def sync(self, which):
        self.try_to_sync(self.devices[which])

    @rule(which=DEVICES, answers=st.integers(3, 7))
    def sync_while_answers_are_lost(self, which, answers):
        self.hosted.loses_answers = answers
        self.try_to_sync(self.devices[which])
        self.hosted.loses_answers = 0

    @rule(which=DEVICES)
    def sync_while_offline(self, which):
        self.hosted.online = False
        self.try_to_sync(self.devices[which])
        self.hosted.online = True

    @rule()
    def hear_everything_twice(self):
        self.hosted.hears_twice = not self.hosted.hears_twice

    @rule()
    def forget_cursors(self):
        self.hosted.forget_cursors()

    @rule(which=DEVICES)
    def lock_and_unlock(self, which):
        self.devices[which].reopen()

    @invariant()
    def sums_are_what_they_sum(self):
        for device in self.devices:
            assert device.query(SUMS) == device.query(RECOMPUTED)

    @precondition(lambda self: self.hosted.rollups)
    @rule()
    def zone_days_agree(self):
        for device in self.devices:
            assert device.query(WRONG_DAYS) == [(0,)]

    def teardown(self):
        if not hasattr(self, "devices"):
            return
        try:
            self.reconcile()
            self.judge()
        finally:
            for device in self.devices:
                device.close()
            self.folder.cleanup()

    def reconcile(self):
        """The network is back, conflicts are decided, refused edits discarded; everyone syncs."""
        for _ in range(3):
            for device in self.devices:
                device.sync()
                pricing = device.services.pricing
                for conflict in device.services.conflicts.conflicts():
                    device.services.conflicts.keep_theirs(conflict.conflict_id)
                for refused in device.rules():
                    pricing.discard_rejected(refused.rule_id)
                device.sync()

    def judge(self):
        rules = {
            key[1]: stored.body
            for key, stored in self.hosted.rows.items()
            if key[0] == "pricing_rule" and stored.body is not None
        }
        for device in self.devices:
            shown = {r.rule_id: (r.name, r.price["unit_amount"]) for r in device.rules()}
            assert shown == {
                key: (b["name"], b["price"]["unit_amount"]) for key, b in rules.items()
            }
            assert {r.standing.state for r in device.rules()} <= {EditState.SYNCED}
            assert device.query("SELECT count(*) FROM service_rows") == [(0,)]
            assert device.query("SELECT count(*) FROM outbox") == [(0,)]
            assert device.query(ROLLUPS) == self.expected_rollups()
            assert device.query(CUSTOMER_DAYS) == self.expected_days()

    def expected_rollups(self):
        rows = [row for (kind, _), row in self.hosted.rollups.items() if hasattr(row, "durations")]
        return sorted((row.endpoint_id, row.hour, row.requests, row.units) for row in rows)

    def expected_days(self):
        rows = [row for row in self.hosted.rollups.values() if hasattr(row, "peak")]
        return sorted(
            (row.customer_id, row.endpoint_id, row.day, row.events, row.quantity) for row in rows
        )

    @staticmethod
    def draft(name, price):
        return rule_draft(name, price)

    @staticmethod
    def try_to_sync(device):
        with suppress(ServiceUnreachable, ServiceRefused):
            device.sync()


TwoDesktops.TestCase.settings = settings(
    max_examples=15,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestTwoDesktopsEndEqual = TwoDesktops.TestCase
