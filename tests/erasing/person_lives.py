"""Lives of a desktop that answers a person's request, for `tests.lives`."""

import hashlib
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import httpcore  # noqa: F401 (as below)
import httpx
import stamina

import desktop.services.billing.sending
import desktop.services.privacy.package.envelope
import desktop.services.privacy.package.letter
import desktop.services.privacy.package.verifying
import desktop.services.privacy.package.writing
import desktop.services.storage.month_rebuild
import desktop.services.sync_round  # noqa: F401 (what each life would import anew)
from contract.messages.erasure import ErasurePreview
from desktop.domain.errors import ExportFailed, VaultError
from desktop.domain.privacy.kinds import Channel, Evidence, RequestKind
from desktop.domain.privacy.requests import NewRequest, Person
from desktop.services.privacy.redacting import Decisions
from desktop.services.storage import (
    derivation,
    erasure_records,
    privacy_audit,
    privacy_requests,
    unfinished_files,
    vault,
)
from tests.erasing.scene import (
    certificate,
    dump,
    email_of,
    name_of,
    new_name_of,
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


class Erasing:
    """The person is erased."""

    kind = RequestKind.DELETION

    def __init__(self, desktop):
        self.desktop = desktop

    def do(self, request_id, matches):
        """Begin unless that was done, and let it go as far as it comes."""
        service = self.desktop.erasure
        begun = service.progress_of(request_id)
        if begun is None:
            begun = service.start(request_id, matches, keeps_blocks=False)
        service.go_on(no_report, begun.erasure_id)

    def is_begun(self, request_id):
        return self.desktop.erasure.progress_of(request_id) is not None

    def state(self):
        return self.desktop.state()


class Correcting:
    """The person gets another name."""

    kind = RequestKind.CORRECTION

    def __init__(self, desktop):
        self.desktop = desktop
        self.name = new_name_of(desktop.number)
        self.request_id = desktop.request_id(self.kind)

    def do(self, request_id, matches):
        if not self.is_begun(request_id):
            self.desktop.services.erasing.correction.correct(request_id, matches, "name", self.name)

    def is_begun(self, request_id):
        return bool(self.desktop.services.erasing.correction.of_request(request_id))

    def state(self):
        services = self.desktop.services
        with services.vault.reading() as db:
            log = privacy_audit.of_action(db, "correct")
            number = privacy_requests.find(db, self.request_id).number
            ((body, state),) = db.execute(
                "SELECT body, state FROM configuration WHERE entity = 'customer' AND entity_id = ?",
                (self.desktop.customer,),
            ).fetchall()
            values = db.execute(
                "SELECT value, is_settled FROM person_corrections WHERE request_id = ?",
                (self.request_id,),
            ).fetchall()
        told = sum(entry.subject.endswith(f"-{number:04}") for entry in log)
        return {"body": body, "row": state, "told": told, "corrections": values}


class Exporting:
    """The person gets everything that is held of them in a file."""

    kind = RequestKind.ACCESS

    def __init__(self, desktop):
        self.desktop = desktop
        self.folder = Path(desktop.task["folder"])
        self.path = self.folder / "package.zip"
        self.request_id = desktop.request_id(self.kind)

    def do(self, request_id, matches):
        services = self.desktop.services
        made = services.privacy_packages.build(
            no_report, request_id, matches, str(self.path), decisions=Decisions()
        )
        services.privacy_packages.check(no_report, made.path, made.passphrase)

    def is_begun(self, _request_id):
        return False

    def state(self):
        with self.desktop.services.vault.reading() as db:
            log = privacy_audit.of_action(db, "package")
            number = privacy_requests.find(db, self.request_id).number
            unfinished = unfinished_files.names(db)
        sums = [
            json.loads(entry.facts)["sha256"]
            for entry in log
            if entry.subject.endswith(f"-{number:04}")
        ]
        return {
            "files": sorted(path.name for path in self.folder.iterdir()),
            "sha256": self.path.exists() and hashlib.sha256(self.path.read_bytes()).hexdigest(),
            "whole": self.path.exists() and zipfile.is_zipfile(self.path),
            "told": sums,
            "unfinished": len(unfinished),
        }


WORKS = {"erase": Erasing, "correct": Correcting, "export": Exporting}


def live(work, resumes, **task):
    """Do the work, or what the product does by itself after a life that was cut.

    A full disk is told, and has room afterwards. What was never begun is asked for once more.
    """
    steps = Steps()
    steps.watch_statements(vault)
    steps.watch_files()
    desktop = Desktop(task, steps)
    asked = WORKS[work](desktop)
    request_id = desktop.request_id(asked.kind)
    matches = desktop.matches(request_id)
    found, problems = asked.state(), []
    steps.begin(task["outcome"], task["step"])
    if resumes:
        desktop.services.upkeep.do_all()
    resumed = asked.state()
    for _ in range(MOST_TRIES):
        if resumes and asked.is_begun(request_id):
            break
        try:
            asked.do(request_id, matches)
        except (VaultError, ExportFailed) as problem:
            problems.append(str(problem))
            make_room()
        else:
            break
    count, steps.outcome = steps.count, ""
    make_room()
    desktop.services.upkeep.do_all()
    left = asked.state()
    desktop.services.sync.run(no_report)
    desktop.services.close()
    return {
        "found": found, "resumed": resumed, "left": left, "problems": problems, "steps": count,
    }  # fmt: skip


if __name__ == "__main__":
    derivation.hash_secret_raw = fast_derivation
    stamina.set_testing(True, attempts=1)
    serve(live)
