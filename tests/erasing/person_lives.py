"""Lives of a desktop that answers a person's request, for `tests.lives`."""

from datetime import UTC, datetime
from pathlib import Path

import httpx
import stamina

import desktop.services.billing.sending
import desktop.services.privacy.package.letter
import desktop.services.privacy.package.writing
import desktop.services.storage.month_rebuild
import desktop.services.sync_round  # noqa: F401 (what each life would import anew)
from contract.messages.erasure import ErasurePreview
from desktop.domain.errors import VaultError
from desktop.domain.privacy.kinds import Channel, Evidence, RequestKind
from desktop.domain.privacy.requests import NewRequest, Person
from desktop.services.storage import derivation, erasure_records, privacy_requests, vault
from tests.erasing.scene import (
    certificate,
    dump,
    email_of,
    name_of,
    opened,
    surroundings,
    traces_of,
)
from tests.fakes import no_report
from tests.lives import Steps, make_room, serve
from tests.sync_victim import fast_derivation

MOST_TRIES = 3
SUMS = (
    "SELECT sum(events), sum(quantity) FROM customer_days",
    "SELECT sum(requests), sum(units) FROM customer_hours",
)


class Stepping(httpx.BaseTransport):
    """A step before each request, and one after: it may have been answered."""

    def __init__(self, steps, inner):
        self._inner = inner
        self.handle_request = steps.around(inner.handle_request)

    def close(self):
        self._inner.close()


class Desktop:
    """The desktop of one life, and the person it is about."""

    def __init__(self, task, steps):
        self.task, self.number = task, task["number"]
        self.customer = task["customer_id"]
        self.words = (self.customer, email_of(self.number), name_of(self.number))
        outside = surroundings(
            task["url"], task["stripe_url"], f"l{self.number}", lambda way: Stepping(steps, way)
        )
        self.services = opened(Path(task["directory"]), outside)

    @property
    def erasure(self):
        return self.services.erasing.erasure

    def request_id(self, kind=RequestKind.DELETION):
        """The person's request, made and confirmed unless an earlier life did."""
        with self.services.vault.reading() as db:
            mine = [
                one.request_id
                for one in privacy_requests.everything(db)
                if one.asked.person.email == email_of(self.number) and one.asked.kind is kind
            ]
        if mine:
            return mine[-1]
        person = Person(name_of(self.number), email_of(self.number))
        asked = NewRequest(kind, Channel.EMAIL, datetime.now(UTC), "UTC", person, "Please.")
        requests = self.services.privacy_requests
        request_id = requests.log_request(asked).line.request_id
        requests.confirm_identity(request_id, (Evidence.CODE,))
        return request_id

    def matches(self, request_id):
        return self.services.privacy_packages.find_person(no_report, request_id).matches

    def progress(self):
        return self.erasure.progress_of(self.request_id())

    def begin_and_go_on(self, request_id, found):
        """Begin unless that was done, and let it go as far as it comes."""
        begun = self.erasure.progress_of(request_id)
        if begun is None:
            begun = self.erasure.start(request_id, found, keeps_blocks=False)
        self.erasure.go_on(no_report, begun.erasure_id)

    def state(self):
        """What is left of the person, and what is said of it."""
        progress = self.progress()
        dumped = dump(self.services)
        told = None
        if progress is not None and progress.has_certificate:
            with self.services.vault.reading() as db:
                told = erasure_records.of_request(db, progress.request_id).certificate
        with self.services.vault.reading() as db:
            sums = [db.execute(sql).fetchone() for sql in SUMS]
        return {
            "state": progress and progress.state.value,
            "steps": progress and {one.step.value: one.state.value for one in progress.steps},
            "details": [one.detail for one in progress.steps if one.detail] if progress else [],
            "certificate": told and certificate(told),
            "in_vault": traces_of(dumped, self.words),
            "in_ledger": progress is not None and self._in_ledger(progress.erasure_id),
            **self._at_service(progress),
            "sums": repr(sums),
        }

    def _in_ledger(self, erasure_id):
        ledger = self.services.vault.erasure_ledger
        if not ledger.exists:
            return False
        return any(one.erasure_id.startswith(erasure_id) for one in ledger.entries())

    def _at_service(self, progress):
        asked = ErasurePreview(
            application_id=self.task["application_id"], customer_ids=(self.customer,)
        )
        with self.services.link.client() as client:
            kept, after, noted = client.preview_erasure(asked), 0, []
            while after is not None:
                page = client.erasures(after)
                noted += [row.erasure_id for row in page.rows]
                after = page.next_after
        is_noted = progress is not None and any(
            one.startswith(progress.erasure_id) for one in noted
        )
        return {"at_service": [one.what for one in kept.counts], "noted": is_noted}


def erase(desktop, steps):
    """Erase the person, as the owner does; a full disk is told, and has room afterwards."""
    request_id = desktop.request_id()
    found = desktop.matches(request_id)
    steps.begin(desktop.task["outcome"], desktop.task["step"])
    problems = []
    for _ in range(MOST_TRIES):
        try:
            desktop.begin_and_go_on(request_id, found)
        except VaultError as problem:
            problems.append(str(problem))
            make_room()
    return problems


def resume(desktop, _steps):
    """What the product does by itself, and if nothing was begun, the owner once more."""
    desktop.services.upkeep.do_all()
    request_id = desktop.request_id()
    if desktop.progress() is None:
        desktop.begin_and_go_on(request_id, desktop.matches(request_id))
    return []


WORKS = {work.__name__: work for work in (erase, resume)}


def live(work, **task):
    steps = Steps()
    steps.watch_statements(vault)
    steps.watch_files()
    desktop = Desktop(task, steps)
    found = desktop.state()
    steps.begin("", 0)
    problems = WORKS[work](desktop, steps)
    count, steps.outcome = steps.count, ""
    make_room()
    left = desktop.state()
    desktop.services.close()
    return {"found": found, "left": left, "problems": problems, "steps": count}


if __name__ == "__main__":
    derivation.hash_secret_raw = fast_derivation
    stamina.set_testing(True, attempts=1)
    serve(live)
