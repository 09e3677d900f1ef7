"""Two desktops, the service's own logic, and every fault between them: all end equal.

`USAGEFLOW_SYNC_SEQUENCES` says how many sequences are tried; see docs/development.md.
"""

import hashlib
import json
import os
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from contract.identifiers import policy_id
from contract.messages.rollups import CustomerDay, CustomerHour, EndpointHour
from desktop.domain.errors import InvalidInput, ServiceRefused, ServiceUnreachable
from desktop.domain.syncing import Outcome
from desktop.services.row_editor import checked_body
from desktop.services.storage import derivation
from desktop.services.storage.configuration import RowKey
from tests.fakes import APPLICATION, Device
from tests.hosted.storage_contract import rows_of
from tests.real_logic import RealLogic
from tests.unit.test_sync import RECOMPUTED, SUMS

SEQUENCES = int(os.environ.get("USAGEFLOW_SYNC_SEQUENCES", "12"))
MEMORY = Path("/dev/shm")  # noqa: S108 (a few kilobytes of tests, on a disk of memory)
DEVICES = st.sampled_from(["a", "b"])
URLS = st.sampled_from(["/1", "/2", "/3"])
ALLOWED = st.integers(1, 4)
NOTES = st.sampled_from(["", "one", "two"])
GONE = "app_gone"
"""An application that the service does not have: edits of it are rejected."""
STATES = "SELECT entity_id, body, revision, state FROM configuration WHERE entity = 'policy'"
HOURS = "SELECT application_id, endpoint_id, hour, requests, units FROM endpoint_hours"
DAYS = "SELECT application_id, customer_id, endpoint_id, day, quantity, events FROM customer_days"
CUSTOMER_HOURS = """
    SELECT application_id, customer_id, endpoint_id, hour, requests, units FROM customer_hours
"""
KEYS = "SELECT idempotency_key, entity_id FROM outbox ORDER BY position"
LEFT_OVER = "SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM service_rows)"


def body_of(url, allowed, note, application=APPLICATION):
    limits = [{"allowed": allowed, "interval": "day"}]
    fields = {"application_id": application, "method": "GET", "url": url}
    return checked_body("policy", fields | {"limits": limits, "note": note})


def id_of(body):
    return policy_id(body["application_id"], body["method"], body["url"], "")


def limits_in(body):
    return [limit["allowed"] for limit in body["limits"]]


class Sync(RuleBasedStateMachine):
    """What owners do, what callers do, and what networks and computers do."""

    @initialize()
    def begin(self):
        self.patched = pytest.MonkeyPatch()
        # The derivation is slow on purpose; here the vault only has to open.
        self.patched.setattr(derivation, "tuned_cost", derivation.Argon2Cost)
        self.patched.setattr(
            derivation,
            "hash_secret_raw",
            lambda secret, salt, *_rest: hashlib.sha256(secret + salt).digest(),
        )
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        folder = Path(self.folder.name)
        self.service = RealLogic(folder)
        self.devices = {
            name: Device(
                folder / name, SimpleNamespace(transport=self.service.transport(name)), prefix=name
            )
            for name in ("a", "b")
        }
        self.without_fate = {"a": {}, "b": {}}
        """Row by idempotency key: edits that have not been answered, undone or set aside."""
        self.decided = {"a": 0, "b": 0}
        self.heard = 0
        self.wanted = {"a": {}, "b": {}}
        """Rows as each owner last saw them before the round that runs."""
        self.must_be_shown = {"a": set(), "b": set()}
        self.shown = {"a": set(), "b": set()}

    # Owners.

    @rule(name=DEVICES, url=URLS, allowed=ALLOWED, note=NOTES)
    def save(self, name, url, allowed, note):
        self.edit(name, body_of(url, allowed, note))

    @rule(name=DEVICES, url=URLS, note=NOTES)
    def write_a_note(self, name, url, note):
        row = self.row(name, url)
        if row is not None:
            self.edit(name, json.loads(row) | {"note": note})

    @rule(name=DEVICES, url=URLS, allowed=ALLOWED)
    def change_a_limit(self, name, url, allowed):
        row = self.row(name, url)
        if row is not None:
            self.edit(name, body_of(url, allowed, json.loads(row)["note"]))

    @rule(name=DEVICES, allowed=ALLOWED)
    def save_what_is_rejected(self, name, allowed):
        self.edit(name, body_of("/1", allowed, "", GONE))

    @rule(name=DEVICES, url=URLS)
    def delete(self, name, url):
        key = RowKey("policy", id_of(body_of(url, 1, "")))
        with suppress(InvalidInput), self.devices[name].services.vault.transaction() as db:
            self.editor(name).delete(db, key)
        self.note_edits(name)

    @rule(name=DEVICES, place=st.integers(0, 5))
    def undo(self, name, place):
        records = self.devices[name].services.sync_records
        edits = [edit for edit in records.outgoing() if edit.can_be_undone]
        if edits:
            records.undo(edits[place % len(edits)].position)
            left = {key for key, _ in self.devices[name].query(KEYS)}
            fates = self.without_fate[name]
            self.without_fate[name] = {key: row for key, row in fates.items() if key in left}

    @rule(name=DEVICES, how=st.sampled_from(["mine", "theirs", "both", "fields"]))
    def decide(self, name, how):
        desk = self.devices[name].services.conflicts
        for conflict in desk.conflicts()[:1]:
            with suppress(InvalidInput):
                match how:
                    case "mine":
                        desk.keep_mine(conflict.conflict_id)
                    case "theirs":
                        desk.keep_theirs(conflict.conflict_id)
                    case "both":
                        desk.keep_both(conflict.conflict_id)
                    case _:
                        desk.keep_fields(conflict.conflict_id, ("limits",))
                self.decided[name] += 1
        self.note_edits(name)

    @rule(name=DEVICES)
    def use_a_draft(self, name):
        desk = self.devices[name].services.conflicts
        for draft in desk.drafts()[:1]:
            with suppress(InvalidInput):
                desk.use_draft(draft.draft_id)
        self.note_edits(name)

    # Callers, networks, computers.

    @rule(days_ago=st.integers(0, 3), customer=st.integers(0, 2), endpoint=st.integers(0, 1))
    def count(self, days_ago, customer, endpoint):
        self.service.count(days_ago, customer, endpoint)

    @rule(name=DEVICES)
    def sync(self, name):
        self.try_to_sync(name)

    @rule(name=DEVICES)
    def sync_while_calls_come(self, name):
        self.service.counts_meanwhile = True
        self.try_to_sync(name)
        self.service.counts_meanwhile = False

    @rule(name=DEVICES, answers=st.integers(1, 9))
    def sync_while_answers_are_lost(self, name, answers):
        self.service.loses_answers = answers
        self.try_to_sync(name)
        self.service.loses_answers = 0

    @rule(name=DEVICES)
    def sync_while_offline(self, name):
        self.service.is_online = False
        self.try_to_sync(name)
        self.service.is_online = True

    @rule(twice=st.booleans(), shuffled=st.booleans(), stale=st.booleans())
    def change_the_network(self, twice, shuffled, stale):
        self.service.hears_twice = twice
        self.service.shuffles = shuffled
        self.service.gives_stale_answers = stale

    @rule()
    def deliver_an_old_push_again(self):
        self.service.hear_an_old_push_again()

    @rule()
    def forget_cursors(self):
        self.service.forget_cursors(self.service.generation + 1)

    @rule()
    def restart_the_service(self):
        self.service.restart()

    @rule(name=DEVICES)
    def restart_a_desktop(self, name):
        self.devices[name].reopen()

    @rule(hours=st.integers(-100, 100), name=st.sampled_from(["a", "b", "service"]))
    def let_a_clock_jump(self, hours, name):
        if name == "service":
            self.service.now_us += hours * 3_600_000_000
        else:
            self.devices[name].clock.now += timedelta(hours=hours)

    # What must hold at every step.

    @invariant()
    def sums_are_what_they_sum(self):
        for device in getattr(self, "devices", {}).values():
            assert device.query(SUMS) == device.query(RECOMPUTED)

    @invariant()
    def every_conflict_is_shown_until_it_is_decided(self):
        for name, device in getattr(self, "devices", {}).items():
            conflicts = device.services.conflicts.conflicts()
            self.shown[name] |= {conflict.entity_id for conflict in conflicts}
            found = sum(
                entry.outcome is Outcome.CONFLICT
                for entry in device.services.sync_records.history(limit=500)
            )
            assert found == len(conflicts) + self.decided[name]

    # Helpers.

    def editor(self, name):
        return self.devices[name].services.policies._rows.edits

    def row(self, name, url):
        key = id_of(body_of(url, 1, ""))
        return next((row[1] for row in self.devices[name].query(STATES) if row[0] == key), None)

    def edit(self, name, body):
        key = RowKey("policy", id_of(body))
        with suppress(InvalidInput), self.devices[name].services.vault.transaction() as db:
            self.editor(name).save(db, key, body)
        self.note_edits(name)

    def note_edits(self, name):
        for key, row in self.devices[name].query(KEYS):
            if key not in self.service.keys_sent[name]:
                self.without_fate[name].setdefault(key, row)

    def try_to_sync(self, name):
        with suppress(ServiceUnreachable, ServiceRefused):
            self.sync_device(name)
        self.note_edits(name)

    def sync_device(self, name):
        device = self.devices[name]
        self.wanted[name] = {row[0]: json.loads(row[1]) for row in device.query(STATES)}
        try:
            device.sync()
        finally:
            self.listen()

    def listen(self):
        """Take in what desktops were answered, and what they must show therefore."""
        for name, edit, result in self.service.delivered[self.heard :]:
            fates = self.without_fate[name]
            fates.pop(edit.idempotency_key, None)
            if result.outcome == "conflict":
                self.without_fate[name] = {k: r for k, r in fates.items() if r != edit.entity_id}
                if self.is_about_limits(edit, result, self.wanted[name].get(edit.entity_id)):
                    self.must_be_shown[name].add(edit.entity_id)
        self.heard = len(self.service.delivered)

    @staticmethod
    def is_about_limits(edit, result, wanted):
        """Whether a creation met limits other than those the owner last wanted.

        For that, no base can excuse an overwrite.
        """
        theirs = result.current.body if result.current else None
        if edit.base_revision or wanted is None or theirs is None:
            return False
        return limits_in(wanted) != limits_in(theirs)

    # The end.

    def teardown(self):
        if not hasattr(self, "devices"):
            return
        try:
            self.reconcile()
            self.judge()
        finally:
            for device in self.devices.values():
                device.close()
            self.service.close()
            self.folder.cleanup()
            self.patched.undo()

    def reconcile(self):
        """The network is good again, conflicts are decided, refused edits dropped."""
        self.service.gives_stale_answers = False
        for _ in range(3):
            for name, device in self.devices.items():
                self.sync_device(name)
                self.every_conflict_is_shown_until_it_is_decided()
                for conflict in device.services.conflicts.conflicts():
                    device.services.conflicts.keep_theirs(conflict.conflict_id)
                    self.decided[name] += 1
                for edit in device.services.sync_records.outgoing():
                    if edit.problem:
                        device.services.sync_records.undo(edit.position)
                self.sync_device(name)

    def judge(self):
        stored = self.service.rows("policy")
        expected = {key: (dict(row.body), row.revision, "synced") for key, row in stored.items()}
        for name, device in self.devices.items():
            found = device.query(STATES)
            assert {row[0]: (json.loads(row[1]), *row[2:]) for row in found} == expected
            assert device.query(LEFT_OVER) == [(0, 0)]
            assert self.without_fate[name] == {}, "edits were lost"
            assert self.must_be_shown[name] <= self.shown[name]
            assert sorted(device.query(HOURS)) == self.usage(EndpointHour)
            assert sorted(device.query(DAYS)) == self.usage(CustomerDay)
            assert sorted(device.query(CUSTOMER_HOURS)) == self.usage(CustomerHour)
        self.judge_counts()

    def judge_counts(self):
        """Each edit that was sent has one answer, each accepted one changed its row once."""
        accepted = 0
        for name, device in self.devices.items():
            history = device.services.sync_records.history(limit=500)
            assert len(history) == len(self.service.keys_sent[name])
            accepted += sum(entry.outcome is Outcome.ACCEPTED for entry in history)
        assert self.service.changes_of("policy") == accepted

    def usage(self, kind):
        names = {
            EndpointHour: ("application_id", "endpoint_id", "hour", "requests", "units"),
            CustomerDay: (
                "application_id", "customer_id", "endpoint_id", "day", "quantity", "events",
            ),
            CustomerHour: (
                "application_id", "customer_id", "endpoint_id", "hour", "requests", "units",
            ),
        }[kind]  # fmt: skip
        rows = rows_of(self.service.storage, kind)
        return sorted(tuple(getattr(row, field) for field in names) for row in rows)


Sync.TestCase.settings = settings(
    max_examples=SEQUENCES,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestTwoDesktopsAndAServiceEndEqual = Sync.TestCase
